package proxy

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/transport"
)

// A rawSend is what send() was told, for the time of a look-up. The bytes are the
// run's.
type rawSend struct{ uri, headers []byte }

// Send sends the message in hand, a request or a reply, to dest, [proto:]host[:port],
// as it was received; headers, whole lines, go behind its first line. Nothing else is
// changed and nothing is expected back.
func (x *Context) Send(dest, headers []byte) script.Ret {
	d, ok := parseDest(dest)
	if !ok {
		return -1
	}
	x.raw = rawSend{uri: x.run.Copy(d.appendURI(x.shard.lines[:0])), headers: headers}
	h, ok := hopOf(x.raw.uri)
	if !ok {
		return -1
	}
	if h.literal {
		return x.sendRaw(&h)
	}
	if !x.p.canReach(&h) {
		return -1
	}
	return x.run.Await(x.shard.locate(x.loop, &h, 0), sendFinish)
}

func sendFinish(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	x, where := From(c), op.(*dns.Locate)
	h := located(where)
	where.Free(x.loop)
	if out != asyncops.Completed {
		return -1
	}
	return x.sendRaw(&h)
}

func (x *Context) sendRaw(h *hop) script.Ret {
	s, m, headers := x.shard, x.Msg(), x.raw.headers
	x.raw = rawSend{}
	ls := x.p.sendingListener(x.Target, x.Listener(), h)
	if ls == nil {
		return -1
	}
	f := transport.Flow{Remote: h.addr, Listener: ls.Index(), Proto: h.proto, Local: ls.Source(h.addr, x.Source().Local)}
	o := x.loop.NewOut()
	mark := s.noEdits.Mark()
	if m.NHeaders() > 0 {
		s.noEdits.Insert(m.Header(0).Line.Off, headers)
	}
	o.Set(appendEdited(o.Buf()[:0], m, &s.noEdits, nil, &f))
	s.noEdits.Truncate(mark)
	s.sendOut(x.loop, &f, o, 0)
	return 1
}
