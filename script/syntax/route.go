package syntax

import "fmt"

// maxRoutes is how many routes of one type OpenSIPS takes.
const maxRoutes = 100

// route parses one route block.
func (p *parser) route(kind RouteKind) {
	kw := p.next()
	r := &Route{Span: kw.span(), NameSpan: kw.span(), Kind: kind}
	if p.peek().is("[") {
		p.routeHead(r)
	}
	if !p.bad {
		p.routeNaming(r, kw)
	}
	if p.bad { // the block may be sound nevertheless
		for t := p.peek(); t.kind != tEOF && !t.is("{") && t.line() == kw.line(); t = p.peek() {
			p.next()
		}
		p.bad = p.peek().kind != tEOF && !p.peek().is("{")
	}
	p.cfg.Routes = append(p.cfg.Routes, r)
	if p.routes[kind]++; p.routes[kind] == maxRoutes+1 {
		p.d.Add(Warning, r.Span, fmt.Sprintf("there are more than %d routes of type %s", maxRoutes, kind), "OpenSIPS takes no more")
	}
	r.Body = &Block{Span: kw.span()}
	if p.bad {
		return
	}
	if !p.peek().is("{") {
		p.unexpected("{", "")
		return
	}
	p.closed = p.closed[:0]
	r.Body = p.block()
	r.End = p.prev().span()
}

// routeNaming checks that the kinds that are called by name have one, and that
// the others have none.
func (p *parser) routeNaming(r *Route, kw *token) {
	switch r.Kind {
	case FailureRoute, BranchRoute, TimerRoute, EventRoute:
		if r.Name == "" {
			p.fail(kw.span(), kw.text+" needs a name", "write "+kw.text+"[name]")
		}
	case ErrorRoute, LocalRoute, StartupRoute:
		if r.Name != "" {
			p.fail(r.NameSpan, kw.text+" has no name", "there is only one of them")
		}
	}
}

// routeHead parses [name], [name, seconds] or [event, sync].
func (p *parser) routeHead(r *Route) {
	open := p.next()
	name := p.word()
	if name == nil {
		p.unexpected("a route's name", "")
		return
	}
	r.Name, r.NameSpan = name.Value, name.Span
	if r.Name == "0" && (r.Kind == RequestRoute || r.Kind == OnReplyRoute) {
		r.Name = "" // the number of the main route
	}
	switch {
	case r.Kind == TimerRoute:
		if !p.expect(",") {
			return
		}
		if p.peek().kind != tNum {
			p.unexpected("seconds", fmt.Sprintf("write timer_route[%s, 60]", r.Name))
			return
		}
		if r.Interval = int(p.next().num); r.Interval <= 0 {
			p.fail(p.prev().span(), "interval must be at least 1 second", "")
		}
	case r.Kind == EventRoute && p.accept(","):
		if w := p.peek(); !w.isWord("sync") && !w.isWord("async") {
			p.unexpected("sync or async", "")
			return
		}
		p.next()
	}
	p.expectClose("]", open)
}

// word parses a name: a string, or letters, digits, dashes and dots written
// together.
func (p *parser) word() *StrLit {
	t := p.peek()
	if t.kind == tString {
		return p.stringLit("")
	}
	if t.kind != tIdent && t.kind != tNum {
		return nil
	}
	end := t.end
	for p.next(); ; p.next() {
		n := p.peek()
		if n.src != t.src || n.off != end || n.kind != tIdent && n.kind != tNum && !n.is("-") && !n.is(".") {
			break
		}
		end = n.end
	}
	text := string(t.src.Text[t.off:end])
	return &StrLit{Span: t.src.span(t.off, end), Value: text, Parts: []Part{{Text: text}}, Static: true, Bare: true}
}

// block parses { ... }. A block that the end of the file or a top-level keyword
// interrupts is reported where it was opened, once.
func (p *parser) block() *Block {
	open := p.next()
	b := &Block{Span: open.span()}
	for {
		t := p.peek()
		if t.is("}") {
			p.next()
			p.closed = append(p.closed, brace{open, t})
			return b
		}
		if t.kind == tEOF || p.topLevel() {
			p.unclosed(open)
			return b
		}
		if st := p.stmt(); st != nil {
			b.Stmts = append(b.Stmts, st)
		}
	}
}

// unclosed reports that a brace has no partner. Braces pair from the inside, so
// the outermost one is left over whichever was forgotten; the first pair whose
// closing brace is indented less than the line that opened it tells which it
// was.
func (p *parser) unclosed(open *token) {
	if p.reported == p.i {
		return
	}
	p.reported = p.i
	for _, b := range p.closed {
		if b.open.src == b.shut.src && b.open.line() != b.shut.line() && b.shut.src.firstOnLine(b.shut.off) &&
			b.shut.src.indent(b.shut.off) < b.open.src.indent(b.open.off) {
			open = b.open
			break
		}
	}
	p.d.Add(Error, open.span(), "{ is not closed", "")
}
