package core

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

// sdpVars are views of the session description of the message in hand: the body, or the
// first part of that type. What is written is seen at once, and is what will be sent.
func sdpVars() []*script.Var {
	return []*script.Var{
		{Name: "sdp", Doc: "session description; written: another one, NULL removes it. $sdp(path) is $sdp.line(path)",
			Inner: script.OptionalInner, Bind: bindSDPPath(2), Get: getSDP, Set: setSDP},
		sdpView("sdp.line", "a line of the session description: $sdp.line(a=ptime[1]) the second that begins with a=ptime, "+
			"$sdp.line(m=audio/[1]) or (a=fmtp/bitrate=) a token of it. Written: NULL removes it, [insert] and [insertAfter] add a line", allLines),
		sdpView("sdp.session", "likewise, of the lines before the first m=", sessionLines),
		sdpView("sdp.stream", "likewise, of one stream: $sdp.stream(video[1]/a=fmtp/bitrate=) of the second m=video. "+
			"Without a line it is the m= line, and NULL removes the stream", streamLines),
		{Name: "sdp.stream.idx", Doc: "number of the line that $sdp.stream(path) finds, for $sdp.line([number])", Inner: script.NeedsInner, Bind: bindSDPPath(3), Get: getStreamIndex},
	}
}

func sdpView(name, doc string, of sdpScope) *script.Var {
	return &script.Var{Name: name, Doc: doc, Inner: script.NeedsInner, Indexed: true, Inserts: true, Bind: bindSDPPath(of.levels()),
		Get: func(c *script.Ctx, a *script.Arg) script.Value { return getSDPLine(c, a, of) },
		Set: func(c *script.Ctx, a *script.Arg, v script.Value) bool { return setSDPLine(c, a, of, v) }}
}

func (s sdpScope) levels() int {
	if s == streamLines {
		return 3
	}
	return 2
}

func bindSDPPath(levels int) func(string) (any, error) {
	return func(inner string) (any, error) {
		if inner == "" {
			return nil, nil
		}
		p, err := parseSDPPath([]byte(inner), levels)
		if err != nil {
			return nil, err
		}
		return &p, nil
	}
}

// pathOf returns the path that a names, into p if it is computed; nil if it is none.
func pathOf(a *script.Arg, levels int, p *sdpPath) *sdpPath {
	if constant, ok := a.Key.(*sdpPath); ok {
		return constant
	}
	var err error
	if *p, err = parseSDPPath(a.Name, levels); err != nil {
		return nil
	}
	return p
}

// sdpText is the session description as it would be sent now.
func sdpText(c *script.Ctx) ([]byte, bool) {
	x := proxy.From(c)
	if x.Edits == nil {
		return nil, false
	}
	m := x.Msg()
	text, ok := m.Content(c.Alloc(0), "application", "sdp", x.BaseEdits(), x.Edits)
	return text, ok && len(text) > 0
}

// maxSDPEdits is how many changes a script may make to one message: each keeps the text
// that it has written.
const maxSDPEdits = 1000

func writeSDP(c *script.Ctx, text []byte) bool {
	x := proxy.From(c)
	if x.Edits == nil {
		return false
	}
	if x.Edits.Len() >= maxSDPEdits {
		c.LogError("core: $sdp: more than %d changes to one message", maxSDPEdits)
		return false
	}
	return x.Msg().SetContent(x.Edits, "application", "sdp", text)
}

func getSDP(c *script.Ctx, a *script.Arg) script.Value {
	if a.Name != nil {
		return getSDPLine(c, a, allLines)
	}
	if b, ok := sdpText(c); ok {
		return script.StrValue(b)
	}
	return script.Null
}

// setSDP refuses what is no session description. A line end that lacks at the end is
// added.
func setSDP(c *script.Ctx, a *script.Arg, v script.Value) bool {
	switch {
	case a.Name != nil:
		return setSDPLine(c, a, allLines, v)
	case v.IsNull():
		return writeSDP(c, nil)
	case v.Kind != script.StrKind:
		return false
	}
	b := v.Str
	if n := len(b); n > 0 && b[n-1] != '\n' {
		b = append(append(c.Alloc(n + 2)[:0], b...), "\r\n"...)
	}
	var s sdp.Session
	return s.Parse(b, sipparse.Span{End: uint32(len(b))}) == sipparse.OK && writeSDP(c, b)
}

