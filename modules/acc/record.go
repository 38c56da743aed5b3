package acc

import (
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A core is what each record has of the request and its answer.
type core struct {
	method, fromTag, toTag, callID, reason []byte
	status                                 int
	code                                   [3]byte // of the status
}

// codeText is the status as text; empty if there is none.
func (c *core) codeText() []byte {
	if c.status == 0 {
		return nil
	}
	return c.code[:]
}

// A kind is that of a record.
type kind uint8

const (
	answeredRecord kind = iota // a transaction
	missedRecord               // a call
	requestRecord              // a request, by acc_log_request() and its like
	endedRecord                // a call, which was answered: a CDR
)

// A record is what is written.
type record struct {
	*core
	kind  kind
	at    int64    // of the answer, in seconds since 1970
	a     *account // nil: there are no fields
	table []byte
	cdr   bool // setup and created count

	created, setup, duration, milliseconds int64
}

// report writes a record to the back ends of flags that have it.
func (m *Module) report(l *loop.Loop, a *account, flags mask, k kind, c *core) {
	now := l.Wall().Unix()
	bit := accounted
	if k == missedRecord {
		bit = withMissed
	}
	r := record{core: c, kind: k, at: now, a: a, created: a.created, setup: now - a.created, table: a.table}
	if k == missedRecord || len(r.table) == 0 {
		r.table = m.tableOf(k)
	}
	if flags.has(toEvents, bit) {
		r.cdr = flags.has(toEvents, withCDR)
		m.raise(l, &r)
	}
	if flags.has(toLog, bit) {
		r.cdr = flags.has(toLog, withCDR)
		m.logLine(l, &r)
	}
	if flags.has(toDB, bit) {
		r.cdr = flags.has(toDB, withCDR)
		m.insert(l, &r)
	}
}

func (m *Module) tableOf(k kind) []byte {
	if k == missedRecord {
		return m.missedTable
	}
	return m.accTable
}

// reportCall writes the CDR of a call that has ended. OpenSIPS: to each back end that the
// call is accounted to, if a CDR was asked for of any.
func (m *Module) reportCall(l *loop.Loop, a *account, c *core, start, end int64) {
	s := start / 1000
	r := record{core: c, kind: endedRecord, at: s, a: a, cdr: true, created: a.created, setup: s - a.created,
		duration: end/1000 - s, milliseconds: end - start, table: a.table}
	if len(r.table) == 0 {
		r.table = m.accTable
	}
	if a.flags.has(toLog, accounted) {
		m.logLine(l, &r)
	}
	if a.flags.has(toDB, accounted) {
		m.insert(l, &r)
	}
	if a.flags.has(toEvents, accounted) {
		m.raise(l, &r)
	}
}

func millis(t time.Time) int64 { return t.UnixMilli() }
