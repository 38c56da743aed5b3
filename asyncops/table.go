package asyncops

import (
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// A Token names one pending operation of one loop: {generation, index}. Zero
// names none. A token whose operation has ended names nothing, for ever: the
// generation of its entry has moved on.
type Token uint64

func token(gen, index uint32) Token { return Token(gen)<<32 | Token(index) }

func (k Token) gen() uint32   { return uint32(k >> 32) }
func (k Token) index() uint32 { return uint32(k) }

// A Set is the Tables of all loops, and the Backends that their operations ask.
type Set struct {
	kind     timer.Kind
	tables   loop.Local[Table]
	loops    int
	late     []*metrics.Histogram // by loop
	beyond   []*metrics.Histogram // by loop
	backends atomic.Pointer[directory]
}

// NewSet makes a Table for each loop of g. Def is the deadline of operations
// that name none; it must be positive, for nothing here waits for ever. Call it
// before g.Start.
func NewSet(g *loop.Group, def time.Duration) *Set {
	if def <= 0 {
		panic("BUG: operations need a default deadline")
	}
	s := &Set{loops: g.Len(), late: metrics.PerLoop[metrics.Histogram](g.Len()), beyond: metrics.PerLoop[metrics.Histogram](g.Len())}
	s.backends.Store(newDirectory())
	other := s.Backend("other", "")
	s.kind = g.NewKind(func(l *loop.Loop, ref uint64) { s.On(l).expire(l, Token(ref)) })
	s.tables = loop.NewLocal(g, func(i int) Table {
		return Table{loop: i, kind: s.kind, def: def, other: other, late: s.late[i], beyond: s.beyond[i]}
	})
	return s
}

// On returns the Table of the loop in hand.
func (s *Set) On(l *loop.Loop) *Table { return s.tables.On(l) }

// Lateness returns how long after their deadlines operations were timed out. Any
// goroutine may call it.
func (s *Set) Lateness() (d metrics.Distribution) { return sum(s.late) }

// LatenessBeyondLag is Lateness less what loop.Group's Lag counts, by which the loop came
// to its timers after the deadline: it is what the operations that were timed out before
// in the same pass have taken.
func (s *Set) LatenessBeyondLag() (d metrics.Distribution) { return sum(s.beyond) }

func sum(byLoop []*metrics.Histogram) (d metrics.Distribution) {
	for _, h := range byLoop {
		h.AddTo(&d)
	}
	return d
}

// A Table holds the pending operations of one loop.
type Table struct {
	loop    int
	kind    timer.Kind
	def     time.Duration
	other   *Backend // of operations that are not Metered
	late    *metrics.Histogram
	beyond  *metrics.Histogram
	entries []entry
	free    []uint32
}

type entry struct {
	op       Op
	waiter   Waiter
	deadline timer.Handle
	begun    int64
	at       int64  // the deadline
	meter    *Meter // known once Start has returned
	gen      uint32
	state    state
	out      Outcome
}

type state uint8

const (
	unused   state = iota
	starting       // within Op.Start: the waiter is not told, Begin returns
	ended          // completed within Op.Start
	pending
)

// maxTimeout keeps a deadline within the clock's range.
const maxTimeout = 100 * 365 * 24 * time.Hour

// Begin starts op and gives it timeout (0: the Set's default) to end. If op
// ends within its Start, Begin returns its outcome and pending is false; w is
// not called. Otherwise w.Resume is called later, exactly once, unless the
// token is abandoned.
func (t *Table) Begin(l *loop.Loop, op Op, timeout time.Duration, w Waiter) (tok Token, out Outcome, isPending bool) {
	if timeout <= 0 {
		timeout = t.def
	}
	tok = t.add(op, w)
	at := l.Now() + int64(min(timeout, maxTimeout))
	op.Start(l, Completion{t, tok}, at)
	m := t.meterOf(op)
	m.begun.Inc()
	e := &t.entries[tok.index()] // Start may have begun others and moved it
	if e.state == ended {
		out = e.out
		t.remove(tok.index())
		m.end(out, 0)
		return 0, out, false
	}
	e.state, e.begun, e.at, e.meter = pending, l.Now(), at, m
	e.deadline = l.Timers().Arm(at, t.kind, uint64(tok))
	return tok, 0, true
}

// Abandon says that the waiter is gone: the operation is cancelled and nobody
// is resumed. A token whose operation has ended is ignored.
func (t *Table) Abandon(l *loop.Loop, tok Token) {
	e := t.find(tok)
	if e == nil {
		return
	}
	op := e.op
	l.StopTimer(e.deadline)
	e.end(l, Cancelled)
	t.remove(tok.index())
	op.Cancel(l)
}

// Stop ends an operation before its time: it is cancelled, and its waiter goes on with
// Cancelled. A token whose operation has ended is ignored.
func (t *Table) Stop(l *loop.Loop, tok Token) {
	e := t.find(tok)
	if e == nil {
		return
	}
	op, w := e.op, e.waiter
	l.StopTimer(e.deadline)
	e.end(l, Cancelled)
	t.remove(tok.index())
	op.Cancel(l)
	w.Resume(l, op, Cancelled)
}

// meterOf returns where op is measured.
func (t *Table) meterOf(op Op) *Meter {
	if x, ok := op.(Metered); ok {
		if b := x.Backend(); b != nil {
			return b.meters[t.loop]
		}
	}
	return t.other.meters[t.loop]
}

// end measures an operation that was pending.
func (e *entry) end(l *loop.Loop, out Outcome) { e.meter.end(out, l.Now()-e.begun) }

// InFlight returns the number of operations that have begun and not ended.
func (t *Table) InFlight() int { return len(t.entries) - len(t.free) }

// expire ends the operation at its deadline.
func (t *Table) expire(l *loop.Loop, tok Token) {
	e := t.find(tok)
	if e == nil {
		return
	}
	op, w := e.op, e.waiter
	told := l.Reading()
	t.late.Observe(told - e.at)
	t.beyond.Observe(told - l.Now())
	e.end(l, TimedOut)
	t.remove(tok.index()) // first: whatever Cancel and Resume do, it has ended
	op.Cancel(l)
	w.Resume(l, op, TimedOut)
}

func (t *Table) add(op Op, w Waiter) Token {
	n := len(t.free)
	if n == 0 {
		t.entries = append(t.entries, entry{gen: 1})
		t.free = append(t.free, uint32(len(t.entries)-1))
		n = 1
	}
	i := t.free[n-1]
	t.free = t.free[:n-1]
	e := &t.entries[i]
	e.op, e.waiter, e.state = op, w, starting
	return token(e.gen, i)
}

func (t *Table) remove(i uint32) {
	e := &t.entries[i]
	gen := e.gen + 1
	if gen == 0 { // generation 0 would make Token 0
		gen = 1
	}
	*e = entry{gen: gen}
	t.free = append(t.free, i)
}

// find returns the live entry that tok names, or nil.
func (t *Table) find(tok Token) *entry {
	i := tok.index()
	if uint64(i) >= uint64(len(t.entries)) {
		return nil
	}
	if e := &t.entries[i]; e.gen == tok.gen() && e.state != unused {
		return e
	}
	return nil
}

// A Completion is how an Op reports that it has ended. It is a plain value: a
// worker may carry it home, but its methods are called on the loop only.
type Completion struct {
	table *Table
	token Token
}

// Done ends the operation with out and resumes its waiter before it returns.
// It reports false, and does nothing, if the operation has ended before: its
// deadline fired or it was abandoned.
func (c Completion) Done(l *loop.Loop, out Outcome) bool {
	t := c.table
	if l.Index() != t.loop {
		panic("BUG: operation completed on another loop than its own")
	}
	e := t.find(c.token)
	if e == nil || e.state == ended {
		return false
	}
	if e.state == starting {
		e.state, e.out = ended, out
		return true
	}
	op, w := e.op, e.waiter
	l.StopTimer(e.deadline)
	e.end(l, out)
	t.remove(c.token.index())
	w.Resume(l, op, out)
	return true
}

// Live reports whether somebody still waits for the operation.
func (c Completion) Live() bool {
	if c.table == nil {
		return false
	}
	e := c.table.find(c.token)
	return e != nil && e.state != ended
}
