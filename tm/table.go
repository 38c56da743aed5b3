package tm

import (
	"time"

	"github.com/fastsips/fastsips/timer"
)

// A Table holds the transactions of one loop. It is made by NewTable and used
// on that loop only.
type Table struct {
	wheel  *timer.Wheel
	kind   timer.Kind
	timing Timing
	slab   slab
	index  index

	// The timers of states in which only copies are expected: they run out, as nobody stops them.
	lines [TimerCancel - TimerA + 1]*timer.Line
}

// NewTable returns an empty table whose timers run on w as kind k. Whoever
// advances w calls Timer with the reference of each firing of that kind.
func NewTable(w *timer.Wheel, k timer.Kind, t Timing) *Table {
	table := &Table{wheel: w, kind: k, timing: t.withDefaults()}
	table.linger(table.timing.timerD(), TimerD)
	table.linger(table.timing.timerIK(), TimerI, TimerK)
	table.linger(table.timing.timerJLM(), TimerJ, TimerL, TimerM)
	return table
}

// linger has these timers, which always take the time after, wait in one line.
func (t *Table) linger(after time.Duration, timers ...Event) {
	for _, ev := range timers {
		t.lines[ev-TimerA] = t.wheel.Line(int64(after), t.kind)
	}
}

// Kind is the kind of the timers that belong to Timer.
func (t *Table) Kind() timer.Kind { return t.kind }

// Timing is what the table was made with, defaults filled in.
func (t *Table) Timing() Timing { return t.timing }

// NewServer enters a server transaction for a request that has just arrived and
// that Match did not find. The zero Key keeps it out of reach of Match.
func (t *Table) NewServer(r Role, reliable bool, key Key, now int64) ID {
	if !r.IsServer() {
		panic("BUG: a server transaction in a client's role")
	}
	if !key.IsZero() {
		if _, ok := t.index.find(key, &t.slab); ok {
			panic("BUG: two server transactions for one request")
		}
	}
	id, e := t.slab.take()
	e.key = key
	if !key.IsZero() {
		t.index.put(key, id.Index())
	}
	e.machine = machine{role: r, reliable: reliable}
	t.carryOut(id, e, e.machine.start(&t.timing), now)
	return id
}

// NewClient enters a client transaction for a request that leaves now. fr is
// timer B or F and frInvite timer C, both in steps of 1 ms; zero means the
// table's.
func (t *Table) NewClient(r Role, reliable bool, fr, frInvite time.Duration, now int64) ID {
	if r.IsServer() {
		panic("BUG: a client transaction in a server's role")
	}
	id, e := t.slab.take()
	e.machine = machine{role: r, reliable: reliable, fr: toMillis(fr), frInvite: toMillis(frInvite)}
	t.carryOut(id, e, e.machine.start(&t.timing), now)
	return id
}

// Step gives an event, other than a timer, to a transaction.
func (t *Table) Step(id ID, ev Event, now int64) Effects {
	e := t.slab.alive(id)
	if e == nil || ev.isTimer() {
		return Effects{}
	}
	return t.step(id, e, ev, now)
}

// Reply gives a received response to a client transaction, by its status code.
// Unlike Step it sees whether a provisional response is higher than all before.
func (t *Table) Reply(id ID, status int, now int64) Effects {
	e := t.slab.alive(id)
	ev := RecvStatus(status)
	if e == nil || ev == NoEvent {
		return Effects{}
	}
	if ev == Recv1xx && status-100 > int(e.machine.highest) {
		e.machine.highest = uint8(status - 100)
		if status >= 180 {
			ev = RecvRising1xx
		}
	}
	return t.step(id, e, ev, now)
}

// Timer takes one firing of the table's kind from the wheel. It returns the
// transaction, which timer it was and what follows. A reference that is out of
// date returns zeros.
func (t *Table) Timer(ref uint64, now int64) (ID, Event, Effects) {
	id, ev := splitRef(ref)
	e := t.slab.alive(id)
	if e == nil {
		return 0, NoEvent, Effects{}
	}
	switch ev {
	case e.retransmitTimer:
		e.retransmit, e.retransmitTimer = 0, NoEvent
	case e.limitTimer:
		e.limit, e.limitTimer = 0, NoEvent
	default:
		return 0, NoEvent, Effects{}
	}
	return id, ev, t.step(id, e, ev, now)
}

