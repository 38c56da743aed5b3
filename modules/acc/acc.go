// Package acc is OpenSIPS's acc module: accounting of transactions and calls, to the log,
// to a database and as events.
//
// do_accounting() marks a request; what becomes of it the proxy tells the [account] that
// watches it. Nothing of it waits: log lines go through the loop's ring, rows through a
// spool that writes them in the background, once, over outages of the database.
package acc

import (
	"fmt"
	"hash/maphash"
	"time"

	"github.com/fastsips/fastsips/asyncops/spool"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/timer"
)

// A Module is one loaded acc.
type Module struct {
	parameters
	core      *proxy.Core
	wantsRows bool         // the script asks for some
	spool     *spool.Spool // nil: no database

	accTable, missedTable   []byte
	accShapes, missedShapes shapes
	events                  eventNames
	seed                    maphash.Seed
	accounts                loop.Pool[account]
	scratch                 loop.Local[scratch]
	calls                   loop.Local[calls]
	expiry                  timer.Kind
	counters                []*counters // by loop
}

// A scratch is where a loop makes what it writes; nothing in it outlives the use.
type scratch struct{ line, row []byte }

// counters are those of one loop.
type counters struct {
	calls            metrics.Gauge
	expired, refused metrics.Counter
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares everything.
func (m *Module) Setup(e *module.Env) {
	m.declare(&e.Params)
	e.Depends("it accounts transactions", "tm")
	e.Funcs = m.functions()
	e.Vars = m.variables()
	e.Events = declarations()
	e.Stats = m.statistics()
}

// Start prepares what the loops have, and the database, which need not be up.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.core, m.seed = c, maphash.MakeSeed()
	m.accTable, m.missedTable = []byte(m.tableAcc), []byte(m.tableMissed)
	m.accShapes, m.missedShapes = m.shapesOf(m.tableAcc), m.shapesOf(m.tableMissed)
	m.events = m.eventNames()
	m.accounts = loop.NewPool[account](c.Group)
	m.scratch = loop.NewLocal[scratch](c.Group, nil)
	m.calls = loop.NewLocal(c.Group, func(int) calls { return calls{m: m} })
	m.expiry = c.Group.NewKind(func(l *loop.Loop, _ uint64) { m.calls.On(l).expire(l) })
	m.counters = metrics.PerLoop[counters](c.Group.Len())
	c.WatchRequests(m.look)
	if err := m.checkDirection(e); err != nil {
		return err
	}
	return m.startDatabase(c)
}

func (m *Module) startDatabase(c *proxy.Core) error {
	if m.dbURL == "" && c.Databases.Default == "" {
		if len(m.extra.db)+len(m.leg.db) > 0 {
			return fmt.Errorf("extra_fields or leg_fields are for the database, and there is no db_url")
		}
		if m.wantsRows { // OpenSIPS says so of each row
			c.Group.Logger().Warn("acc: the script accounts to a database, and there is none: neither db_url of acc nor db_default_url is set")
		}
		return nil
	}
	d, err := c.Databases.Open(m.dbURL)
	if err != nil {
		return fmt.Errorf("db_url: %w", err)
	}
	m.spool, err = spool.Open(spool.Config{Name: "acc", Set: c.Databases, DB: d, Dir: m.spillDir, MaxDisk: int64(m.spillSize) << 20,
		MaxRows: m.queueSize, Sync: spool.Sync(m.spillSync)})
	if err != nil {
		return fmt.Errorf("spill_dir: %w", err)
	}
	return nil
}

// checkDirection sees that there is the ftag that detect_direction goes by.
func (m *Module) checkDirection(e *module.Env) error {
	if !m.detectDirection {
		return nil
	}
	rr, loaded := e.Module("rr").(interface{ AppendsFromTag() bool })
	if !loaded {
		return fmt.Errorf(`detect_direction needs loadmodule "rr.so"`)
	}
	if !rr.AppendsFromTag() {
		return fmt.Errorf("detect_direction needs append_fromtag of rr")
	}
	return nil
}

// Open begins to write to the database.
func (m *Module) Open(*module.Env) error {
	if m.spool != nil {
		m.spool.Start()
	}
	return nil
}

// Close has the database take what is left, or keeps it for the next start.
func (m *Module) Close() error {
	if m.spool != nil {
		m.spool.Close()
	}
	return nil
}

// look is shown every request that gets a transaction: the BYE of a call that is going to
// have a CDR is one to watch.
func (m *Module) look(l *loop.Loop, r *proxy.Request) {
	if r.Msg.Method() != sipparse.Bye || m.calls.On(l).n == 0 {
		return
	}
	a := m.of(r)
	if a == nil {
		if m.calls.On(l).find(&r.Msg).none() {
			return
		}
		a = m.account(l, r)
	}
	a.byeAt = millis(l.Wall())
}

func (m *Module) hash(b []byte) uint64 { return maphash.Bytes(m.seed, b) }

// LogLines is whose lines go to another facility of the system's log, or with another
// level, than others: those with this beginning.
func (m *Module) LogLines() (beginning string, facility, level int) {
	return "ACC: ", m.facility, m.logLevel
}

// Report tells what became of rows and calls.
func (m *Module) Report(line func(string)) {
	if m.spool != nil {
		c := m.spool.Counts()
		line(fmt.Sprintf("acc rows written=%d queued=%d spilled=%d dropped=%d rejected=%d retries=%d found=%d", c.Written.Load(), c.Queued.Load(),
			c.Spilled.Load(), c.Dropped.Load(), c.Rejected.Load(), c.Retries.Load(), c.Found.Load()))
	}
	var calls int64
	for _, c := range m.counters {
		calls += c.calls.Load()
	}
	if calls > 0 {
		line(fmt.Sprintf("acc calls=%d", calls))
	}
}

// defaultLifetime is how long OpenSIPS keeps a dialog.
const defaultLifetime = 12 * time.Hour
