package tm

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/sweep.txt anew")

// sweepTimings are the settings that the sweep is made with: the RFC's and, where it
// differs, OpenSIPS's.
var sweepTimings = []struct {
	name   string
	timing Timing
}{
	{"RFC 3261", Timing{RestartFROnEachReply: true}.withDefaults()},
	{"OpenSIPS", Timing{RestartFROnEachReply: true, CapInvite: true, ChallengesOnce: true, Wait: 5 * time.Second}.withDefaults()},
}

// reachable lists the machines of a role that exist: those that any sequence of
// events leads to, in the order in which they are found. The interval of a running
// timer A, E or G is not told apart.
func reachable(r Role, reliable bool, timing *Timing) []machine {
	first := machine{role: r, reliable: reliable}
	first.start(timing)
	found := []machine{first}
	seen := map[machine]bool{plain(first): true}
	for i := 0; i < len(found); i++ {
		for ev := NoEvent; ev <= TimerCancel; ev++ {
			m := found[i]
			m.step(ev, timing)
			if m.state != Terminated && !seen[plain(m)] {
				seen[plain(m)] = true
				found = append(found, m)
			}
		}
	}
	return found
}

// plain leaves out of m what no step looks at any more.
func plain(m machine) machine {
	m.interval = 0
	if m.state != Proceeding {
		m.ending = notEnding
	}
	return m
}

// place names a machine as its figure does, with what the figure leaves out.
func place(m machine) string {
	s := m.state.String()
	switch {
	case m.state == Terminated:
	case m.state == Proceeding && m.ending == cancelled:
		s += " (cancelled)"
	case m.state == Proceeding && m.ending == timedOut:
		s += " (timed out)"
	case m.role == InviteServer && m.state == Proceeding && !m.answered:
		s += " (silent)"
	case m.role == NonInviteServer && m.state == Completed && !m.answered:
		s += " (given up)"
	}
	return s
}

// does says what a step asked for: "deliver, Ack, D=32s". A timer that stops is "no G".
func does(o outcome) string {
	var what []string
	if o.Deliver {
		what = append(what, "deliver")
	}
	if o.Send != Nothing {
		what = append(what, o.Send.String())
	}
	for _, x := range []order{o.retransmit, o.limit} {
		name := strings.TrimPrefix(x.timer.String(), "Timer")
		switch {
		case x.timer == NoEvent:
		case x.after == 0:
			what = append(what, "no "+name)
		default:
			what = append(what, fmt.Sprintf("%s=%v", name, x.after))
		}
	}
	return strings.Join(what, ", ")
}

// sweep writes what every event does in every state.
func sweep() string {
	var b strings.Builder
	b.WriteString("Every event in every state of the four machines: what follows.\n" +
		"go test ./tm -run TestSweep -update writes this anew.\n")
	for _, cfg := range sweepTimings {
		for _, reliable := range []bool{false, true} {
			over := map[bool]string{false: "UDP", true: "TCP"}[reliable]
			fmt.Fprintf(&b, "\n## %s, %s\n", cfg.name, over)
			for r := InviteServer; r <= NonInviteClient; r++ {
				for _, m := range reachable(r, reliable, &cfg.timing) {
					b.WriteString(rows(m, &cfg.timing))
				}
			}
		}
	}
	return b.String()
}

// rows are those of one state: the events that do something, then the others.
func rows(from machine, timing *Timing) string {
	var b strings.Builder
	b.WriteByte('\n')
	ignored := ""
	for ev := RecvRequest; ev <= TimerCancel; ev++ {
		m := from
		m.interval = timing.T1 // as if it had just begun
		o := m.step(ev, timing)
		head := fmt.Sprintf("%v / %s / ", from.role, place(from))
		if plain(m) == plain(from) && o == (outcome{}) {
			ignored += " " + ev.String()
			continue
		}
		line := head + ev.String() + " -> " + place(m)
		if what := does(o); what != "" {
			line += ", " + what
		}
		b.WriteString(line + "\n")
	}
	fmt.Fprintf(&b, "%v / %s / nothing at all:%s\n", from.role, place(from), ignored)
	return b.String()
}