func getSDPLine(c *script.Ctx, a *script.Arg, of sdpScope) script.Value {
	var own sdpPath
	p := pathOf(a, of.levels(), &own)
	b, ok := sdpText(c)
	if p == nil || !ok {
		return script.Null
	}
	at, ok := p.place(b, of)
	if !ok || !at.is {
		return script.Null
	}
	line := at.line.of(b)
	if !p.token.is {
		return script.StrValue(line)
	}
	if t, ok := p.findToken(line); ok {
		return script.StrValue(line[t.off:t.end])
	}
	return script.Null
}

func getStreamIndex(c *script.Ctx, a *script.Arg) script.Value {
	var own sdpPath
	p := pathOf(a, 3, &own)
	b, ok := sdpText(c)
	if p == nil || !ok {
		return script.Null
	}
	at, ok := p.place(b, streamLines)
	if !ok || !at.is {
		return script.Null
	}
	if p.token.is {
		if _, ok := p.findToken(at.line.of(b)); !ok {
			return script.Null
		}
	}
	return script.IntValue(int32(at.line.n))
}

func setSDPLine(c *script.Ctx, a *script.Arg, of sdpScope, v script.Value) bool {
	var own sdpPath
	p := pathOf(a, of.levels(), &own)
	b, ok := sdpText(c)
	if p == nil || !ok {
		return false
	}
	at, ok := p.place(b, of)
	if !ok {
		return false
	}
	e := lineEdit{from: at.line.off, to: at.line.end}
	if !e.plan(c, a, p, at, b, v) {
		return false
	}
	out := append(c.Alloc(len(b) + len(e.text) + 4)[:0], b[:e.from]...)
	out = append(append(out, e.before...), e.text...)
	out = append(append(out, e.behind...), b[e.to:]...)
	return writeSDP(c, out)
}

// A lineEdit replaces [from, to) of a session description.
type lineEdit struct {
	from, to             int
	before, text, behind []byte
}

// plan says what becomes of the place at; false if v cannot be written there.
func (e *lineEdit) plan(c *script.Ctx, a *script.Arg, p *sdpPath, at sdpPlace, b []byte, v script.Value) bool {
	text, ok := c.Text(v)
	switch {
	case !ok && !v.IsNull():
		return false
	case p.token.is:
		return e.token(p, at, v, text, b)
	case a.Insert || a.After:
		return !v.IsNull() && e.insert(a.After && at.is, at, b, text)
	case !at.is:
		return false
	case v.IsNull():
		e.to = at.line.next
		if at.whole {
			e.to = at.last
		}
		return true
	}
	e.text = trimLineEnd(text)
	return lineText(e.text)
}

// insert adds a line before the place, or behind it.
func (e *lineEdit) insert(after bool, at sdpPlace, b, text []byte) bool {
	e.text = trimLineEnd(text)
	if after {
		e.from = at.line.next
	}
	e.to = e.from
	if e.from > 0 && b[e.from-1] != '\n' {
		e.before = lineEndOf(b)
	}
	e.behind = lineEndOf(b)
	return lineText(e.text)
}

// token writes the value of a token, or removes it with the white space before it, or
// behind if it is the first. A line of which nothing is left goes, too.
func (e *lineEdit) token(p *sdpPath, at sdpPlace, v script.Value, text, b []byte) bool {
	line := at.line.of(b)
	t, ok := p.findToken(line)
	if !ok || !at.is {
		return false
	}
	if !v.IsNull() {
		e.from, e.to, e.text = at.line.off+t.value, at.line.off+t.end, text
		return len(text) > 0 && bytes.IndexAny(text, "\r\n\x00") < 0
	}
	from, to := t.off, t.end
	for from > 0 && isSpace(line[from-1]) {
		from--
	}
	if from == t.off {
		to = skipSpace(line, to)
	}
	if from == 0 && to == len(line) {
		e.to = at.line.next
		return true
	}
	e.from, e.to = at.line.off+from, at.line.off+to
	return true
}

// lineText reports whether text can be a line, or several.
func lineText(text []byte) bool { return len(text) > 0 && bytes.IndexByte(text, 0) < 0 }

func trimLineEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte{'\n'})
	return bytes.TrimSuffix(b, []byte{'\r'})
}

var crlf, lf = []byte("\r\n"), []byte("\n")

// lineEndOf is how the lines of b end.
func lineEndOf(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 && (i == 0 || b[i-1] != '\r') {
		return lf
	}
	return crlf
}
