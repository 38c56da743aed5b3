package acc

import (
	"bytes"
	"encoding/binary"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/timer"
)

// calls are those of one loop that were answered and are going to have a CDR. OpenSIPS
// keeps that in dialogs; here a call is found by its Call-ID and tags when its BYE passes,
// which the proxy must have record-routed for. All messages of a call are on one loop.
//
// There is one pointer for each call, to bytes: its texts, fields and legs.
type calls struct {
	m       *Module
	list    []call // number 0 is none
	unused  []uint32
	byKey   map[uint64]uint32 // the first of a chain
	oldest  uint32
	newest  uint32
	n       int
	waiting timer.Handle // for the oldest one's time to be over; zero: nobody does
}

// A call is one of them.
type call struct {
	text    []byte
	key     uint64
	start   int64 // when it was answered, in milliseconds since 1970
	created int64
	expires int64 // of Loop.Now
	status  uint16
	flags   mask
	gen     uint32
	next    uint32 // of the same key
	older   uint32
	newer   uint32
}

// A ref names a call; it is harmless when that has ended.
type ref struct{ number, gen uint32 }

func (r ref) none() bool { return r.number == 0 }

func (t *calls) at(r ref) *call {
	if r.number == 0 || t.list[r.number].gen != r.gen || t.list[r.number].text == nil {
		return nil
	}
	return &t.list[r.number]
}

// keyOf is the same whichever side a request comes from.
func (m *Module) keyOf(callID, oneTag, otherTag []byte) uint64 {
	return m.hash(callID)*31 + (m.hash(oneTag) + m.hash(otherTag))
}

// begin remembers a call that was answered; false: there are too many.
func (t *calls) begin(l *loop.Loop, a *account, c *core) bool {
	if t.n >= (t.m.maxCalls+l.Count()-1)/l.Count() {
		t.m.counters[l.Index()].refused.Inc()
		return false
	}
	n := t.place()
	x := &t.list[n]
	x.text = a.encode(nil, c)
	x.key, x.start, x.created, x.status, x.flags = t.m.keyOf(c.callID, c.fromTag, c.toTag), millis(l.Wall()), a.created, uint16(c.status), a.flags
	x.expires = l.Now() + int64(t.m.lifetime)
	x.next = t.byKey[x.key]
	t.byKey[x.key] = n
	x.older, x.newer = t.newest, 0
	if t.newest != 0 {
		t.list[t.newest].newer = n
	} else {
		t.oldest = n
	}
	t.newest = n
	t.n++
	t.m.counters[l.Index()].calls.Add(1)
	t.await(l)
	return true
}

func (t *calls) place() uint32 {
	if t.list == nil {
		t.list, t.byKey = make([]call, 1), map[uint64]uint32{}
	}
	if k := len(t.unused); k > 0 {
		n := t.unused[k-1]
		t.unused = t.unused[:k-1]
		return n
	}
	t.list = append(t.list, call{})
	return uint32(len(t.list) - 1)
}

// find returns the call that a request within it belongs to.
func (t *calls) find(m *sipparse.Msg) ref {
	if t.n == 0 {
		return ref{}
	}
	from, to, id := m.FromTag(), m.ToTag(), m.CallID()
	for n := t.byKey[t.m.keyOf(id, from, to)]; n != 0; n = t.list[n].next {
		d := decoder{t.list[n].text}
		a, b, callID := d.next(), d.next(), d.next()
		if bytes.Equal(callID, id) && (bytes.Equal(a, from) && bytes.Equal(b, to) || bytes.Equal(a, to) && bytes.Equal(b, from)) {
			return ref{n, t.list[n].gen}
		}
	}
	return ref{}
}

// load begins an account with what its call has, if there is one.
func (t *calls) load(a *account, m *sipparse.Msg) {
	if r := t.find(m); !r.none() {
		a.call = r
		t.fill(a, t.at(r))
	}
}

// fill gives an account what a call has, but where its script has given values already.
func (t *calls) fill(a *account, x *call) (c core) {
	a.flags, a.created = x.flags, x.created
	c = core{method: []byte("INVITE"), status: int(x.status)}
	d := decoder{x.text}
	c.fromTag, c.toTag, c.callID, c.reason = d.next(), d.next(), d.next(), d.next()
	c.code = [3]byte{byte('0' + c.status/100%10), byte('0' + c.status/10%10), byte('0' + c.status%10)}
	a.table = append(a.table[:0], d.next()...)
	for i := range a.extra[:len(a.m.extra.tags)] {
		a.extra[i].load(d.next())
	}
	legs, _ := binary.Uvarint(d.next())
	for k := range int(legs) {
		if k == a.nlegs {
			a.newLeg()
		}
		for i := range a.legs[k][:len(a.m.leg.tags)] {
			a.legs[k][i].load(d.next())
		}
	}
	return c
}

// load gives a value unless the script has.
func (v *value) load(text []byte) {
	if v.state != given {
		v.text, v.state = append(v.text[:0], text...), loaded
	}
}

// store has the call remember what the script has changed. Another request of the same call
// may have changed something as well meanwhile.
func (t *calls) store(a *account) {
	x := t.at(a.call)
	if x == nil {
		return
	}
	flags, table := a.flags, append([]byte(nil), a.table...)
	c := t.fill(a, x)
	a.flags, a.table = flags, table
	x.flags, x.text = flags, a.encode(nil, &c)
}

// end writes the CDR of an account's call and forgets it.
func (t *calls) end(l *loop.Loop, a *account) {
	x := t.at(a.call)
	if x == nil {
		return // by another BYE
	}
	flags, table := a.flags, append([]byte(nil), a.table...)
	c := t.fill(a, x)
	if a.changed {
		a.flags, a.table = flags, table
	}
	start := x.start
	text := x.text // c is in it
	t.forget(l, a.call.number)
	t.m.reportCall(l, a, &c, start, a.byeAt)
	_ = text
	a.changed = false
}

// forget takes a call out.
func (t *calls) forget(l *loop.Loop, n uint32) {
	x := &t.list[n]
	if at := t.byKey[x.key]; at == n {
		if x.next == 0 {
			delete(t.byKey, x.key)
		} else {
			t.byKey[x.key] = x.next
		}
	} else {
		for t.list[at].next != n {
			at = t.list[at].next
		}
		t.list[at].next = x.next
	}
	if x.older != 0 {
		t.list[x.older].newer = x.newer
	} else {
		t.oldest = x.newer
	}
	if x.newer != 0 {
		t.list[x.newer].older = x.older
	} else {
		t.newest = x.older
	}
	*x = call{gen: x.gen + 1}
	t.unused = append(t.unused, n)
	if t.n--; t.n == 0 {
		l.StopTimer(t.waiting)
		t.waiting = 0
	}
	t.m.counters[l.Index()].calls.Add(-1)
}

// await has a timer wait for the oldest call.
func (t *calls) await(l *loop.Loop) {
	if t.waiting == 0 && t.oldest != 0 {
		t.waiting = l.Timers().Arm(t.list[t.oldest].expires, t.m.expiry, 0)
	}
}

// expire writes the CDRs of calls whose BYE has not come in time, as OpenSIPS does of
// dialogs that time out.
func (t *calls) expire(l *loop.Loop) {
	t.waiting = 0
	for t.oldest != 0 && t.list[t.oldest].expires <= l.Now() {
		n := t.oldest
		a := t.m.accounts.Get(l)
		a.reset(t.m)
		a.call, a.byeAt = ref{n, t.list[n].gen}, millis(l.Wall())
		t.m.counters[l.Index()].expired.Inc()
		t.end(l, a)
		t.m.accounts.Put(l, a)
	}
	t.await(l)
}

// encode appends what a call remembers, each text behind its length.
func (a *account) encode(b []byte, c *core) []byte {
	for _, text := range [...][]byte{c.fromTag, c.toTag, c.callID, c.reason, a.table} {
		b = encode(b, text)
	}
	for i := range a.extra[:len(a.m.extra.tags)] {
		b = encode(b, a.extra[i].text)
	}
	b = encode(b, binary.AppendUvarint(nil, uint64(a.nlegs)))
	for _, leg := range a.legs[:a.nlegs] {
		for i := range leg[:len(a.m.leg.tags)] {
			b = encode(b, leg[i].text)
		}
	}
	return b
}

func encode(b, text []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// A decoder reads texts one after the other.
type decoder struct{ b []byte }

func (d *decoder) next() []byte {
	n, used := binary.Uvarint(d.b)
	text := d.b[used : used+int(n)]
	d.b = d.b[used+int(n):]
	return text
}
