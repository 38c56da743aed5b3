package acc

import (
	"bytes"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/sipparse"
)

// An account is what a script has said of a request: what is to be accounted, and the
// values of the fields. It is the request's, on its loop, from when it is first needed.
type account struct {
	proxy.Watch
	m        *Module
	flags    mask
	table    []byte // of rows of answered transactions and calls; empty: db_table_acc
	extra    []value
	legs     [][]value // there is one from the beginning if there are leg_fields
	nlegs    int
	created  int64 // when CDRs were asked for, in seconds since 1970
	upstream bool  // the request goes from callee to caller

	call     ref   // the call that the request belongs to, of which there will be a CDR
	changed  bool  // something that the call is to remember
	byeAt    int64 // milliseconds
	answered [8]uint64
	nAnswers int
}

// A value is one of a field.
type value struct {
	text  []byte // empty: it has none
	state valueState
}

type valueState uint8

const (
	unset  valueState = iota
	loaded            // of the call, as it was
	given             // by the script, perhaps to nothing
)

const (
	maxValue = 64<<10 - 1 // bytes, as in OpenSIPS
	keepText = 4 << 10    // bytes that an empty value keeps
	maxLegs  = 128
)

// set gives a field a value; an empty one is none.
func (v *value) set(text []byte) {
	v.text = append(v.text[:0], text[:min(len(text), maxValue)]...)
	v.state = given
}

func (v *value) reset() {
	if cap(v.text) > keepText {
		v.text = nil
	}
	v.text, v.state = v.text[:0], unset
}

// of returns the account of a request, nil if it has none.
func (m *Module) of(r *proxy.Request) *account {
	for w := r.Watches(); w != nil; w = w.Next() {
		if a, is := w.Watcher.(*account); is && a.m == m {
			return a
		}
	}
	return nil
}

// account returns that of a request, which it makes if there is none; one within a call
// that is going to have a CDR begins with what the call has.
func (m *Module) account(l *loop.Loop, r *proxy.Request) *account {
	if a := m.of(r); a != nil {
		return a
	}
	a := m.accounts.Get(l)
	a.reset(m)
	if len(r.Msg.ToTag()) > 0 {
		m.calls.On(l).load(a, &r.Msg)
	}
	r.Watch(&a.Watch)
	return a
}

func (a *account) reset(m *Module) {
	a.m, a.Watcher = m, a
	a.flags, a.table, a.created, a.upstream = 0, a.table[:0], 0, false
	a.call, a.changed, a.byeAt, a.nAnswers = ref{}, false, 0, 0
	a.extra = resetAll(a.extra, len(m.extra.tags))
	a.nlegs = 0
	if len(m.leg.tags) > 0 {
		a.newLeg()
	}
}

func resetAll(list []value, n int) []value {
	for len(list) < n {
		list = append(list, value{})
	}
	for i := range list {
		list[i].reset()
	}
	return list
}

// newLeg adds a leg without values.
func (a *account) newLeg() bool {
	if a.nlegs == maxLegs {
		return false
	}
	if a.nlegs == len(a.legs) {
		a.legs = append(a.legs, nil)
	}
	a.legs[a.nlegs] = resetAll(a.legs[a.nlegs], len(a.m.leg.tags))
	a.nlegs++
	return true
}

// Released gives the account back. What was changed within a call stays with that.
func (a *account) Released(l *loop.Loop) {
	if a.changed {
		a.m.calls.On(l).store(a)
	}
	if len(a.legs) > 8 {
		a.legs = a.legs[:8]
	}
	a.m.accounts.Put(l, a)
}

// Failed accounts a missed call: a failure route is about to run.
func (a *account) Failed(l *loop.Loop, r *proxy.Request, ans proxy.Answer) {
	if a.call.none() && r.Msg.Method() == sipparse.Invite && a.flags.any(withMissed) {
		a.missed(l, r, ans)
	}
}

