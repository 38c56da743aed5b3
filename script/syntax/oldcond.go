package syntax

import "slices"

// Conditions of OpenSIPS 1.x have words where there are variables now: method=="INVITE",
// uri==myself, src_ip==10.0.0.1, msg:len > 2048, status=~"4..". They are read as what is
// written today.

// oldOperands are these words, with the variable and what it has in parentheses.
var oldOperands = map[string][2]string{
	"method": {"rm"}, "uri": {"ru"}, "from_uri": {"fu"}, "to_uri": {"tu"}, "src_ip": {"si"}, "src_port": {"sp"},
	"dst_ip": {"socket_in", "ip"}, "dst_port": {"socket_in", "port"}, "proto": {"socket_in", "proto"}, "af": {"socket_in", "af"},
	"status": {"rs"}, "retcode": {"rc"},
}

// myselfOf is what is_myself is asked for instead of uri==myself and its like.
var myselfOf = map[string]string{"uri": "rd", "from_uri": "fd", "to_uri": "td", "src_ip": "si", "dst_ip": "socket_in(ip)"}

// oldOperand reads one of the words, if one is next and compared with something.
func (p *parser) oldOperand() Expr {
	t := p.peek()
	if t.isWord("msg") && p.peekAt(1).is(":") && p.peekAt(2).isWord("len") {
		at := t.src.span(t.off, p.peekAt(2).end)
		p.i += 3
		return p.oldVar(at, "msg:len", [2]string{"ml"})
	}
	now, ok := oldOperands[t.text]
	if op := p.peekAt(1); t.kind != tIdent || !ok || op.kind != tOp || !compareOps[op.text] {
		return nil
	}
	p.next()
	return p.oldVar(t.span(), t.text, now)
}

func (p *parser) oldVar(at Span, word string, now [2]string) *Var {
	v := &Var{Span: at, Name: now[0]}
	if now[1] != "" {
		v.Inner, v.HasInner, v.InnerSpan = []Part{{Text: now[1]}}, true, at
	}
	p.d.Deprecated(at, word+" is a word of OpenSIPS 1.x", "write "+written(now))
	return v
}

func written(now [2]string) string {
	if now[1] == "" {
		return "$" + now[0]
	}
	return "$" + now[0] + "(" + now[1] + ")"
}

// oldMyself reads uri==myself and its like.
func (p *parser) oldMyself() Expr {
	t, op, me := p.peek(), p.peekAt(1), p.peekAt(2)
	of := myselfOf[t.text]
	if t.kind != tIdent || of == "" || !op.is("==") && !op.is("!=") || !me.isWord("myself") {
		return nil
	}
	p.i += 3
	at := t.src.span(t.off, me.end)
	lit := ParseText("", "$"+of)
	lit.Span = at
	for _, part := range lit.Parts {
		part.Var.Span, part.Var.InnerSpan = at, at
	}
	call := &Call{Span: at, Name: "is_myself", Args: []Expr{lit}, ArgsEnd: at, HasParen: true}
	if op.is("==") {
		p.d.Deprecated(at, "myself is a word of OpenSIPS 1.x", `write is_myself("$`+of+`")`)
		return call
	}
	p.d.Deprecated(at, "myself is a word of OpenSIPS 1.x", `write !is_myself("$`+of+`")`)
	return &Unary{Span: at, Op: "!", X: call}
}

// oldConstants are bare words that stood for themselves: proto==UDP, af==INET6.
var oldConstants = []string{"UDP", "TCP", "TLS", "SCTP", "WS", "WSS", "INET", "INET6", "udp", "tcp", "tls"}

// oldConstant reads one on the right side of a comparison with one of the old words.
func (p *parser) oldConstant() Expr {
	t := p.peek()
	switch {
	case t.kind == tIdent && slices.Contains(oldConstants, t.text):
		p.next()
		p.d.Deprecated(t.span(), t.text+" is not quoted", `write "`+t.text+`"`)
		return &StrLit{Span: t.span(), Value: t.text, Parts: []Part{{Text: t.text}}, Static: true}
	case t.isWord("max_len"):
		p.next()
		p.d.Deprecated(t.span(), "max_len is a word of OpenSIPS 1.x", "write 65535")
		return &NumLit{Span: t.span(), Value: 65535}
	}
	return nil
}

// flagFuncs are the functions whose flags had no quotes in OpenSIPS 2.x: setflag(ACC_DO).
var flagFuncs = []string{"setflag", "resetflag", "isflagset", "setbflag", "resetbflag", "isbflagset"}

// oldFlag reads the name of a flag that is not quoted.
func (p *parser) oldFlag(fn string) Expr {
	t, n := p.peek(), p.peekAt(1)
	if t.kind != tIdent || isNull(t) || !slices.Contains(flagFuncs, fn) || !n.is(",") && !n.is(")") {
		return nil
	}
	p.next()
	p.d.Deprecated(t.span(), "the flag "+t.text+" has no quotes", `write "`+t.text+`"`)
	return &StrLit{Span: t.span(), Value: t.text, Parts: []Part{{Text: t.text}}, Static: true}
}

// oldSocket reads a socket that is not quoted, force_send_socket(udp:10.0.0.1:5060).
func (p *parser) oldSocket() Expr {
	t := p.peek()
	if t.kind != tIdent || !slices.Contains(protocols, t.text) || !p.peekAt(1).is(":") {
		return nil
	}
	end := t.off
	for end < len(t.src.Text) && !slices.Contains([]byte(" \t\r\n,);"), t.src.Text[end]) {
		end++
	}
	for n := p.peek(); n.kind != tEOF && n.src == t.src && n.off < end; n = p.peek() {
		p.next()
	}
	text, at := string(t.src.Text[t.off:end]), t.src.span(t.off, end)
	p.d.Deprecated(at, "a socket is quoted", `write "`+text+`"`)
	return &StrLit{Span: at, Value: text, Parts: []Part{{Text: text}}, Static: true}
}