// Every (state, event) pair has a defined result, and it is the one that was looked
// over by hand: RFC 3261 figures 5 to 8 with RFC 6026 and RFC 4320.
func TestSweep(t *testing.T) {
	const file = "testdata/sweep.txt"
	got := sweep()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if g, w := lineAt(gotLines, i), lineAt(wantLines, i); g != w {
			t.Fatalf("line %d is\n%s\nwant\n%s", i+1, g, w)
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(the end)"
}

// No state lacks an exit. From every state that can be reached, with timers firing and
// nothing else happening, the transaction ends: within timer C and the wait for the
// final response to its CANCEL, which is the longest there is. A server transaction
// that waits for its user has no timer; each final response of the user, GiveUp where
// none is to be sent, and Kill lead out of it.
//
// The user never leaves it waiting: see internal/e2e, s/no_answer (the script ends),
// s/timeout* (no answer from downstream), TestAsyncOutage (the operation never ends).
func TestEveryStateHasAnExit(t *testing.T) {
	for _, cfg := range sweepTimings {
		longest := cfg.timing.FRInvite + cfg.timing.life()
		for r := InviteServer; r <= NonInviteClient; r++ {
			for _, reliable := range []bool{false, true} {
				for _, m := range reachable(r, reliable, &cfg.timing) {
					what := fmt.Sprintf("%s: %v / %s, reliable %v", cfg.name, r, place(m), reliable)
					if limitOf[m.role][m.state] == NoEvent {
						wantUserExit(t, what, m, &cfg.timing, longest)
						continue
					}
					wantEnd(t, what, m, &cfg.timing, longest)
				}
			}
		}
	}
}

// wantEnd puts a machine into a table with the timer of its state just begun, and
// waits.
func wantEnd(t *testing.T, what string, m machine, timing *Timing, longest time.Duration) {
	t.Helper()
	r := newRig(t, *timing)
	id, e := r.table.slab.take()
	e.machine = m
	r.table.carryOut(id, e, outcome{limit: order{limit(m), durationOf(limit(m), m, timing)}}, 0)
	r.runTo(longest + 1)
	if r.table.Len() != 0 || r.wheel.Len() != 0 {
		t.Errorf("%s: still in %v after %v", what, e.machine.state, longest)
	}
}

// wantUserExit gives each response that ends the wait to a machine of its own.
func wantUserExit(t *testing.T, what string, m machine, timing *Timing, longest time.Duration) {
	t.Helper()
	for _, ev := range []Event{Send2xx, SendOwn2xx, Send3xx6xx, SendChallenge, GiveUp} {
		if ev == GiveUp && m.role == InviteServer {
			continue // an INVITE is always answered
		}
		next := m
		if next.step(ev, timing); next.state == Terminated {
			continue
		}
		if limitOf[next.role][next.state] == NoEvent {
			t.Errorf("%s: %v leaves it waiting", what, ev)
			continue
		}
		wantEnd(t, what+" after "+ev.String(), next, timing, longest)
	}
	r := newRig(t, *timing)
	id, e := r.table.slab.take()
	e.machine = m
	r.table.Kill(id)
	if r.table.Len() != 0 {
		t.Errorf("%s: Kill does not end it", what)
	}
}

// durationOf is how long a timer runs that bounds a state.
func durationOf(timer Event, m machine, timing *Timing) time.Duration {
	switch timer {
	case TimerB, TimerF:
		return m.fr.or(timing.FR)
	case TimerC:
		return m.frInvite.or(timing.FRInvite)
	case TimerD:
		return timing.timerD()
	case TimerH:
		return timing.timerH()
	case TimerI, TimerK:
		return timing.timerIK()
	case TimerCancel:
		return timing.life()
	}
	return timing.timerJLM()
}