// Match returns the live server transaction with this key.
func (t *Table) Match(key Key) (ID, bool) {
	at, ok := t.index.find(key, &t.slab)
	if !ok {
		return 0, false
	}
	return makeID(t.slab.at(at).generation, at), true
}

// Kill ends a transaction at once, without effects.
func (t *Table) Kill(id ID) {
	if e := t.slab.alive(id); e != nil {
		e.machine.state = Terminated
		t.release(id, e)
	}
}

// State returns the transaction's state; false and Terminated if it has ended.
func (t *Table) State(id ID) (State, bool) {
	if e := t.slab.alive(id); e != nil {
		return e.machine.state, true
	}
	return Terminated, false
}

// Live reports whether the transaction has not ended.
func (t *Table) Live(id ID) bool { return t.slab.alive(id) != nil }

// Len is the number of transactions that have not ended.
func (t *Table) Len() int { return t.slab.live }

// Role returns the transaction's role. Like Cancel it goes on
// answering for a transaction that has ended until its slot is taken again, that
// is at least until the next NewServer or NewClient; then it is zero.
func (t *Table) Role(id ID) Role {
	if e := t.slab.get(id); e != nil {
		return e.machine.role
	}
	return 0
}

// Cancel returns the client transaction of the CANCEL for this INVITE client
// transaction, zero if none was set. When the INVITE's ends, the CANCEL's cannot
// be found by its response any more: the user ends it too.
func (t *Table) Cancel(id ID) ID {
	if e := t.slab.get(id); e != nil {
		return e.cancel
	}
	return 0
}

// SetCancel links an INVITE client transaction to that of its CANCEL, which
// leaves with the INVITE's branch (§9.1), so that MatchResponse finds it.
func (t *Table) SetCancel(id, cancel ID) {
	if e := t.slab.alive(id); e != nil {
		e.cancel = cancel
	}
}

func (t *Table) step(id ID, e *entry, ev Event, now int64) Effects {
	before := e.machine.state
	o := e.machine.step(ev, &t.timing)
	if !sharesTimers(before, e.machine.state) {
		t.stopTimers(e)
	}
	return t.carryOut(id, e, o, now)
}

// carryOut sets the timers that a step ordered, or frees the slot.
func (t *Table) carryOut(id ID, e *entry, o outcome, now int64) Effects {
	if o.Terminated {
		t.release(id, e)
		return o.Effects
	}
	t.set(&e.retransmit, &e.retransmitTimer, o.retransmit, id, now)
	t.set(&e.limit, &e.limitTimer, o.limit, id, now)
	return o.Effects
}

func (t *Table) set(h *timer.Handle, running *Event, o order, id ID, now int64) {
	if o.timer == NoEvent {
		return
	}
	t.wheel.Stop(*h)
	*h, *running = 0, NoEvent
	if o.after <= 0 {
		return
	}
	if line := t.lines[o.timer-TimerA]; line != nil {
		line.Arm(now, makeRef(id, o.timer))
		*running = o.timer
	} else {
		*h, *running = t.wheel.Arm(now+int64(o.after), t.kind, makeRef(id, o.timer)), o.timer
	}
}

func (t *Table) stopTimers(e *entry) {
	t.wheel.Stop(e.retransmit)
	t.wheel.Stop(e.limit)
	e.retransmit, e.retransmitTimer = 0, NoEvent
	e.limit, e.limitTimer = 0, NoEvent
}

func (t *Table) release(id ID, e *entry) {
	t.stopTimers(e)
	if !e.key.IsZero() {
		t.index.remove(e.key, &t.slab)
	}
	t.slab.give(id.Index())
}

// A timer reference is {generation:32, index:28, timer:4}. It carries the whole
// generation, and counts only while the slot runs that very timer.
func makeRef(id ID, timer Event) uint64 {
	return uint64(id.generation())<<32 | uint64(id.Index())<<4 | uint64(timer-TimerA)
}

func splitRef(ref uint64) (ID, Event) {
	return makeID(uint32(ref>>32), uint32(ref)>>4), TimerA + Event(ref&15)
}
