package core

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// A sdpLine is a line of a session description: where it begins, where its text ends,
// where the next one begins, and which it is, from 0.
type sdpLine struct{ off, end, next, n int }

func (l sdpLine) of(b []byte) []byte { return b[l.off:l.end] }

// nextLine returns the line behind l in b; false at the end. The zero sdpLine with n -1
// is before the first.
func nextLine(b []byte, l sdpLine) (sdpLine, bool) {
	at := l.next
	if at >= len(b) {
		return sdpLine{off: len(b), end: len(b), next: len(b), n: l.n + 1}, false
	}
	end := len(b)
	next := end
	if i := bytes.IndexByte(b[at:], '\n'); i >= 0 {
		end, next = at+i, at+i+1
	}
	if end > at && b[end-1] == '\r' {
		end--
	}
	return sdpLine{at, end, next, l.n + 1}, true
}

var beforeFirst = sdpLine{n: -1}

// A sdpRange is some lines: those of a stream, of the session level, or all. It ends
// before the line last.
type sdpRange struct{ first, last sdpLine }

// A sdpScope says which lines a variable speaks of.
type sdpScope uint8

const (
	allLines sdpScope = iota
	sessionLines
	streamLines
)

// lines returns the lines of b that p speaks of; false where there is no such stream.
func (s sdpScope) lines(b []byte, p *sdpPath) (r sdpRange, ok bool) {
	l, more := nextLine(b, beforeFirst)
	r.first = l
	switch s {
	case allLines:
		for more {
			l, more = nextLine(b, l)
		}
		r.last = l
		return r, true
	case sessionLines:
		for more && !isMedia(l.of(b)) {
			l, more = nextLine(b, l)
		}
		r.last = l
		return r, true
	}
	for n := p.stream.n; more; l, more = nextLine(b, l) {
		if !isMedia(l.of(b)) || !hasPrefix(l.of(b)[len("m="):], p.stream.prefix) {
			continue
		}
		if n == 0 {
			r.first = l
			break
		}
		n--
	}
	if !more {
		return r, false
	}
	for l, more = nextLine(b, l); more && !isMedia(l.of(b)); {
		l, more = nextLine(b, l)
	}
	r.last = l
	return r, true
}

func isMedia(line []byte) bool { return hasPrefix(line, mediaPrefix) }

var mediaPrefix = []byte("m=")

// hasPrefix compares without case.
func hasPrefix(b, prefix []byte) bool {
	return len(b) >= len(prefix) && sipparse.EqualFold(b[:len(prefix)], prefix)
}

// find returns the line of r that c names. Without a prefix it may be the place behind
// the last one, where a line can be inserted: is is false then.
func (r *sdpRange) find(b []byte, c *chunk) (l sdpLine, is, ok bool) {
	n := c.n
	for l = r.first; l.off < r.last.off; l, _ = nextLine(b, l) {
		if !hasPrefix(l.of(b), c.prefix) {
			continue
		}
		if n == 0 {
			return l, true, true
		}
		n--
	}
	return l, false, n == 0 && len(c.prefix) == 0
}

// A sdpPlace is a line, or the place behind the last one.
type sdpPlace struct {
	line  sdpLine
	is    bool
	whole bool // a stream without a line was named
	last  int  // where that ends
}

// place finds what p names in b.
func (p *sdpPath) place(b []byte, of sdpScope) (at sdpPlace, ok bool) {
	r, ok := of.lines(b, p)
	if !ok {
		return at, false
	}
	at.whole, at.last = of == streamLines && !p.line.is, r.last.off
	at.line, at.is, ok = r.find(b, &p.line)
	return at, ok
}

// A sdpToken is a token of a line, with the key that named it, and where its value
// begins.
type sdpToken struct{ off, end, value int }

// findToken finds the token of the line b that p names. Tokens are what stands between
// white space, behind what the line begins with. The prefix that names one is its key,
// which stays when the value is written; named by its number alone, it is all value.
func (p *sdpPath) findToken(b []byte) (t sdpToken, ok bool) {
	begun, key, n := p.lineBegin(b), p.token.prefix, p.token.n
	for at := skipSpace(b, begun); at < len(b); at = skipSpace(b, at) {
		t.off = at
		for at < len(b) && !isSpace(b[at]) {
			at++
		}
		if !hasPrefix(b[t.off:at], key) {
			if t.off != begun || !hasPrefix(b[:at], key) {
				continue
			}
			t.off = 0 // the key is "m=", say
		}
		if n == 0 {
			t.end, t.value = at, t.off+len(key)
			return t, true
		}
		n--
	}
	return t, false
}

// lineBegin is how much of a line goes before its first token: "m=", or the prefix of
// the path if that ends in ":" or "=".
func (p *sdpPath) lineBegin(b []byte) int {
	k := p.line.prefix
	if n := len(k); n > 2 && (k[n-1] == ':' || k[n-1] == '=') && hasPrefix(b, k) && bytes.IndexAny(k, " \t") < 0 {
		return n
	}
	if len(b) >= 2 && b[1] == '=' {
		return 2
	}
	return 0
}

func skipSpace(b []byte, at int) int {
	for at < len(b) && isSpace(b[at]) {
		at++
	}
	return at
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }
