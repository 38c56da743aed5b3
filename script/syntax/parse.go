package syntax

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// maxSource bounds one file, so that offsets fit everywhere.
const maxSource = 1 << 28

// Parse reads the configuration text, which name refers to in messages; open
// reads the files it includes. Mistakes go to d; what could be understood in
// spite of them is in the tree, which is never nil.
func Parse(name string, text []byte, open func(path string) ([]byte, error), d *Diags) *Config {
	s := newScanner(open, d)
	if len(text) > maxSource {
		d.Add(Error, Span{}, fmt.Sprintf("%s is larger than %d bytes", name, maxSource), "")
		text = nil
	}
	s.file(name, text)
	return s.parse()
}

// parse reads what was scanned.
func (s *scanner) parse() *Config {
	main := s.sources[0]
	s.toks = append(s.toks, token{kind: tEOF, src: main, off: len(main.Text), end: len(main.Text)})
	p := &parser{d: s.d, toks: s.toks, broken: s.broken, cfg: &Config{Sources: s.sources, Partial: s.partial}}
	p.config()
	return p.cfg
}

// A parser descends over the tokens. After an error in a statement bad is set
// and further errors are withheld until the parser has found its way again.
type parser struct {
	d      *Diags
	toks   []token // ends with tEOF
	i      int
	cfg    *Config
	broken map[lineKey]bool

	bad       bool
	breakable int     // switches and loops around the statement
	depth     int     // nesting of statements and expressions
	closed    []brace // pairs of the route, innermost first
	routes    [NRouteKinds]int
	quiet     bool // what follows is the rest of a broken route
	reported  int  // the token at which an unclosed brace was noticed last
}

// maxDepth bounds the nesting of statements and expressions.
const maxDepth = 200

type brace struct{ open, shut *token }

func (p *parser) peek() *token { return &p.toks[p.i] }

func (p *parser) peekAt(n int) *token { return &p.toks[min(p.i+n, len(p.toks)-1)] }

// next consumes a token; the last one, tEOF, stays.
func (p *parser) next() *token {
	t := &p.toks[p.i]
	if t.kind != tEOF {
		p.i++
	}
	return t
}

// prev is the token consumed last.
func (p *parser) prev() *token { return &p.toks[max(p.i-1, 0)] }

func (p *parser) accept(op string) bool {
	if p.peek().is(op) {
		p.next()
		return true
	}
	return false
}

// fail reports the first error since the parser last found its way, unless
// the scanner has reported one on this line already.
func (p *parser) fail(at Span, msg, hint string) {
	if !p.bad && !p.broken[lineKey{at.Src, at.Line}] {
		p.d.Add(Error, at, msg, hint)
	}
	p.bad = true
}

// unexpected reports the current token.
func (p *parser) unexpected(want, hint string) {
	t := p.peek()
	at := t.span()
	if t.kind == tEOF && p.i > 0 {
		at = p.prev().span()
	}
	p.fail(at, "expected "+want+", found "+t.describe(), hint)
}

func (p *parser) expect(op string) bool {
	if p.accept(op) {
		return true
	}
	p.unexpected(op, "")
	return false
}

// expectClose is expect for the partner of open.
func (p *parser) expectClose(op string, open *token) bool {
	if p.accept(op) {
		return true
	}
	sp := open.span()
	p.unexpected(op, fmt.Sprintf("to close the %s of line %d", open.text, sp.Line))
	return false
}

// routeWords are the words that begin a route block, by kind.
var routeWords = [NRouteKinds]string{"route", "failure_route", "onreply_route", "branch_route", "error_route",
	"local_route", "startup_route", "timer_route", "event_route"}

func (k RouteKind) String() string { return routeWords[k] }

func routeKind(word string) (RouteKind, bool) {
	i := slices.Index(routeWords[:], word)
	return RouteKind(max(i, 0)), i >= 0
}

// topLevel reports whether the current token begins something that cannot be
// inside of a route, so that a brace before it must be missing.
func (p *parser) topLevel() bool {
	t, n := p.peek(), p.peekAt(1)
	if t.kind != tIdent {
		return false
	}
	if _, ok := routeKind(t.text); ok {
		return n.is("[") || n.is("{")
	}
	return t.text == "loadmodule" && n.kind == tString || t.text == "modparam" && n.is("(") && p.peekAt(2).kind == tString
}

func (p *parser) config() {
	for p.peek().kind != tEOF {
		from, told := p.i, len(p.d.List)
		p.item()
		if p.bad {
			p.skipItem(from)
		}
		// After a mistake in a route its rest may be left over behind a brace
		// that closed too much: nothing more is said about that.
		p.quiet = p.prev().is("}") && p.errorsSince(told)
	}
}

// errorsSince reports whether there are errors among the messages from number n on.
func (p *parser) errorsSince(n int) bool {
	return slices.ContainsFunc(p.d.List[n:], func(g Diag) bool { return g.Severity == Error && !g.Old })
}

