package nathelper

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
)

// maxReceived is how long appendReceived's URI is at most.
const maxReceived = len("sip:[1111:1111:1111:1111:1111:1111:111.111.111.111]:65535%3Btransport%3Dsctp")

// appendReceived writes the URI that f comes from: sip:192.0.2.7:4444;transport=tcp. In a
// parameter of another URI the semicolon and the equals sign are escaped.
func appendReceived(dst []byte, f *transport.Flow, inURI bool) []byte {
	dst = f.Remote.AppendTo(append(dst, "sip:"...))
	switch {
	case f.Proto == transport.UDP:
		return dst
	case inURI:
		dst = append(dst, "%3Btransport%3D"...)
	default:
		dst = append(dst, ";transport="...)
	}
	return append(dst, f.Proto.Lower()...)
}

// fixRegister is what the registrar finds: see its received_avp.
func (m *Module) fixRegister(c *script.Ctx) script.Ret {
	if m.received == noAVP {
		c.LogError("nathelper: fix_nated_register() needs received_avp, with the same value as that of registrar")
		return -1
	}
	c.AVPs().Push(m.received, script.StrValue(appendReceived(c.Alloc(maxReceived)[:0], proxy.From(c).Source(), false)))
	return 1
}

func addReceived(c *script.Ctx, flag int32) script.Ret {
	x := proxy.From(c)
	msg := x.Msg()
	it := msg.Contacts()
	for ct := (sipparse.Contact{}); it.Next(&ct); {
		if ct.Star || !x.Room(2*maxReceived) {
			return -1
		}
		param := append(c.Alloc(maxReceived + 16)[:0], ";received="...)
		if flag == 0 {
			param = append(appendReceived(append(param, '"'), x.Source(), false), '"')
			x.Edits.Insert(ct.Whole.End, param)
			continue
		}
		if !addURIParam(x, &ct, appendReceived(param, x.Source(), true)) {
			return -1
		}
	}
	if it.Err() != sipparse.OK {
		return -1
	}
	return 1
}

// addURIParam adds a parameter to the URI of a Contact. A URI without < > gets them: its
// parameters would be the Contact's (RFC 3261 §20.10).
func addURIParam(x *proxy.Context, ct *sipparse.Contact, param []byte) bool {
	msg := x.Msg()
	uri := ct.URI.Of(msg.Buf())
	u, ok := x.ParseURI(uri)
	if !ok {
		return false
	}
	if !isAngled(msg, ct) {
		x.Edits.Insert(ct.URI.Off, []byte{'<'})
		x.Edits.Insert(ct.URI.End, append(param, '>'))
		return true
	}
	at := ct.URI.End
	if u.Headers.Off > 0 {
		at = ct.URI.Off + u.Headers.Off - 1
	}
	x.Edits.Insert(at, param)
	return true
}

// isAngled reports whether the URI of a Contact is between < and >.
func isAngled(msg *sipparse.Msg, ct *sipparse.Contact) bool {
	return ct.URI.Off > 0 && msg.Buf()[ct.URI.Off-1] == '<'
}
