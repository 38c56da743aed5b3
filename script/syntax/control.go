package syntax

// body parses the statement that a condition governs. A missing one does not
// cost the brace that follows.
func (p *parser) body() Stmt {
	if t := p.peek(); t.is("}") || t.kind == tEOF || p.topLevel() {
		p.unexpected("a statement", "")
		return &Block{Span: t.span()}
	}
	if st := p.stmt(); st != nil {
		return st
	}
	return &Block{Span: p.prev().span()}
}

func (p *parser) ifStmt() Stmt {
	st := &If{Span: p.next().span()}
	st.Cond = p.condition()
	st.Then = p.body()
	if !p.bad && p.peek().isWord("else") {
		p.next()
		st.Else = p.body()
	}
	return st
}

func (p *parser) loopBody() Stmt {
	p.breakable++
	defer func() { p.breakable-- }()
	return p.body()
}

func (p *parser) whileStmt() Stmt {
	st := &While{Span: p.next().span()}
	st.Cond = p.condition()
	st.Body = p.loopBody()
	return st
}

// forStmt parses for ($iterator in $(collection[*])) body.
func (p *parser) forStmt() Stmt {
	st := &ForEach{Span: p.next().span()}
	open := p.i
	if p.expect("(") {
		st.Iter = p.variable("the iterator, a variable")
		if !p.bad && !p.peek().isWord("in") {
			p.unexpected("in", "write for ($var(x) in $(avp(list)[*]))")
		}
		if !p.bad {
			p.next()
			st.Coll = p.variable("the collection, a variable")
		}
		if !p.bad {
			p.expectClose(")", &p.toks[open])
		}
	}
	p.skipHead(open)
	st.Body = p.loopBody()
	return st
}

// variable parses a variable, or reports that want is missing.
func (p *parser) variable(want string) *Var {
	if p.peek().kind != tVar {
		p.unexpected(want, "")
		return nil
	}
	return p.next().v
}

func (p *parser) switchStmt() Stmt {
	st := &Switch{Span: p.next().span()}
	open := p.i
	if p.expect("(") {
		st.Operand = p.variable("a variable")
		if !p.bad {
			p.expectClose(")", &p.toks[open])
		}
	}
	p.skipHead(open)
	if !p.peek().is("{") {
		p.unexpected("{", "")
		return st
	}
	p.breakable++
	p.cases(st)
	p.breakable--
	return st
}

// cases parses { case ...: ... default: ... }.
func (p *parser) cases(st *Switch) {
	open := p.next()
	for {
		t := p.peek()
		switch {
		case t.is("}"):
			p.next()
			p.closed = append(p.closed, brace{open, t})
			return
		case t.kind == tEOF || p.topLevel():
			p.unclosed(open)
			return
		case t.isWord("case") || t.isWord("default"):
			if n := len(st.Cases); n > 0 && st.Cases[n-1].Label == nil && !p.bad {
				p.fail(t.span(), "default must be the last label", "")
				p.bad = false
			}
			st.Cases = append(st.Cases, p.caseClause())
		default:
			from := p.i
			p.unexpected("case or default", "")
			p.resync(from)
		}
	}
}

func (p *parser) caseClause() *Case {
	kw := p.next()
	c := &Case{Span: kw.span()}
	if kw.text == "case" {
		c.Label = p.caseLabel(kw)
	}
	if !p.bad {
		p.expect(":")
	}
	if p.bad {
		p.bad = false
		for t := p.peek(); t.kind != tEOF && t.line() == kw.line() && !t.is("}") && !t.is("{"); t = p.peek() {
			if p.next(); t.is(":") {
				break
			}
		}
	}
	for {
		t := p.peek()
		if t.is("}") || t.kind == tEOF || p.topLevel() || t.isWord("case") || t.isWord("default") {
			return c
		}
		if st := p.stmt(); st != nil {
			c.Body = append(c.Body, st)
		}
	}
}

// caseLabel parses a constant; a placeholder keeps a wrong one from being taken
// for default.
func (p *parser) caseLabel(kw *token) Expr {
	switch {
	case p.peek().kind == tString:
		return p.stringLit("")
	case p.startsNumber():
		return p.number()
	}
	p.unexpected("a number or a string", "case labels are constants")
	return &NumLit{Span: kw.span()}
}

func (p *parser) breakStmt() Stmt {
	t := p.next()
	if p.breakable == 0 {
		p.fail(t.span(), "break outside of switch, while and for", "return leaves a route, exit ends the script")
		p.bad = false
	}
	p.semi()
	return &Break{Span: t.span()}
}

// exitStmt parses exit; exit(); drop; drop();
func (p *parser) exitStmt() Stmt {
	t := p.next()
	if open := p.peek(); p.accept("(") {
		p.expectClose(")", open)
	}
	p.semi()
	if t.text == "drop" {
		return &Drop{Span: t.span()}
	}
	return &Exit{Span: t.span()}
}

// returnStmt parses return; return value; return(code, value, ...);
func (p *parser) returnStmt() Stmt {
	st := &Return{Span: p.next().span()}
	open := p.peek()
	switch {
	case open.is("("):
		st.Values, _ = p.args("return")
	case !open.is(";") && !open.is("}"):
		if x := p.operand(); x != nil {
			st.Values = []Expr{x}
		}
	}
	p.semi()
	return st
}

func (p *parser) assertStmt() Stmt {
	st := &Assert{Span: p.next().span()}
	open := p.peek()
	if !p.expect("(") {
		return nil
	}
	st.Cond = p.logical()
	if !p.bad && p.accept(",") {
		st.Text = p.stringLit("a text in quotes")
	}
	if !p.bad {
		p.expectClose(")", open)
	}
	p.semi()
	return st
}

// strayStmt reports else, case or default where none belongs.
func (p *parser) strayStmt() Stmt {
	t := p.next()
	if t.text == "else" {
		p.fail(t.span(), "else without if", "is there a ; or a } too many before it?")
		p.bad = false
		return p.body()
	}
	p.fail(t.span(), t.text+" outside of a switch", "")
	return nil
}
