package uac

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/sipparse"
)

// A kind is who asks: the user agent server, or a proxy before it.
type kind uint8

// The kinds.
const (
	www kind = iota
	hop
)

// challenge is the header of the question, header and credentials the one of the answer.
func (k kind) challenge() sipparse.HdrType {
	if k == hop {
		return sipparse.HdrProxyAuthenticate
	}
	return sipparse.HdrWWWAuthenticate
}

func (k kind) credentials() sipparse.HdrType {
	if k == hop {
		return sipparse.HdrProxyAuthorization
	}
	return sipparse.HdrAuthorization
}

func (k kind) header() string {
	if k == hop {
		return "Proxy-Authorization"
	}
	return "Authorization"
}

// An answer is one header of ours: one for each realm (RFC 3261 §22.3).
type answer struct {
	kind         kind
	realm, nonce []byte // as they stand between their quotes
	line         []byte // with its CRLF
	fresh        bool   // of this call
}

func find(list []answer, k kind, realm []byte) int {
	for i := range list {
		if list[i].kind == k && bytes.Equal(list[i].realm, realm) {
			return i
		}
	}
	return -1
}

// parseAnswers reads what lines has written.
func parseAnswers(lines []byte) (list []answer) {
	for line := range bytes.Lines(lines) {
		name, value, _ := bytes.Cut(line, []byte(": "))
		var x sipparse.Credentials
		if sipparse.ParseCredentials(bytes.TrimRight(value, "\r\n"), &x) != sipparse.OK {
			continue
		}
		k := www
		if string(name) == hop.header() {
			k = hop
		}
		list = append(list, answer{kind: k, realm: x.Realm.Of(value), nonce: x.Nonce.Of(value), line: line})
	}
	return list
}

// lines are the answers. What the client has said for one of these realms goes: it has not
// convinced.
func (a *answering) lines() (lines []byte) {
	for i := range a.answers {
		lines = append(lines, a.answers[i].line...)
		dropCredentials(a.x, a.answers[i].kind, a.answers[i].realm)
	}
	return lines
}

func dropCredentials(x *proxy.Context, k kind, realm []byte) {
	m, t := &x.Req.Msg, k.credentials()
	for i := m.Find(t, 0); i >= 0; i = m.Find(t, i+1) {
		value := m.Header(i).Value.Of(m.Buf())
		var c sipparse.Credentials
		if sipparse.ParseCredentials(value, &c) == sipparse.OK && bytes.Equal(c.Realm.Of(value), realm) {
			x.Edits.DeleteHeader(m, i)
		}
	}
}
