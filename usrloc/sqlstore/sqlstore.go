// Package sqlstore keeps the contacts of a [usrloc.Store] in OpenSIPS's table location,
// version 1013, in PostgreSQL, MySQL or SQLite.
//
//   - Write-back: a change is made in memory at once. What it touched is a debt of the AoR's
//     home loop, which pays its debts every interval.
//   - Write-through: a change waits on the AoR's home loop for those before it, then for the
//     database, and only then is memory changed and the REGISTER answered. Changes that come
//     together go in one statement.
//   - Only: there is no memory; each search and each change reads the rows of the AoR.
//
// A debt is an AoR and IDs of contacts: whatever is in memory for an ID when the debt is
// paid is what its row gets, and if nothing is, the row goes. So a debt may be paid late,
// twice, or together with later ones. What a database did not answer for in write-through
// becomes a debt too, and so row and memory converge.
//
// All rows are read before the loops run ([Backend.Load]). The package waits on no loop, and
// holds no lock there.
package sqlstore

import (
	"cmp"
	"hash/maphash"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/usrloc"
)

// A Mode says when what is written.
type Mode uint8

// The modes.
const (
	WriteBack Mode = iota
	WriteThrough
	Only // sql-only
)

// Config is fixed once New is called.
type Config struct {
	Mode      Mode
	URL       string // of DB
	Databases *db.Set
	DB        db.Database
	Columns   Columns
	Flags     FlagNames
	Interval  time.Duration // timer_interval; default 60 s
	Timeout   time.Duration // of one statement; default 5 s
	Patience  time.Duration // how long Load waits for a database that is not up yet; default 10 s
	Now       func() int64  // Unix seconds, for Load; default the clock's
}

// A Backend is the table.
type Backend struct {
	cfg     Config
	store   *usrloc.Store
	group   *loop.Group
	codec   codec
	seed    maphash.Seed
	kind    timer.Kind
	tables  []*table // by domain
	loops   loop.Local[[]*writer]
	batches loop.Pool[batch]
	posts   loop.Pool[post]
	counts  []*counters // by loop
	loaded  Loaded
}

// counters are those of one loop.
type counters struct {
	written metrics.Counter // rows
	deleted metrics.Counter // rows, by their IDs
	ended   metrics.Counter // rows whose time was over
	skipped metrics.Counter // rows that a search has found and that are no contacts
	failed  metrics.Counter // rows that a statement did not bring into the table or out of it, and searches
	debts   metrics.Gauge   // AoRs that owe
	flush   metrics.Histogram
}

// A table is that of one domain.
type table struct {
	name   string
	domain *usrloc.Domain
	sql    *statements
	index  int
	ended  []uint64 // IDs that Load has found whose time is over
}

// New makes the backend of s, whose domains are declared. Call it before g's loops run.
func New(g *loop.Group, s *usrloc.Store, cfg Config) *Backend {
	cfg.Interval = cmp.Or(max(cfg.Interval, 0), 60*time.Second)
	cfg.Timeout = cmp.Or(max(cfg.Timeout, 0), 5*time.Second)
	cfg.Patience = cmp.Or(max(cfg.Patience, 0), 10*time.Second)
	if cfg.Now == nil {
		cfg.Now = func() int64 { return time.Now().Unix() }
	}
	b := &Backend{cfg: cfg, store: s, group: g, codec: codec{s.UseDomain(), cfg.Flags}, seed: maphash.MakeSeed()}
	for i, d := range s.Domains() {
		b.tables = append(b.tables, &table{name: d.Name, domain: d, index: i, sql: prepare(cfg.DB.Dialect(), d.Name, &cfg.Columns, s.UseDomain())})
	}
	b.counts = metrics.PerLoop[counters](g.Len())
	b.batches, b.posts = loop.NewPool[batch](g), loop.NewPool[post](g)
	b.kind = g.NewKind(func(l *loop.Loop, ref uint64) { (*b.loops.On(l))[ref>>1].timer(l, ref&1) })
	b.loops = loop.NewLocal(g, func(i int) (list []*writer) {
		for _, t := range b.tables {
			list = append(list, newWriter(b, t, i))
		}
		return list
	})
	return b
}

// on returns the writer of d on the loop in hand.
func (b *Backend) on(l *loop.Loop, d *usrloc.Domain) *writer {
	for _, w := range *b.loops.On(l) {
		if w.domain == d {
			return w
		}
	}
	panic("BUG: a domain that was declared too late")
}

// Start has the debts paid from time to time. Call it before the loops run, or while they do.
func (b *Backend) Start() {
	for i := range b.group.Len() {
		b.group.Do(i, func(l *loop.Loop) {
			for _, w := range *b.loops.On(l) {
				w.start(l)
			}
		})
	}
}
