package registrar

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/usrloc"
)

func (m *Module) removeIPPort(c *script.Ctx, ip []byte, port int32, t *usrloc.Table, uri []byte) script.Ret {
	if _, ok := loop.ParseIP(ip); !ok || port < 1 || port > 65535 || t.Domain == nil {
		return -1
	}
	f := filter{hop: ip, port: uint16(port)}
	if uri != nil {
		return m.removeOf(c, t, uri, f)
	}
	return c.Await(&sweep{m: m, domain: t.Domain, f: f}, swept)
}

// A sweep goes through all contacts of a table, a few in each pass of the loop, and ends
// those that its filter matches.
type sweep struct {
	m      *Module
	domain *usrloc.Domain
	f      filter
	at     int
	under  int // changes that are waited for
	done   asyncops.Completion
	over   bool // everything was looked at
	posted bool // the next step is on its way
	ended  bool // nobody waits any more
	failed bool
}

// Start begins to look.
func (s *sweep) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	s.done = c
	s.later(l)
}

// Cancel ends the sweep where it is.
func (s *sweep) Cancel(*loop.Loop) { s.ended = true }

func (s *sweep) later(l *loop.Loop) {
	if !s.posted {
		s.posted = true
		l.Mailbox().Post(&loop.Task{Run: s.step})
	}
}

func (s *sweep) step(l *loop.Loop) {
	s.posted = false
	if s.ended || s.over {
		return
	}
	s.at = s.domain.Each(s.at, func(rec usrloc.Record) {
		if ch := s.m.removal(l, s.domain, rec, &s.f); ch != nil {
			s.begin(l, ch)
		}
	})
	s.over = s.at == 0
	s.goOn(l)
}

// maxUnder is how many changes a sweep waits for at once.
const maxUnder = 64

// goOn takes the next step, unless too much is waited for, or ends.
func (s *sweep) goOn(l *loop.Loop) {
	switch {
	case s.ended || s.under >= maxUnder:
	case !s.over:
		s.later(l)
	case s.under == 0:
		s.ended = true
		s.done.Done(l, asyncops.Completed)
	}
}

func (s *sweep) begin(l *loop.Loop, ch *usrloc.Change) {
	res, op := s.m.store.Begin(l, ch)
	if op == nil {
		s.note(&res)
		return
	}
	s.under++
	_, out, pending := s.m.core.Ops.On(l).Begin(l, op, 0, s)
	if !pending {
		s.Resume(l, op, out)
	}
}

// Resume takes the end of a change.
func (s *sweep) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	res := op.(usrloc.UpdateOp).Result(l, out)
	s.note(&res)
	if s.under--; s.over || s.under == maxUnder-1 {
		s.goOn(l)
	}
}

func (s *sweep) note(res *usrloc.Result) {
	if removedBy(res) < 0 {
		s.failed = true
	}
}

func swept(_ *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	if out != asyncops.Completed || op.(*sweep).failed {
		return -1
	}
	return 1
}
