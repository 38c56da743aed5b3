package usrloc

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// A parsedURI is a URI that is compared with others.
type parsedURI struct {
	text  []byte
	uri   sipparse.URI
	state parseState
}

type parseState uint8

const (
	unparsed parseState = iota
	whole
	broken
)

// parse reads u once, and reports whether it is a URI.
func (u *parsedURI) parse() bool {
	if u.state == unparsed {
		u.state = broken
		if sipparse.ParseURI(u.text, &u.uri) == sipparse.OK {
			u.state = whole
		}
	}
	return u.state == whole
}

// equal compares by RFC 3261 §19.1.4; what is no URI, byte by byte.
func (u *parsedURI) equal(v *parsedURI) bool {
	if bytes.Equal(u.text, v.text) {
		return true
	}
	return u.parse() && v.parse() && u.uri.Equal(u.text, &v.uri, v.text)
}

// A subject is a contact whose like is looked for.
type subject struct {
	*Contact
	uri parsedURI
}

// match finds the contact of the record that x is; nil if there is none.
func (a *applying) match(x *subject) *binding {
	mode := a.ch.Matching
	if mode == MatchDefault {
		mode = a.ch.rules.matching
	}
	for i := range a.list {
		if b := &a.list[i]; !b.gone && a.matches(mode, b, x) {
			return b
		}
	}
	return nil
}

func (a *applying) matches(mode Matching, b *binding, x *subject) bool {
	switch {
	case x.isFlow() && b.isFlow():
		return b.RegID == x.RegID && bytes.Equal(b.Instance, x.Instance)
	case mode == MatchContactCall:
		return bytes.Equal(b.CallID, a.ch.CallID) && b.uri.equal(&x.uri)
	case mode == MatchInstance && (x.Instance != nil || b.Instance != nil):
		return bytes.Equal(b.Instance, x.Instance)
	case mode == MatchParams:
		if same, known := equalParams(a.ch.Params, &b.uri, &x.uri); known {
			return same
		}
	}
	return b.uri.equal(&x.uri)
}

// isFlow reports whether c is a binding of RFC 5626, of which one UA may have several with
// the same URI.
func (c *Contact) isFlow() bool { return c.RegID != 0 && len(c.Instance) > 0 }

// equalParams reports whether the URI parameters of these names that both have are the same.
// Known is false if there is none that both have.
func equalParams(names [][]byte, u, v *parsedURI) (same, known bool) {
	if !u.parse() || !v.parse() {
		return false, false
	}
	for _, name := range names {
		a, ok := u.uri.Param(u.text, string(name))
		b, too := v.uri.Param(v.text, string(name))
		if !ok || !too {
			continue
		}
		if known = true; !bytes.Equal(a, b) {
			return false, true
		}
	}
	return known, known
}

// isZero reports whether f removes nothing.
func (f *Filter) isZero() bool {
	return f.ID == 0 && f.URI == nil && f.Host == nil && f.Port == 0 && f.Instance == nil && f.BranchFlags == 0
}

// matches reports whether b is to be removed. Uri is f's.
func (f *Filter) matches(b *binding, uri *parsedURI) bool {
	return !f.isZero() &&
		(f.ID == 0 || f.ID == b.ID) &&
		b.BranchFlags&f.BranchFlags == f.BranchFlags &&
		(f.Instance == nil || bytes.Equal(f.Instance, b.Instance)) &&
		(f.URI == nil || b.uri.equal(uri)) &&
		(f.Host == nil && f.Port == 0 || f.nextHop(&b.Contact))
}

// nextHop reports whether requests to c go to f's host and port.
func (f *Filter) nextHop(c *Contact) bool {
	host, port := c.NextHop()
	return (f.Host == nil || sipparse.EqualFold(host, f.Host)) && (f.Port == 0 || f.Port == port)
}

// NextHop returns where requests to c go first, as it is written: by the first of Path, else
// by Received, else by its URI. The port that is not written is 5060, or 5061 of sips and
// with transport=tls.
func (c *Contact) NextHop() (host []byte, port uint16) {
	text := c.URI
	if first := firstURI(c.Path); first != nil {
		text = first
	} else if len(c.Received) > 0 {
		text = c.Received
	}
	var u sipparse.URI
	if sipparse.ParseURI(text, &u) != sipparse.OK {
		return nil, 0
	}
	return u.Host.Of(text), portOf(&u, text)
}

func portOf(u *sipparse.URI, text []byte) uint16 {
	if u.Port != 0 {
		return uint16(u.Port)
	}
	if proto, ok := u.Param(text, "transport"); u.Scheme == sipparse.SchemeSIPS || ok && sipparse.EqualFold(proto, []byte("tls")) {
		return 5061
	}
	return 5060
}

// firstURI returns what stands in the first < > of a Path; nil if there is none.
func firstURI(path []byte) []byte {
	_, rest, _ := bytes.Cut(path, []byte{'<'})
	uri, _, ok := bytes.Cut(rest, []byte{'>'})
	if !ok {
		return nil
	}
	return uri
}