// Answered accounts what the response ends.
func (a *account) Answered(l *loop.Loop, r *proxy.Request, ans proxy.Answer) {
	if !a.call.none() { // OpenSIPS: within a call with a CDR nothing else is accounted
		if r.Msg.Method() == sipparse.Bye && ends(ans.Status) {
			a.m.calls.On(l).end(l, a)
		}
		return
	}
	invite := r.Msg.Method() == sipparse.Invite
	if invite && ans.Status >= 300 && a.flags.any(withMissed) {
		a.missed(l, r, ans)
	}
	if !a.wants(ans) || invite && a.repeats(ans) {
		return
	}
	c := a.core(r, ans)
	if invite && ans.Status >= 200 && ans.Status < 300 && len(r.Msg.ToTag()) == 0 && a.flags.any(withCDR) &&
		a.m.calls.On(l).begin(l, a, &c) {
		return
	}
	a.m.report(l, a, a.flags&^(everywhere*withCDR), answeredRecord, &c)
}

// ends reports whether a BYE with this answer ends the call: one that is challenged comes
// again.
func ends(status int) bool { return status >= 200 && status != 401 && status != 407 }

// wants reports whether an answer is accounted.
func (a *account) wants(ans proxy.Answer) bool {
	switch {
	case !a.flags.any(accounted), ans.Status >= 300 && !a.flags.any(withFailed):
		return false
	case ans.Status >= 200:
		return true
	}
	return a.m.earlyMedia && ans.Reply != nil && len(ans.Reply.Body()) > 0
}

// repeats reports whether a 2xx has been accounted: those of several callees each are, by
// their To tags, and their retransmissions are not.
func (a *account) repeats(ans proxy.Answer) bool {
	if ans.Status < 200 || ans.Status >= 300 || ans.Reply == nil {
		return false
	}
	h := a.m.hash(ans.Reply.ToTag())
	for _, seen := range a.answered[:a.nAnswers] {
		if seen == h {
			return true
		}
	}
	if a.nAnswers < len(a.answered) {
		a.answered[a.nAnswers] = h
		a.nAnswers++
	}
	return false
}

// missed accounts a missed call, once for each time that the script has asked for it.
func (a *account) missed(l *loop.Loop, r *proxy.Request, ans proxy.Answer) {
	c := a.core(r, ans)
	a.m.report(l, a, a.flags, missedRecord, &c)
	a.flags &^= everywhere * withMissed
}

// core is what each record has.
func (a *account) core(r *proxy.Request, ans proxy.Answer) core {
	toTag := r.Msg.ToTag()
	if ans.Reply != nil {
		toTag = ans.Reply.ToTag()
	}
	return a.coreOf(r, toTag, ans.Status, ans.Reason())
}

func (a *account) coreOf(r *proxy.Request, toTag []byte, status int, reason []byte) core {
	c := core{method: r.Msg.MethodName(), fromTag: r.Msg.FromTag(), toTag: toTag, callID: r.Msg.CallID(), reason: reason}
	if a != nil && a.upstream {
		c.fromTag, c.toTag = c.toTag, c.fromTag
	}
	if c.status = status; status > 0 {
		c.code = [3]byte{byte('0' + status/100%10), byte('0' + status/10%10), byte('0' + status%10)}
	}
	return c
}

// upstreamOf reports whether a request goes from callee to caller, by the ftag of our own
// Route: it is the From tag of the request that began the dialog.
func upstreamOf(r *proxy.Request) bool {
	for list := bytes.TrimPrefix(r.Routed(), []byte{';'}); len(list) > 0; {
		var one []byte
		one, list, _ = bytes.Cut(list, []byte{';'})
		if name, tag, _ := bytes.Cut(one, []byte{'='}); sipparse.EqualFoldString(name, "ftag") {
			return len(tag) > 0 && !bytes.Equal(tag, r.Msg.FromTag())
		}
	}
	return false
}
