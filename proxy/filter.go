package proxy

import (
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// UseBlacklist has what becomes of the request in hand avoid what a list, or all lists,
// name, or no more so; false if there is no such list, or no request.
func (x *Context) UseBlacklist(name string, on bool) bool {
	bits, ok := x.p.set.Blacklists.named(name)
	if !ok || x.Req == nil {
		return false
	}
	x.Req.lists &^= bits
	if on {
		x.Req.lists |= bits
	}
	return true
}

// OnBlacklist reports whether a list covers d; without a name, whether one does that the
// request in hand avoids.
func (x *Context) OnBlacklist(name string, d *Destination) bool {
	lists, now := &x.p.set.Blacklists, x.loop.Now()
	if name != "" && name != AllBlacklists {
		b := lists.Find(name)
		return b != nil && b.Matches(now, d)
	}
	return x.Req != nil && lists.match(x.Req.lists, now, d)
}

// AddToBlacklist adds a rule that ends after d, or never for 0.
func (x *Context) AddToBlacklist(b *Blacklist, r *BlacklistRule, d time.Duration) error {
	until := int64(0)
	if d > 0 {
		until = x.loop.Now() + int64(d)
	}
	return b.Add(x.loop.Now(), r, until)
}

// A draft is a request as it would leave, for lists that look at its text.
type draft struct {
	r    *Request
	t    *Target
	e    *sipparse.Edits
	rr   *RouteLine
	more []byte
}

// filtered reports whether one of the lists in used keeps the request from going to h.
func (s *shard) filtered(l *loop.Loop, used uint32, h *hop, d draft) bool {
	lists := &s.p.set.Blacklists
	if used == 0 {
		return false
	}
	to := Destination{Proto: h.proto, Addr: h.addr}
	if !lists.needText(used) {
		return lists.match(used, l.Now(), &to)
	}
	ls := s.p.leaveBy(d.t, d.r, h)
	if ls == nil {
		return false // it cannot go there anyway
	}
	f := flowTo(d.r, ls, h)
	o := l.NewOut()
	o.Set(s.build(o.Buf()[:0], d.r, d.t, d.e, d.rr, d.more, &f, nil, nil))
	to.Text = o.Buf()
	hit := lists.match(used, l.Now(), &to)
	l.Free(o)
	return hit
}

// draft is what filtered looks at of b.
func (b *branch) draft() draft {
	return draft{b.tx.Req, &b.Target, &b.Edits, &b.rr, b.rrParams}
}

// shunFor is how long a target that failed is not sent to where its name has another
// (OpenSIPS's rule), unless it says itself; maxShun bounds what it may say.
const (
	shunFor = 4 * time.Minute
	maxShun = time.Hour
)

// shun puts b's target, which failed, on the list "dns", unless disable_dns_blacklist
// says that there is none.
func (s *shard) shun(l *loop.Loop, b *branch) {
	list := s.p.set.Blacklists.dns
	if list == nil {
		return
	}
	d := shunFor
	if b.final != nil {
		d = retryAfterOf(&b.final.Msg)
	}
	to := b.flow.Remote.AddrPort()
	r := &BlacklistRule{AnyProto: true, Net: netip.PrefixFrom(to.Addr().WithZone(""), to.Addr().BitLen()), Port: to.Port()}
	list.Add(l.Now(), r, l.Now()+int64(d))
}

// retryAfterOf is how long a 503 asks not to be bothered (RFC 3261 §21.5.4).
func retryAfterOf(m *sipparse.Msg) time.Duration {
	var r sipparse.RetryAfter
	if found, err := m.RetryAfter(&r); !found || err != sipparse.OK {
		return shunFor
	}
	return min(time.Duration(r.Seconds)*time.Second, maxShun)
}
