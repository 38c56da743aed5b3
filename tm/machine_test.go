package tm

import (
	"fmt"
	"testing"
	"time"
)

// every calls f for each machine and event there is, reachable or not.
func every(f func(m machine, ev Event)) {
	for r := InviteServer; r <= NonInviteClient; r++ {
		for s := Terminated; s <= Accepted; s++ {
			for bits := range 4 {
				for e := notEnding; e <= timedOut; e++ {
					for ev := NoEvent; ev <= TimerCancel; ev++ {
						f(machine{role: r, state: s, interval: 500 * ms, reliable: bits&1 != 0, answered: bits&2 != 0, ending: e}, ev)
					}
				}
			}
		}
	}
}

// No (state, event) pair may panic, and Terminated is final.
func TestEveryMachineIsTotal(t *testing.T) {
	every(func(m machine, ev Event) {
		before := m
		o := m.step(ev, defaults())
		if before.state == Terminated && (m != before || o != (outcome{})) {
			t.Errorf("%v, Terminated: %v gives %+v %+v", m.role, ev, m, o)
		}
		if o.Terminated != (m.state == Terminated && before.state != Terminated) {
			t.Errorf("%v, %v: %v gives %v but says Terminated: %v", m.role, before.state, ev, m.state, o.Terminated)
		}
	})
}

// limitOf is the timer that ends each state that a machine can be in; NoEvent
// where it waits for its user.
var limitOf = map[Role]map[State]Event{
	InviteServer:    {Proceeding: NoEvent, Completed: TimerH, Confirmed: TimerI, Accepted: TimerL},
	NonInviteServer: {Trying: NoEvent, Proceeding: NoEvent, Completed: TimerJ},
	InviteClient:    {Calling: TimerB, Proceeding: TimerC, Completed: TimerD, Accepted: TimerM},
	NonInviteClient: {Trying: TimerF, Proceeding: TimerF, Completed: TimerK},
}

func limit(m machine) Event {
	if m.role == InviteClient && m.state == Proceeding && m.ending != notEnding {
		return TimerCancel
	}
	return limitOf[m.role][m.state]
}

// Whatever arrives, a machine that does not wait for its user has the timer that
// ends its state: the event just set it, or it runs since before and the event
// was another. That timer ends the machine, or passes on to another.
func TestNoMachineWaitsForEver(t *testing.T) {
	every(func(m machine, ev Event) {
		before := m
		if _, ok := limitOf[m.role][m.state]; !ok || m.state == Calling && m.ending != notEnding {
			return // no machine is ever like this
		}
		o := m.step(ev, defaults())
		want, ok := limitOf[m.role][m.state]
		switch {
		case m.state == Terminated:
			return
		case !ok:
			t.Errorf("%+v: %v leads to %v, which is not in its figure", before, ev, m.state)
		case want == NoEvent:
			return
		}
		want = limit(m)
		switch {
		case o.limit == order{}: // it must be running, then
			if limit(before) != want || !sharesTimers(before.state, m.state) || ev == want {
				t.Errorf("%+v: %v leaves it in %v without %v", before, ev, m.state, want)
			}
		case o.limit.timer != want || o.limit.after <= 0:
			t.Errorf("%+v: %v sets %v in %v, want %v", before, ev, o.limit, m.state, want)
		}
	})
}

// "[A] value of zero seconds for reliable transports": nothing is retransmitted
// over them, and nobody waits for copies. Only a 2xx made here is repeated.
func TestReliableMachinesNeitherRepeatNorLinger(t *testing.T) {
	every(func(m machine, ev Event) {
		before := m
		o := m.step(ev, defaults())
		if !before.reliable || ev == TimerA || ev == TimerE || ev == TimerG {
			return
		}
		if o.retransmit.after > 0 && ev != SendOwn2xx {
			t.Errorf("%+v: %v sets %v", before, ev, o.retransmit)
		}
		switch o.limit.timer {
		case TimerD, TimerI, TimerJ, TimerK:
			t.Errorf("%+v: %v sets %v", before, ev, o.limit)
		}
	})
}

// Clients repeat requests, INVITE clients alone make ACKs, servers repeat
// responses; and nobody sends because the user just sent.
func TestEveryOutputFitsItsRole(t *testing.T) {
	every(func(m machine, ev Event) {
		before := m
		o := m.step(ev, defaults())
		fits := map[Output]bool{
			Nothing:  true,
			Request:  !m.role.IsServer() && ev.isTimer(),
			Response: m.role.IsServer() && (ev == RecvRequest || ev == TimerG),
			Ack:      m.role == InviteClient && ev == Recv3xx6xx,
		}
		if !fits[o.Send] {
			t.Errorf("%+v: %v asks for %v", before, ev, o.Send)
		}
	})
}

// An event that the role cannot have changes nothing.
func TestForeignEventsAreIgnored(t *testing.T) {
	every(func(m machine, ev Event) {
		forServer := ev == RecvRequest || ev == RecvAck || Send1xx <= ev && ev <= GiveUp
		forClient := Recv100 <= ev && ev <= Recv3xx6xx || ev == SendCancel
		if m.role.IsServer() && !forClient || !m.role.IsServer() && !forServer {
			return
		}
		before := m
		if o := m.step(ev, defaults()); o != (outcome{}) || m != before {
			t.Errorf("%+v: %v gives %+v", before, ev, o)
		}
	})
}

// What logs and traces say of a transaction has the RFC's words.
func TestNames(t *testing.T) {
	got := fmt.Sprint(NonInviteServer, Accepted, Terminated, TimerCancel, Recv3xx6xx, Ack)
	if want := "non-INVITE server Accepted Terminated TimerCancel Recv3xx6xx Ack"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	every(func(m machine, ev Event) {
		if ev.String() == "" || m.role.String() == "" || m.state.String() == "" {
			t.Errorf("no name: %d %d %d", m.role, m.state, ev)
		}
	})
}

func TestTimingDefaults(t *testing.T) {
	want := Timing{T1: 500 * ms, T2: 4 * sec, T4: 5 * sec, FR: 30 * sec, FRInvite: 120 * sec}
	if got := (Timing{}).withDefaults(); got != want {
		t.Errorf("defaults %+v, want %+v", got, want)
	}
	set := Timing{T1: 1, T2: 2, T4: 3, FR: 4, FRInvite: 5, RestartFROnEachReply: true}
	if got := set.withDefaults(); got != set {
		t.Errorf("%+v became %+v", set, got)
	}
}

// A timeout is never shortened by its representation, and never wraps.
func TestMillis(t *testing.T) {
	for d, want := range map[time.Duration]millis{
		-1: 0, 0: 0, 1: 1, ms: 1, ms + 1: 2, 30 * sec: 30000, 1 << 62: 1<<32 - 1, 1<<63 - 1: 1<<32 - 1,
	} {
		if got := toMillis(d); got != want {
			t.Errorf("toMillis(%d) = %d, want %d", d, got, want)
		}
	}
}

func TestEventsOfStatusCodes(t *testing.T) {
	for status, want := range map[int][2]Event{
		-1: {}, 0: {}, 99: {}, 700: {},
		100: {Recv100, Send1xx}, 101: {Recv1xx, Send1xx}, 199: {Recv1xx, Send1xx},
		200: {Recv2xx, Send2xx}, 299: {Recv2xx, Send2xx},
		300: {Recv3xx6xx, Send3xx6xx}, 699: {Recv3xx6xx, Send3xx6xx},
	} {
		if got := [2]Event{RecvStatus(status), SendStatus(status)}; got != want {
			t.Errorf("%d: %v, want %v", status, got, want)
		}
	}
}
