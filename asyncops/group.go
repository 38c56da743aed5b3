package asyncops

import (
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A Group is operations that run side by side, as one Op: it ends when all of its members
// have ended. Each has a deadline of its own in the loop's Table; those that still run at
// the Group's are cancelled and count as timed out. The zero value is ready.
type Group struct {
	members  []groupMember
	left     int // members under way
	starting bool
	late     bool // a member has timed out
	cut      bool // Cancel was called
	begun    int64
	ended    int64
	done     Completion
}

var _ Op = (*Group)(nil)

type groupMember struct {
	of    *Group
	op    Op
	limit time.Duration
	token Token // while it is under way
	state state
	out   Outcome
	took  time.Duration
}

// Add adds a member, which the next Start begins with limit to end (0: the Table's
// default), and returns its number.
func (g *Group) Add(op Op, limit time.Duration) int {
	g.members = append(g.members, groupMember{op: op, limit: limit})
	return len(g.members) - 1
}

// Again has member i, which has ended, followed by another operation: the next Start
// begins it. What it took adds up.
func (g *Group) Again(i int, op Op, limit time.Duration) {
	m := &g.members[i]
	*m = groupMember{op: op, limit: limit, took: m.took}
}

// Waiting reports that a member has not been begun yet.
func (g *Group) Waiting() bool {
	for i := range g.members {
		if g.members[i].state == unused {
			return true
		}
	}
	return false
}

// Op returns the operation of member i.
func (g *Group) Op(i int) Op { return g.members[i].op }

// Outcome tells how member i has ended: all is how the Group did, for those that it ended.
func (g *Group) Outcome(i int, all Outcome) Outcome {
	if m := &g.members[i]; m.state == ended {
		return m.out
	}
	return all
}

// Took returns how long member i has run. One that the Group ended ran as long as that.
func (g *Group) Took(i int) time.Duration {
	m := &g.members[i]
	if m.state != ended {
		return m.took + time.Duration(g.ended-g.begun)
	}
	return m.took
}

// Ended is how long the Group has run since the last Start.
func (g *Group) Ended() time.Duration { return time.Duration(g.ended - g.begun) }

// Cut reports that the Group was ended before its members, or never begun.
func (g *Group) Cut() bool { return g.cut || g.begun == 0 }

// Reset makes g empty. It must not be under way.
func (g *Group) Reset() {
	if g.left > 0 {
		panic("BUG: group emptied while it runs")
	}
	clear(g.members)
	*g = Group{members: g.members[:0]}
}

// Start begins every member that waits, before any of them can resume anybody.
func (g *Group) Start(l *loop.Loop, c Completion, _ int64) {
	g.done, g.begun, g.ended, g.starting, g.late, g.cut = c, l.Now(), l.Now(), true, false, false
	for i := range g.members {
		m := &g.members[i]
		if m.state != unused {
			continue
		}
		m.of, m.state = g, starting
		g.left++
		tok, out, isPending := c.table.Begin(l, m.op, m.limit, m)
		if !isPending {
			m.end(l, out)
			continue
		}
		m.token, m.state = tok, pending
	}
	g.starting = false
	g.tell(l)
}

// Resume notes that a member has ended.
func (m *groupMember) Resume(l *loop.Loop, _ Op, out Outcome) {
	g := m.of
	m.end(l, out)
	g.tell(l)
}

func (m *groupMember) end(l *loop.Loop, out Outcome) {
	g := m.of
	m.state, m.out, m.token = ended, out, 0
	m.took += time.Duration(l.Now() - g.begun)
	g.late = g.late || out == TimedOut
	g.left--
}

// tell ends the Group with its last member.
func (g *Group) tell(l *loop.Loop) {
	if g.left > 0 || g.starting {
		return
	}
	g.ended = l.Now()
	out := Completed
	if g.late {
		out = TimedOut
	}
	g.done.Done(l, out)
}

// Cancel cancels what still runs.
func (g *Group) Cancel(l *loop.Loop) {
	g.ended, g.cut = l.Now(), true
	for i := range g.members {
		if m := &g.members[i]; m.state == pending {
			g.left--
			m.state = starting // neither under way nor ended by itself
			g.done.table.Abandon(l, m.token)
		}
	}
}
