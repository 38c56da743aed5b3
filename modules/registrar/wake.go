package registrar

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/tm"
	"github.com/fastsips/fastsips/usrloc"
)

// A waker has a branch for a contact added to a transaction as soon as the contact has
// registered again.
type waker struct {
	m       *Module
	tx      tm.ID
	watch   *usrloc.Watch
	sleeper sleeper
	timer   timer.Handle
	at      uint32 // its number on its loop
}

// wakers end after pn_refresh_timeout. A timer refers to one by its number.
type wakers struct {
	kind timer.Kind
	on   loop.Local[wakerList]
}

type wakerList struct {
	list   []*waker
	unused []uint32
}

// maxWakers is how many contacts may be waited for on one loop.
const maxWakers = 1 << 16

func newWakers(m *Module) *wakers {
	w := &wakers{on: loop.NewLocal[wakerList](m.core.Group, nil)}
	w.kind = m.core.Group.NewKind(func(l *loop.Loop, ref uint64) { w.on.On(l).list[ref].tooLate(l) })
	return w
}

// add gives a waker its place; false: there is none.
func (a *wakerList) add(w *waker) bool {
	if len(a.unused) == 0 {
		if len(a.list) >= maxWakers {
			return false
		}
		a.unused = append(a.unused, uint32(len(a.list)))
		a.list = append(a.list, nil)
	}
	w.at = a.unused[len(a.unused)-1]
	a.unused = a.unused[:len(a.unused)-1]
	a.list[w.at] = w
	return true
}

// wake has a contact woken up, and the transaction wait for it.
func (s *search) wake(rec usrloc.Record, k *usrloc.Contact) bool {
	p, l := s.m.push, s.x.Loop()
	if s.x.Visible() == nil && !s.x.NewTransaction() {
		return false
	}
	w := &waker{m: s.m, tx: s.x.TxID(), sleeper: sleeperOf(k)}
	if !p.wakers.on.On(l).add(w) {
		s.c.LogError("registrar: too many requests wait for clients to be woken up")
		return false
	}
	w.watch = s.m.store.Watch(l, s.table.Domain, rec.AoR(), w)
	w.timer = l.After(s.m.set.push.waitFor, p.wakers.kind, uint64(w.at))
	s.m.store.RaiseRefresh(l, s.table.Domain, rec.AoR(), k, reasonOf(&s.x.Req.Msg, "ini-"), s.x.Req.Msg.CallID())
	s.awoken++
	return true
}

// reasonOf names the request for whose sake a client is woken up.
func reasonOf(msg *sipparse.Msg, kind string) string {
	name := msg.MethodName()
	return kind + string(name[:min(len(name), 28)])
}

// holdOpen has the transaction wait for the branches of those who were woken up.
func (s *search) holdOpen() {
	if s.awoken == 0 {
		return
	}
	if s.x.Req.Msg.Method() == sipparse.Invite {
		s.x.WaitForBranches(s.awoken)
	} else {
		s.x.ExpectAnswer()
	}
}

// ContactsChanged adds the branch, once the contact is awake.
func (w *waker) ContactsChanged(l *loop.Loop, _ *usrloc.Watch) {
	now := l.Wall().Unix()
	var k usrloc.Contact
	if !w.m.push.wokenUp(&w.sleeper, w.watch.Domain().Get(w.watch.AoR()), now, &k) {
		return
	}
	w.end(l)
	p := w.m.core.Proxy()
	p.InjectInto(l, w.tx, func(x *proxy.Context) {
		uri, _ := w.m.push.withoutPush(nil, k.URI)
		if t := x.AddBranch(uri, false); t != nil {
			fillTarget(p, t, &k)
			t.SetFlags(k.BranchFlags)
		}
	})
}

// tooLate ends the wait: the client has not come.
func (w *waker) tooLate(l *loop.Loop) {
	w.end(l)
	w.m.core.Proxy().EndWait(l, w.tx, 480)
}

func (w *waker) end(l *loop.Loop) {
	a := w.m.push.wakers.on.On(l)
	if a.list[w.at] != w {
		return
	}
	a.list[w.at] = nil
	a.unused = append(a.unused, w.at)
	l.StopTimer(w.timer)
	w.watch.Close(l)
}
