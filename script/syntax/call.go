package syntax

import "fmt"

// maxRouteArgs is how many arguments a route may be called with, as in OpenSIPS.
const maxRouteArgs = 8

// call parses f(args) or route(name, args).
func (p *parser) call() Expr {
	if p.peek().text == "route" {
		return p.routeCall()
	}
	return p.function()
}

func (p *parser) function() *Call {
	t := p.next()
	c := &Call{Span: t.span(), ArgsEnd: t.span(), Name: t.text}
	if !p.peek().is("(") {
		if n := p.peek(); n.is(";") || n.is(")") || n.is("}") {
			p.fail(t.span(), "( is missing after "+t.text, "functions are called with parentheses: "+t.text+"()")
			p.bad = false
			return c
		}
		p.unexpected("( after "+t.text, "")
		return c
	}
	c.HasParen = true
	c.Args, c.ArgsEnd = p.args(t.text)
	return c
}

// args parses (a, b, ...) of the function fn. An omitted argument is nil.
func (p *parser) args(fn string) ([]Expr, Span) {
	p.next()
	var args []Expr
	for !p.bad {
		t := p.peek()
		if t.is(")") && len(args) == 0 {
			break
		}
		if t.is(",") || t.is(")") {
			args = append(args, nil)
		} else if x := p.oldFlag(fn); x != nil {
			args = append(args, x)
		} else if x := p.arg(); x != nil {
			args = append(args, x)
		}
		if p.bad || !p.accept(",") {
			break
		}
	}
	end := p.peek().span()
	if !p.bad && !p.accept(")") {
		p.unexpected(", or )", "")
	}
	return args, end
}

// arg parses one argument: a constant or a variable.
func (p *parser) arg() Expr {
	t := p.peek()
	if n := p.peekAt(1); t.kind == tIdent && !isNull(t) {
		if word, ok := BoolWord(t.text); ok && (n.is(",") || n.is(")")) {
			p.next()
			return &NumLit{Span: t.span(), Value: word}
		}
	}
	if x := p.oldSocket(); x != nil {
		return x
	}
	x := p.operand()
	if op := p.peek(); !p.bad && op.kind == tOp && (sumOps[op.text] || bitOps[op.text]) {
		p.fail(op.span(), "an argument cannot be computed", "assign it to a variable first")
	}
	return x
}

// routeCall parses route(name, args).
func (p *parser) routeCall() Expr {
	kw := p.next()
	rc := &RouteCall{Span: kw.span()}
	open := p.peek()
	if !p.expect("(") {
		return rc
	}
	if p.peek().kind == tVar {
		rc.Name = p.next().v
	} else if w := p.word(); w != nil {
		rc.Name = w
	} else {
		p.unexpected("a route's name", "")
		return rc
	}
	for !p.bad && p.accept(",") {
		if x := p.arg(); x != nil {
			rc.Args = append(rc.Args, x)
		}
	}
	if len(rc.Args) > maxRouteArgs {
		p.d.Add(Error, rc.Args[maxRouteArgs].At(), fmt.Sprintf("a route takes up to %d arguments, not %d", maxRouteArgs, len(rc.Args)), "")
	}
	if !p.bad {
		p.expectClose(")", open)
	}
	return rc
}

// routeRef parses the constant name of a route.
func (p *parser) routeRef() *RouteRef {
	w := p.word()
	if w == nil {
		p.unexpected("a route's name", "")
		return nil
	}
	return &RouteRef{Span: w.Span, Name: w.Value}
}

// asyncStmt parses async(f(args), resume[, timeout]); and
// async(resume[, timeout]) { f(args); ... }
func (p *parser) asyncStmt() Stmt {
	st := &Async{Span: p.next().span()}
	open := p.peek()
	if !p.expect("(") {
		return nil
	}
	st.Block = p.peek().kind != tIdent || !p.peekAt(1).is("(")
	if !st.Block {
		st.Calls = []*Call{p.function()}
		if !p.bad && !p.accept(",") {
			p.unexpected(", and the route to resume in", "write async(f(), resume_route);")
		}
	}
	if !p.bad {
		st.Resume = p.routeRef()
	}
	if !p.bad && p.accept(",") {
		st.Timeout = p.timeout()
	}
	if !p.bad {
		p.expectClose(")", open)
	}
	switch {
	case p.bad:
	case !st.Block:
		p.semi()
	case !p.peek().is("{"):
		p.unexpected("{", "write async(resume_route) { f(); } or async(f(), resume_route);")
	default:
		st.Calls = p.asyncBlock("async")
	}
	return st
}

// asyncAllStmt parses async_all { f(args); ... } (resume[, timeout]);
func (p *parser) asyncAllStmt() Stmt {
	const form = "write async_all { f(); g(); } (resume_route);"
	st := &Async{Span: p.next().span(), Block: true, All: true}
	if !p.peek().is("{") {
		p.unexpected("{", form)
		return nil
	}
	st.Calls = p.asyncBlock("async_all")
	open := p.peek()
	if !open.is("(") {
		if at := p.prev(); open.kind != tEOF { // else the brace is what is missing
			p.d.Add(Error, at.src.span(at.end, at.end+1), "the route to resume in is missing", form)
		}
		p.accept(";")
		return st
	}
	p.next()
	if st.Resume = p.routeRef(); !p.bad && p.accept(",") {
		st.Timeout = p.timeout()
	}
	if !p.bad {
		p.expectClose(")", open)
	}
	p.semi()
	return st
}

// timeout parses seconds, or a string such as "250ms".
func (p *parser) timeout() Expr {
	switch t := p.peek(); {
	case t.kind == tNum:
		return p.number()
	case t.kind == tString:
		return p.stringLit("")
	}
	p.unexpected("a timeout", `write seconds, or a string such as "250ms"`)
	return nil
}

// asyncBlock parses { f(); g(); }. Only calls can be waited for.
func (p *parser) asyncBlock(word string) []*Call {
	told := len(p.d.List)
	b := p.block()
	var calls []*Call
	for _, st := range b.Stmts {
		if empty, ok := st.(*Block); ok && len(empty.Stmts) == 0 {
			continue
		}
		if x, ok := st.(*ExprStmt); ok {
			if c, ok := x.X.(*Call); ok {
				calls = append(calls, c)
				continue
			}
		}
		p.d.Add(Error, st.At(), "only function calls can be in an "+word+" block", "put the rest before it, or into the resume route")
	}
	if len(calls) == 0 && !p.errorsSince(told) {
		p.d.Add(Error, b.Span, word+" block is empty", "")
	}
	return calls
}

// launchStmt parses launch(f(args)[, report[, "param"[, timeout]]]); the param may be
// left out.
func (p *parser) launchStmt() Stmt {
	st := &Launch{Span: p.next().span()}
	open := p.peek()
	if !p.expect("(") {
		return nil
	}
	if p.peek().kind != tIdent {
		p.unexpected("a function call", "write launch(f(), report_route);")
		return nil
	}
	st.Call = p.function()
	if !p.bad && p.accept(",") {
		st.Report = p.routeRef()
		if !p.bad && p.accept(",") && !p.peek().is(",") {
			st.Param = p.arg()
		}
		if !p.bad && p.accept(",") {
			st.Timeout = p.timeout()
		}
	}
	if !p.bad {
		p.expectClose(")", open)
	}
	p.semi()
	return st
}
