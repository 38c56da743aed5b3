package sipparse

// A TokenList walks headers that are lists of words: Supported, Require,
// Proxy-Require, Unsupported, Allow, Allow-Events, Content-Encoding,
// Content-Language, In-Reply-To, Recv-Info ... A word is anything visible without
// a comma, ";" or quote. Empty ones are passed over: "Supported:" and "a,,b" are
// common. Parameters behind a word (RFC 6086 §7.2 has them) are passed over too.
type TokenList struct{ lines }

// Tokens returns a walk over the words in the headers of type t.
func (m *Msg) Tokens(t HdrType) TokenList { return TokenList{m.lines(t)} }

// Next stores the next word in *s, a span into m.Buf(). It returns false at the
// end, and at a broken value: Err is ErrValue then.
func (it *TokenList) Next(s *Span) bool {
	return it.beginFilled() && it.end(it.c.word(s), ErrValue)
}

func (c *cursor) word(s *Span) (more bool) {
	*s = c.visible()
	c.params()
	return c.nextFilled()
}

// HasToken reports whether token, an option tag say, is in the headers of type t,
// in any case; RFC 3261 §7.3.1. For methods use Allows.
func (m *Msg) HasToken(t HdrType, token string) bool {
	it := m.Tokens(t)
	for s := (Span{}); it.Next(&s); {
		if EqualFoldString(s.Of(m.buf), token) {
			return true
		}
	}
	return false
}

// Allows reports whether the Allow headers list the method, whose name is
// case-sensitive (RFC 3261 §7.1), and whether there is any Allow header: without
// one, nothing is known (§20.5).
func (m *Msg) Allows(method Method) (allowed, known bool) {
	it := m.Tokens(HdrAllow)
	for s := (Span{}); it.Next(&s); {
		if method != MethodOther && MethodOf(s.Of(m.buf)) == method {
			return true, true
		}
	}
	return false, m.firstField(HdrAllow) != nil
}

// Token stores the value of a header that is one word, such as SIP-ETag, Priority
// or MIME-Version, in *s. It returns ErrValue if there is more or less than a word,
// or a second such header.
func (m *Msg) Token(t HdrType, s *Span) (present bool, err Error) {
	*s = Span{}
	c := m.only(t)
	*s = c.visible()
	return c.result(ErrValue)
}
