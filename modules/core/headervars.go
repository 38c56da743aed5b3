package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// headerVars are the header fields of the message in hand as they were received.
func headerVars() []*script.Var {
	return []*script.Var{
		{Name: "hdr", Doc: "value of a header field as received: $hdr(name) the first, $(hdr(name)[n]) the n-th from 0, from the end if negative, [*] all",
			Inner: script.NeedsInner, Indexed: true, Get: getHeader},
		{Name: "hdrcnt", Doc: "number of header fields of that name", Inner: script.NeedsInner, Get: countHeaders},
		{Name: "hdr_name", Doc: "name of the n-th header field as it was sent, from 0, from the end if negative, [*] all", Indexed: true, Get: getHeaderName},
		{Name: "ua", Doc: "value of User-Agent", Get: headerVar(sipparse.HdrUserAgent)},
	}
}

// headerVar reads the first header of a type.
func headerVar(t sipparse.HdrType) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, _ *script.Arg) script.Value { return firstHeader(proxy.From(c).Msg(), t) }
}

func firstHeader(m *sipparse.Msg, t sipparse.HdrType) script.Value {
	if i := m.Find(t, 0); i >= 0 {
		return headerValue(m, i)
	}
	return script.Null
}

// headerValue is never NULL: a header that is there but empty is an empty string.
func headerValue(m *sipparse.Msg, i int) script.Value {
	return script.StrValue(m.Header(i).Value.Of(m.Buf()))
}

func getHeader(c *script.Ctx, a *script.Arg) script.Value {
	m := proxy.From(c).Msg()
	if a.All {
		return joinHeaders(c, m, a.Name)
	}
	n, ok := fromFront(a, func() int { return countNamed(m, a.Name) })
	for i := m.FindName(a.Name, 0); ok && i >= 0; i = m.FindName(a.Name, i+1) {
		if n == 0 {
			return headerValue(m, i)
		}
		n--
	}
	return script.Null
}

// fromFront turns an index into one from the front; a negative one counts from behind
// the last of count. False: it is before the first.
func fromFront(a *script.Arg, count func() int) (n int, ok bool) {
	if n = int(a.Index); n < 0 {
		n += count()
	}
	return n, n >= 0
}

func countNamed(m *sipparse.Msg, name []byte) (n int) {
	for i := m.FindName(name, 0); i >= 0; i = m.FindName(name, i+1) {
		n++
	}
	return n
}

func countHeaders(c *script.Ctx, a *script.Arg) script.Value {
	return script.IntValue(int32(countNamed(proxy.From(c).Msg(), a.Name)))
}

func joinHeaders(c *script.Ctx, m *sipparse.Msg, name []byte) script.Value {
	var j joined
	for i := m.FindName(name, 0); i >= 0; i = m.FindName(name, i+1) {
		j.count(m.Header(i).Value)
	}
	j.alloc(c)
	for i := m.FindName(name, 0); i >= 0; i = m.FindName(name, i+1) {
		j.add(m.Header(i).Value.Of(m.Buf()))
	}
	return j.value()
}

func getHeaderName(c *script.Ctx, a *script.Arg) script.Value {
	m := proxy.From(c).Msg()
	if a.All {
		return joinNames(c, m)
	}
	if n, ok := fromFront(a, m.NHeaders); ok && n < m.NHeaders() {
		return script.StrValue(m.Header(n).Name.Of(m.Buf()))
	}
	return script.Null
}

func joinNames(c *script.Ctx, m *sipparse.Msg) script.Value {
	var j joined
	for i := range m.NHeaders() {
		j.count(m.Header(i).Name)
	}
	j.alloc(c)
	for i := range m.NHeaders() {
		j.add(m.Header(i).Name.Of(m.Buf()))
	}
	return j.value()
}

// A joined is the value of [*]: what is counted and then added, with ", " between.
type joined struct {
	size, n int
	b       []byte
}

func (j *joined) count(s sipparse.Span) { j.size, j.n = j.size+s.Len()+len(", "), j.n+1 }

func (j *joined) alloc(c *script.Ctx) { j.b = c.Alloc(j.size)[:0] }

func (j *joined) add(text []byte) {
	if len(j.b) > 0 {
		j.b = append(j.b, ", "...)
	}
	j.b = append(j.b, text...)
}

// value is NULL where there was nothing to join.
func (j *joined) value() script.Value {
	if j.n == 0 {
		return script.Null
	}
	return script.StrValue(j.b)
}
