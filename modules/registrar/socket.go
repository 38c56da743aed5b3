package registrar

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// socketFunction is add_sock_hdr.
func (m *Module) socketFunction() *script.Func {
	return script.Func1("add_sock_hdr", "Add a header with the socket that the request came by: udp:192.0.2.1:5060. -1: it is no header name, or there is no room.",
		script.R|script.F|script.O|script.B|script.L, script.Str("hdr_name", "name of the header"), addSocketHeader)
}

func addSocketHeader(c *script.Ctx, name []byte) script.Ret {
	x := proxy.From(c)
	ls := x.Listener()
	if ls == nil {
		return -1
	}
	line := append(append(c.Alloc(len(name) + 96)[:0], name...), ": "...)
	line = append(ls.AppendName(line), "\r\n"...)
	if len(name) == 0 || !sipparse.IsHeaderLines(line) || !x.Room(len(line)) {
		return -1
	}
	x.Edits.AppendHeader(x.Msg(), line)
	return 1
}

// socket is the socket by which the contacts are to be reached: the one that the request
// came by, or the one of ours that the header sock_hdr_name names.
func (r *registration) socket() []byte {
	ls := r.req.Listener
	if r.flags.socketHeader && r.m.set.socketHdr != "" {
		msg := r.msg
		if i := msg.FindName([]byte(r.m.set.socketHdr), 0); i >= 0 {
			h := msg.Header(i)
			text := bytes.TrimSpace(h.Value.Of(msg.Buf()))
			if other := r.x.Proxy().ListenerNamed(text); other != nil {
				ls = other
			} else {
				r.c.LogError("registrar: %q is no socket of ours", text)
			}
		}
	}
	if ls == nil {
		return nil
	}
	return ls.AppendName(r.c.Alloc(96)[:0])
}
