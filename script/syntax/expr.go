package syntax

// Sets of operators.
var (
	assignOps  = opSet("=", ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=")
	compareOps = opSet("==", "!=", "<", "<=", ">", ">=", "=~", "!~")
	sumOps     = opSet("+", "-", "*", "/", "%")
	bitOps     = opSet("&", "|", "^", "<<", ">>")
)

func opSet(ops ...string) map[string]bool {
	set := make(map[string]bool, len(ops))
	for _, op := range ops {
		set[op] = true
	}
	return set
}

// assignment parses $var op value;
func (p *parser) assignment() Stmt {
	st := &Assign{Var: p.next().v}
	st.Span = st.Var.Span
	op := p.peek()
	if op.kind != tOp || !assignOps[op.text] {
		hint := "a statement that begins with a variable assigns to it"
		if op.is("==") {
			hint = "= assigns, == compares"
		}
		p.unexpected("=", hint)
		return nil
	}
	p.next()
	st.Op = op.text
	if p.peek().kind == tIdent && p.peekAt(1).is("(") {
		return p.assignedCall(st)
	}
	st.Value = p.value()
	p.semi()
	return st
}

// assignedCall parses the rest of $var = f(...); which says in one line what
// f(...); $var = $rc; says in two.
func (p *parser) assignedCall(st *Assign) Stmt {
	t := p.peek()
	x := p.call()
	if op := p.peek(); !p.bad && op.kind == tOp && (sumOps[op.text] || bitOps[op.text] || compareOps[op.text]) {
		p.insideExpr(t)
		return nil
	}
	p.semi()
	st.Value = &Var{Span: t.span(), Name: "rc"}
	return &Block{Span: st.Span, Stmts: []Stmt{&ExprStmt{Span: t.span(), X: x}, st}}
}

// insideExpr reports a function that is not the whole of a value.
func (p *parser) insideExpr(t *token) {
	p.fail(t.span(), "a function cannot be called inside an expression", "call it in a statement or condition of its own, then use $rc")
}

// logical parses a condition. and and or have one level, left to right; ! binds
// the comparison after it.
func (p *parser) logical() Expr {
	x := p.negation()
	for !p.bad {
		t := p.peek()
		op := t.text
		switch {
		case t.isWord("and"):
			op = "&&"
		case t.isWord("or"):
			op = "||"
		case !t.is("&&") && !t.is("||"):
			return x
		}
		p.next()
		x = &Binary{Span: t.span(), Op: op, X: x, Y: p.negation()}
	}
	return x
}

// enter counts a level of nesting; it reports and refuses one too many.
func (p *parser) enter() bool {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.peek().span(), "expression is nested too deeply", "")
		return false
	}
	return true
}

func (p *parser) negation() Expr {
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case !p.enter():
		return nil
	case t.is("!") || t.isWord("not"):
		p.next()
		return &Unary{Span: t.span(), Op: "!", X: p.negation()}
	case t.is("("):
		p.next()
		x := p.logical()
		if !p.bad {
			p.expectClose(")", t)
		}
		return x
	case t.is("["):
		p.next()
		x := p.value()
		if !p.bad {
			p.expectClose("]", t)
		}
		return &Bracket{Span: t.span(), X: x}
	}
	return p.comparison()
}

// comparison parses an operand, maybe compared with another one.
func (p *parser) comparison() Expr {
	if x := p.oldMyself(); x != nil {
		return x
	}
	x := p.oldOperand()
	old := x != nil
	if !old {
		x = p.condOperand()
	}
	t := p.peek()
	switch {
	case p.bad:
		return x
	case t.kind == tOp && compareOps[t.text]:
		p.next()
		var y Expr
		if old {
			y = p.oldConstant()
		}
		if y == nil {
			y = p.condOperand()
		}
		x = &Binary{Span: t.span(), Op: t.text, X: x, Y: y}
		t = p.peek()
	case t.is("="):
		p.fail(t.span(), "= assigns and is no condition", "== compares")
		return x
	}
	switch {
	case p.bad || t.kind != tOp:
	case sumOps[t.text] || bitOps[t.text]:
		p.fail(t.span(), "arithmetic in a condition needs brackets", "write [ $var(x) "+t.text+" ... ], or assign it to a variable first")
	case compareOps[t.text]:
		p.fail(t.span(), "comparisons cannot be chained", "combine them with && or ||")
	}
	return x
}

// condOperand parses a function call, a variable or a constant.
func (p *parser) condOperand() Expr {
	if t := p.peek(); t.kind == tIdent && !isNull(t) {
		if t.text == "and" || t.text == "or" {
			p.unexpected("a condition", "")
			return nil
		}
		if word, ok := BoolWord(t.text); ok && !p.peekAt(1).is("(") {
			p.next()
			return &NumLit{Span: t.span(), Value: word}
		}
		return p.call()
	}
	return p.operand()
}

func isNull(t *token) bool { return t.isWord("NULL") || t.isWord("null") }

// BoolWord gives the number that yes, no and their like stand for.
func BoolWord(w string) (int32, bool) {
	switch w {
	case "yes", "true", "on", "enable":
		return 1, true
	case "no", "false", "off", "disable":
		return 0, true
	}
	return 0, false
}

// operand parses a variable, number, string, NULL or address.
func (p *parser) operand() Expr {
	t := p.peek()
	switch {
	case p.startsNumber():
		return p.number()
	case t.kind == tString:
		return p.stringLit("")
	case t.kind == tVar:
		return p.next().v
	case t.kind == tIP:
		return p.address()
	case isNull(t):
		p.next()
		return &Null{Span: t.span()}
	case t.kind == tIdent && p.peekAt(1).is("("):
		p.insideExpr(t)
	case t.kind == tIdent:
		p.unexpected("a value", `strings are quoted: "`+t.text+`"`)
	default:
		p.unexpected("a value", "")
	}
	return nil
}

// address parses ip, ip/bits and ip/mask.
func (p *parser) address() Expr {
	t := p.next()
	end := t.end
	if m := p.peekAt(1); p.peek().is("/") && (m.kind == tNum || m.kind == tIP) && m.src == t.src {
		p.next()
		end = p.next().end
	}
	return &IPLit{Span: t.src.span(t.off, end), Text: string(t.src.Text[t.off:end])}
}

// value parses the right side of an assignment: bitwise operators bind weakest,
// all arithmetic ones alike, from left to right.
func (p *parser) value() Expr {
	return p.binaryLevel(bitOps, func() Expr { return p.binaryLevel(sumOps, p.term) })
}

func (p *parser) binaryLevel(ops map[string]bool, operand func() Expr) Expr {
	x := operand()
	for t := p.peek(); !p.bad && t.kind == tOp && ops[t.text]; t = p.peek() {
		p.next()
		x = &Binary{Span: t.span(), Op: t.text, X: x, Y: operand()}
	}
	return x
}

// term parses ~x, (x) and operands. A comparison binds tighter than arithmetic
// here, as in OpenSIPS.
func (p *parser) term() Expr {
	defer func() { p.depth-- }()
	t := p.peek()
	switch {
	case !p.enter():
		return nil
	case t.is("~"):
		p.next()
		return &Unary{Span: t.span(), Op: "~", X: p.term()}
	case t.is("("):
		p.next()
		x := p.value()
		if !p.bad {
			p.expectClose(")", t)
		}
		return x
	}
	x := p.operand()
	if op := p.peek(); !p.bad && op.kind == tOp && compareOps[op.text] {
		p.next()
		x = &Binary{Span: op.span(), Op: op.text, X: x, Y: p.operand()}
	}
	return x
}
