package nathelper

import (
	"bytes"
	"encoding/base64"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// maxOrg bounds the host and port in a parameter org.
const maxOrg = 300

// restoreRURI takes the R-URI that a peer has from a Contact of ours, and gives the phone
// its own one.
func restoreRURI(c *script.Ctx) script.Ret {
	x := proxy.From(c)
	uri := x.WorkingURI()
	var u sipparse.URI // x.ParseURI's would not outlive SetWorkingURI
	if sipparse.ParseURI(uri, &u) != sipparse.OK || u.Host.Len() == 0 {
		return -1
	}
	value, ok := u.Param(uri, "org")
	if !ok {
		return -1
	}
	own := originalHost(c, value)
	if own == nil {
		c.LogError("nathelper: the parameter org of the R-URI is no host and port")
		return -1
	}
	end := max(u.Host.End, u.PortSpan.End)
	at := withoutOrg(append(c.Alloc(len(uri))[:0], uri[:end]...), uri, &u)
	ruri := append(append(c.Alloc(len(uri) + len(own))[:0], uri[:u.Host.Off]...), own...)
	ruri = withoutOrg(ruri, uri, &u)
	if !x.SetWorkingURI(ruri) {
		return -1
	}
	x.Target.SetDst(at)
	return 1
}

// originalHost decodes host[:port]; nil if it is none.
func originalHost(c *script.Ctx, value []byte) []byte {
	value = bytes.TrimRight(value, "=")
	if len(value) == 0 || len(value) > maxOrg {
		return nil
	}
	b := append(c.Alloc(len("sip:") + len(value))[:0], "sip:"...)
	for _, e := range [...]*base64.Encoding{base64Text, base64.RawURLEncoding} {
		text, err := e.AppendDecode(b, value)
		var u sipparse.URI
		if err == nil && sipparse.ParseURI(text, &u) == sipparse.OK && u.Host.Len() > 0 && u.User.IsZero() && u.Params.IsZero() && u.Headers.IsZero() {
			return text[len("sip:"):]
		}
	}
	return nil
}

// withoutOrg appends the parameters and headers of a URI, but org.
func withoutOrg(dst, uri []byte, u *sipparse.URI) []byte {
	it := u.ParamPairs(uri)
	for p := (sipparse.URIPair{}); it.Next(&p); {
		if !sipparse.EqualFoldString(p.Name.Of(uri), "org") {
			dst = append(append(dst, ';'), p.Whole.Of(uri)...)
		}
	}
	if !u.Headers.IsZero() {
		dst = append(append(dst, '?'), u.Headers.Of(uri)...)
	}
	return dst
}
