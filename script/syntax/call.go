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
	p.flags = flagFuncs[c.Name]
	c.Args, c.ArgsEnd = p.args()
	p.flags = false
	return c
}

// flagFuncs take the name of a flag, which OpenSIPS 1.9 to 3.0 wrote without quotes.
var flagFuncs = map[string]bool{"setflag": true, "resetflag": true, "isflagset": true, "setbflag": true, "resetbflag": true, "isbflagset": true}

// args parses (a, b, ...). An omitted argument is nil.
func (p *parser) args() ([]Expr, Span) {
	p.next()
	var args []Expr
	for !p.bad {
		t := p.peek()
		if t.is(")") && len(args) == 0 {
			break
		}
		if t.is(",") || t.is(")") {
			args = append(args, nil)
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
	if x := p.oldFlag(); x != nil {
		return x
	}
	x := p.operand()
	if op := p.peek(); !p.bad && op.kind == tOp && (sumOps[op.text] || bitOps[op.text]) {
		p.fail(op.span(), "an argument cannot be computed", "assign it to a variable first")
	}
	return x
}

// oldFlag takes the name of a flag without quotes.
func (p *parser) oldFlag() Expr {
	t, n := p.peek(), p.peekAt(1)
	if !p.flags || t.kind != tIdent || isNull(t) || !n.is(",") && !n.is(")") {
		return nil
	}
	p.next()
	p.d.Deprecated(t.span(), "the flag "+t.text+" has no quotes", `write "`+t.text+`"`)
	return &StrLit{Span: t.span(), Value: t.text, Parts: []Part{{Text: t.text}}, Static: true}
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
		st.Calls = p.asyncBlock()
	}
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
func (p *parser) asyncBlock() []*Call {
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
		p.d.Add(Error, st.At(), "only function calls can be in an async block", "put the rest before it, or into the resume route")
	}
	if len(calls) == 0 && !p.errorsSince(told) {
		p.d.Add(Error, b.Span, "async block is empty", "")
	}
	return calls
}

// launchStmt parses launch(f(args)[, report[, "param"]]);
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
		if !p.bad && p.accept(",") {
			st.Param = p.arg()
		}
	}
	if !p.bad {
		p.expectClose(")", open)
	}
	p.semi()
	return st
}
