package syntax

// stmt parses one statement and finds the way back after an error in it. It
// consumes at least one token. The result is nil when nothing is left of it.
func (p *parser) stmt() Stmt {
	from := p.i
	if p.depth++; p.depth > maxDepth {
		p.fail(p.peek().span(), "statements are nested too deeply", "")
		p.skipToClose()
		p.depth--
		return nil
	}
	st := p.statement()
	p.depth--
	if p.bad {
		p.resync(from)
		return nil // a half-understood statement would only cause more messages
	} else if p.i == from {
		p.next()
	}
	return st
}

func (p *parser) statement() Stmt {
	t := p.peek()
	switch {
	case t.is(";"):
		p.next()
		return &Block{Span: t.span()}
	case t.is("{"):
		return p.block()
	case t.kind == tVar:
		return p.assignment()
	case t.kind != tIdent:
		p.unexpected("a statement", "")
		return nil
	}
	if parse := keyword(t.text); parse != nil && !p.peekAt(1).is("=") {
		return parse(p)
	}
	return p.callStmt()
}

// keyword returns the parser of the statement that word begins, or nil.
func keyword(word string) func(*parser) Stmt {
	switch word {
	case "if":
		return (*parser).ifStmt
	case "while":
		return (*parser).whileStmt
	case "for":
		return (*parser).forStmt
	case "switch":
		return (*parser).switchStmt
	case "break":
		return (*parser).breakStmt
	case "return":
		return (*parser).returnStmt
	case "exit", "drop":
		return (*parser).exitStmt
	case "assert":
		return (*parser).assertStmt
	case "async":
		return (*parser).asyncStmt
	case "async_all":
		return (*parser).asyncAllStmt
	case "launch":
		return (*parser).launchStmt
	case "else", "case", "default":
		return (*parser).strayStmt
	}
	return nil
}

// callStmt parses f(...); and route(...);
func (p *parser) callStmt() Stmt {
	t := p.peek()
	if p.peekAt(1).is("=") || p.peekAt(1).is(":=") {
		p.fail(t.span(), "only variables can be assigned to", "write $var("+t.text+"), or move a global parameter out of the route")
		return nil
	}
	if t.text == "elseif" || t.text == "elsif" || t.text == "elif" {
		p.fail(t.span(), "unexpected "+t.text, "write else if")
		return nil
	}
	x := p.call()
	p.semi()
	return &ExprStmt{Span: t.span(), X: x}
}

// semi expects the semicolon after a statement. When it is missing, but the
// statement is plainly over, parsing goes on right there.
func (p *parser) semi() {
	if p.bad || p.accept(";") {
		return
	}
	prev, t := p.prev(), p.peek()
	over := t.kind == tEOF || t.is("}") || t.src != prev.src || t.line() != prev.src.line(prev.end)
	at := prev.src.span(prev.end, prev.end+1)
	if over {
		p.fail(at, "; is missing", "")
		p.bad = false
		return
	}
	p.unexpected(";", "")
}

// resync goes to the end of the statement that began at token from: behind its
// semicolon, to its closing brace, through its block, or to a line that begins
// like another statement.
func (p *parser) resync(from int) {
	p.bad = false
	for p.i = max(p.i, min(from+1, len(p.toks)-1)); ; p.next() {
		t := p.peek()
		switch {
		case t.kind == tEOF || t.is("}") || p.topLevel():
			return
		case t.is(";"):
			p.next()
			return
		case t.is("{"):
			p.block()
			return
		case t.src.firstOnLine(t.off) && p.beginsStatement():
			return
		}
	}
}

// beginsStatement reports whether the current token can only begin a statement.
func (p *parser) beginsStatement() bool {
	t, n := p.peek(), p.peekAt(1)
	switch t.kind {
	case tVar:
		return n.kind == tOp && assignOps[n.text]
	case tIdent:
		return keyword(t.text) != nil || n.is("(")
	}
	return false
}

// skipToClose leaves a block that is nested too deeply.
func (p *parser) skipToClose() {
	depth := 0
	for ; p.peek().kind != tEOF && !p.topLevel(); p.next() {
		switch t := p.peek(); {
		case t.is("{"):
			depth++
		case t.is("}") && depth == 0:
			p.bad = false
			return
		case t.is("}"):
			depth--
		}
	}
	p.bad = false
}

// condition parses ( exp ). After an error in it the parser goes on with what
// follows the closing parenthesis, so that the body is still looked at.
func (p *parser) condition() Expr {
	open := p.i
	if !p.expect("(") {
		p.skipHead(open)
		return nil
	}
	x := p.logical()
	if !p.bad {
		p.expectClose(")", &p.toks[open])
	}
	if p.bad {
		p.skipHead(open)
		return nil
	}
	return x
}

// skipHead finds, after an error, the end of the parentheses that open at token
// open: their partner, or what cannot be inside of them.
func (p *parser) skipHead(open int) {
	if !p.bad {
		return
	}
	p.bad = false
	depth := 0
	for i := open; ; i++ {
		t := &p.toks[i]
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			if depth--; depth == 0 {
				p.i = max(p.i, i+1)
				return
			}
		case i < p.i:
		case t.kind == tEOF, t.is("{"), t.is("}"), t.is(";"), i > p.i && t.src.firstOnLine(t.off):
			p.i = i
			return
		}
	}
}
