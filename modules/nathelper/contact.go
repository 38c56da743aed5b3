package nathelper

import (
	"encoding/base64"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// contactFlags are the flags of fix_nated_contact().
var contactFlags = words{"preserve-uri"}

const preserveURI uint = 1

// base64Text is how preserve-uri writes host and port: without "=", which a URI parameter
// may not have in its value (RFC 3261 §25.1).
var base64Text = base64.RawStdEncoding

// fixContact writes source address and port instead of each Contact's. Calling it again
// counts instead of the first time.
func fixContact(c *script.Ctx, params []byte, flags uint) script.Ret {
	x := proxy.From(c)
	params, ok := uriParams(c, params)
	if !ok {
		c.LogError("nathelper: fix_nated_contact(): %q are no URI parameters", params[:min(len(params), 128)])
		return -1
	}
	it := x.Msg().Contacts()
	for ct := (sipparse.Contact{}); it.Next(&ct); {
		if !ct.Star && !fixOne(c, x, &ct, params, flags) {
			return -1
		}
	}
	if it.Err() != sipparse.OK {
		return -1
	}
	return 1
}

// uriParams puts the semicolon in front that scripts may leave out.
func uriParams(c *script.Ctx, params []byte) ([]byte, bool) {
	if len(params) == 0 {
		return nil, true
	}
	b := append(c.Alloc(len(params) + len("sip:h;"))[:0], "sip:h"...)
	if params[0] != ';' {
		b = append(b, ';')
	}
	b = append(b, params...)
	var u sipparse.URI
	ok := sipparse.ParseURI(b, &u) == sipparse.OK && u.User.IsZero() && u.Headers.IsZero() && u.Host.Len() == 1
	return b[len("sip:h"):], ok
}

func fixOne(c *script.Ctx, x *proxy.Context, ct *sipparse.Contact, params []byte, flags uint) bool {
	msg := x.Msg()
	uri := ct.URI.Of(msg.Buf())
	u, ok := x.ParseURI(uri)
	if !ok || u.Host.Len() == 0 {
		return false
	}
	from, end := u.Host.Off, max(u.Host.End, u.PortSpan.End)
	bare := !isAngled(msg, ct) && (len(params) > 0 || flags != 0)
	if bare { // in < >: they would be parameters of the Contact (RFC 3261 §20.10)
		from = 0
	}
	old := uri[u.Host.Off:end]
	b := c.Alloc(int(u.Host.Off) + maxReceived + len(params) + len(";org=") + base64Text.EncodedLen(len(old)) + 2)[:0]
	if bare {
		b = append(append(b, '<'), uri[:u.Host.Off]...)
	}
	b = append(x.Source().Remote.AppendTo(b), params...)
	if flags&preserveURI != 0 {
		b = base64Text.AppendEncode(append(b, ";org="...), old)
	}
	if bare {
		b = append(b, '>')
	}
	if !x.Room(len(b)) {
		return false
	}
	x.Edits.Put(sipparse.Span{Off: ct.URI.Off + from, End: ct.URI.Off + end}, b)
	deleteMaddr(x, ct, uri, u)
	return true
}

// deleteMaddr takes off what would lead elsewhere than the address.
func deleteMaddr(x *proxy.Context, ct *sipparse.Contact, uri []byte, u *sipparse.URI) {
	it := u.ParamPairs(uri)
	for p := (sipparse.URIPair{}); it.Next(&p); {
		if sipparse.EqualFoldString(p.Name.Of(uri), "maddr") {
			x.Edits.Delete(sipparse.Span{Off: ct.URI.Off + p.Whole.Off - 1, End: ct.URI.Off + p.Whole.End})
		}
	}
}