// item parses one top-level thing.
func (p *parser) item() {
	t := p.peek()
	kind, isRoute := routeKind(t.text)
	switch {
	case t.is(";"):
		p.next()
	case t.kind != tIdent:
		p.strayItem(t)
	case isRoute && !p.peekAt(1).is("="):
		p.route(kind)
	case t.text == "loadmodule":
		p.loadModule()
	case t.text == "modparam":
		p.modParam()
	case p.peekAt(1).is("=") || p.peekAt(1).is("-"):
		p.global()
	default:
		p.unknownItem(t)
	}
}

// strayItem reports what can only be inside of a route.
func (p *parser) strayItem(t *token) {
	hint := "is a } too many before it?"
	switch {
	case p.quiet:
		p.bad = true
	case t.is("}"):
		p.fail(t.span(), "unexpected }", "no block is open here: "+hint)
	case t.kind == tVar || t.kind == tIdent:
		p.fail(t.span(), t.text+" is outside of a route block", hint)
	default:
		p.fail(t.span(), "unexpected "+t.describe(), "")
	}
}

func (p *parser) unknownItem(t *token) {
	if p.peekAt(1).is("(") {
		p.strayItem(t)
		return
	}
	hint := ""
	if t.text == "request_route" || t.text == "reply_route" {
		hint = "OpenSIPS calls it " + map[string]string{"request_route": "route", "reply_route": "onreply_route"}[t.text]
	} else {
		hint = didYouMean(t.text, topWords())
	}
	p.fail(t.span(), "expected a route block, loadmodule, modparam or a global parameter, found "+t.text, hint)
}

func topWords() []string {
	return append(routeWords[:len(routeWords):len(routeWords)], "loadmodule", "modparam", "include_file", "import_file")
}

// skipItem finds the next thing on the top level after an error in the one
// that began at token from: a keyword, or a parameter in column 1.
func (p *parser) skipItem(from int) {
	p.bad = false
	for p.i = max(p.i, from+1); p.peek().kind != tEOF; p.next() {
		t := p.peek()
		if !t.src.firstOnLine(t.off) {
			continue
		}
		if p.topLevel() || t.kind == tIdent && t.span().Col == 1 && p.peekAt(1).is("=") {
			return
		}
	}
}

func (p *parser) loadModule() {
	p.next()
	lit := p.stringLit("a module's file name in quotes")
	if lit == nil {
		return
	}
	name := strings.TrimSuffix(path.Base(lit.Value), ".so")
	if lit.Value == "" {
		p.fail(lit.Span, "module has no name", "")
		return
	}
	if !lit.Broken {
		p.cfg.Loads = append(p.cfg.Loads, &LoadModule{Span: lit.Span, Path: lit.Value, Name: name})
	} else {
		p.cfg.Partial = true
	}
	p.accept(";")
}

// stringLit parses one or several adjacent literals.
func (p *parser) stringLit(want string) *StrLit {
	if p.peek().kind != tString {
		p.unexpected(want, "")
		return nil
	}
	lit := p.next().str
	for p.peek().kind == tString && !lit.Broken {
		join(lit, p.next().str)
	}
	return lit
}

func (p *parser) modParam() {
	p.next()
	open := p.peek()
	if !p.expect("(") {
		return
	}
	modules := p.stringLit("a module's name in quotes")
	if p.bad || !p.expect(",") {
		return
	}
	name := p.stringLit("a parameter's name in quotes")
	if p.bad || !p.expect(",") {
		return
	}
	var value Expr
	switch t := p.peek(); {
	case t.kind == tString:
		value = p.stringLit("")
	case p.startsNumber():
		value = p.number()
	case t.kind == tIdent:
		n, ok := BoolWord(t.text)
		if !ok {
			p.unexpected("a string or a number", "")
			return
		}
		p.next()
		value = &NumLit{Span: t.span(), Value: n}
	default:
		p.unexpected("a string or a number", "")
		return
	}
	if !p.expectClose(")", open) {
		return
	}
	p.accept(";")
	if modules.Broken || name.Broken {
		return
	}
	p.cfg.Params = append(p.cfg.Params, &ModParam{Span: modules.Span, Modules: modules.Value, Name: name.Value,
		ModulesSpan: modules.Span, NameSpan: name.Span, Value: value})
}

// startsNumber reports whether a literal number, maybe with a sign, is next.
func (p *parser) startsNumber() bool {
	t := p.peek()
	return t.kind == tNum || (t.is("-") || t.is("+")) && p.peekAt(1).kind == tNum
}

func (p *parser) number() *NumLit {
	sign := p.next()
	if sign.kind == tNum {
		return &NumLit{Span: sign.span(), Value: sign.num}
	}
	t := p.next()
	n := &NumLit{Span: sign.span(), Value: t.num}
	if t.src == sign.src {
		n.Span = t.src.span(sign.off, t.end)
	}
	if sign.text == "-" {
		n.Value = -n.Value
	}
	return n
}
