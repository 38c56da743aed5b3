package script

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// A reference walks the tree of a script and does what OpenSIPS is said to do, the
// simplest way: it shares nothing with the compiler and the run-time but the parser. It
// knows the functions v, w and say of the test scripts, which never wait in it.
type reference struct {
	cfg     *syntax.Config
	log     []string
	vars    map[string]val
	avps    map[string][]val // newest first
	params  []val            // of the innermost route
	returns []val
	names   []string // of the routes, outermost first
	rc      int32
	last    int32 // value of the last statement
	maxLoop int
	dropped bool
	steps   int
}

// A val is a value: nil is NULL, literal an integer that was written or computed and has
// no string form.
type (
	val     any // nil, int32, literal, string
	literal int32
)

// A way is how a statement ended.
type way int

const (
	on way = iota
	broke
	returned
	exited
	resumed // async has run the resume route: all is over
)

// result is what a whole script did.
func (r *reference) run() (value int32) {
	r.last = 1
	w := r.route("")
	if w == exited {
		return 0
	}
	return r.last
}

func (r *reference) say(format string, args ...any) {
	r.log = append(r.log, fmt.Sprintf(format, args...))
}

// route runs a route; its value is r.last. A value of 0 ends the script.
func (r *reference) route(name string) way {
	r.names = append(r.names, name)
	w := r.list(r.body(name).Stmts)
	if w == resumed {
		return w
	}
	r.names = r.names[:len(r.names)-1]
	if w == exited {
		return w
	}
	r.rc = r.last
	if r.last == 0 {
		return exited
	}
	return on
}

func (r *reference) body(name string) *syntax.Block {
	for _, x := range r.cfg.Routes {
		if x.Kind == syntax.RequestRoute && x.Name == name {
			return x.Body
		}
	}
	panic("no route " + name)
}

func (r *reference) list(list []syntax.Stmt) way {
	for _, s := range list {
		if w := r.stmt(s); w != on {
			return w
		}
	}
	return on
}

func (r *reference) set(n int32) { r.rc, r.last = n, n }

// tooMuch is what a reference panics with that would reach a limit of the run-time.
const tooMuch = "too much"

func (r *reference) stmt(s syntax.Stmt) way {
	if r.steps++; r.steps > 5000 {
		panic(tooMuch)
	}
	switch s := s.(type) {
	case *syntax.Block:
		return r.list(s.Stmts)
	case *syntax.If:
		return r.ifStmt(s)
	case *syntax.While:
		return r.while(s)
	case *syntax.ForEach:
		return r.forEach(s)
	case *syntax.Switch:
		return r.switchStmt(s)
	case *syntax.Break: // break leaves the value -5
		r.set(-5)
		return broke
	case *syntax.Return:
		return r.returnStmt(s)
	case *syntax.Exit:
		return exited
	case *syntax.Drop:
		r.dropped = true
		return exited
	case *syntax.Assign:
		if r.assign(s) {
			r.set(1)
		} else {
			r.set(-1)
		}
		return on
	case *syntax.ExprStmt:
		if c, ok := s.X.(*syntax.RouteCall); ok {
			return r.routeCall(c)
		}
		return r.call(s.X.(*syntax.Call))
	case *syntax.Async:
		return r.async(s)
	}
	panic(fmt.Sprintf("statement %T", s))
}

func noStmts(s syntax.Stmt) bool {
	b, ok := s.(*syntax.Block)
	return s == nil || ok && (b == nil || len(b.Stmts) == 0)
}

// "An if sets $rc to the condition value when no branch is run, else to the branch value";
// the value of the statement is 1 then.
func (r *reference) ifStmt(s *syntax.If) way {
	v, w := r.cond(s.Cond)
	if w != on {
		return w
	}
	if v < 0 {
		r.say("WARNING:core: error in the condition at test.cfg:1")
	}
	branch := s.Else
	if v > 0 {
		branch = s.Then
	}
	if noStmts(branch) {
		r.rc, r.last = int32(v), 1
		return on
	}
	w = r.stmt(branch)
	if w == on {
		r.rc = r.last
	}
	return w
}

func (r *reference) while(s *syntax.While) way {
	for i := 0; ; i++ {
		if i == r.maxLoop {
			r.say("ERROR:core: max_while_loops (%d) reached at test.cfg:1", r.maxLoop)
			r.rc = r.last
			return on
		}
		v, w := r.cond(s.Cond)
		if w != on {
			return w
		}
		if v <= 0 {
			if v < 0 {
				r.say("WARNING:core: error in the condition at test.cfg:1")
			}
			r.set(1)
			return on
		}
		switch w := r.stmt(s.Body); w {
		case on:
			r.rc = r.last
		case broke:
			return on
		default:
			return w
		}
	}
}

func (r *reference) forEach(s *syntax.ForEach) way {
	r.set(1)
	for i := 0; ; i++ {
		list := r.avps[r.text(s.Coll.Inner)]
		if i >= len(list) {
			r.rc = r.last
			return on
		}
		r.write(s.Iter, list[i], false)
		switch w := r.stmt(s.Body); w {
		case on:
			r.rc = r.last
		case broke:
			return on
		default:
			return w
		}
	}
}

// "String labels compare without case; an int label matches only if the value has an int
// part. Cases fall through until break."
func (r *reference) switchStmt(s *syntax.Switch) way {
	v := r.read(s.Operand)
	r.set(1)
	match := -1
	for i, c := range s.Cases {
		if n, ok := c.Label.(*syntax.NumLit); ok {
			if i32, isInt := v.(int32); isInt && i32 == n.Value {
				match = i
				break
			}
		}
		if l, ok := c.Label.(*syntax.StrLit); ok && v != nil && strings.EqualFold(textOfVal(v), l.Value) {
			match = i
			break
		}
	}
	if match < 0 {
		for i, c := range s.Cases {
			if c.Label == nil {
				match = i
			}
		}
	}
	for i := match; i >= 0 && i < len(s.Cases); i++ {
		if w := r.list(s.Cases[i].Body); w == broke {
			return on
		} else if w != on {
			return w
		}
	}
	r.rc = r.last
	return on
}

// "return alone means return 1; return $v gives the int, 1 when the value is a pure
// string, -1 when it is NULL."
func (r *reference) returnStmt(s *syntax.Return) way {
	code, extra := int32(1), []val(nil)
	for i, x := range s.Values {
		v, ok := r.eval(x)
		if i > 0 {
			extra = append(extra, kept(v))
			continue
		}
		if n, isInt := asInt(v); isInt {
			code = n
		} else if v == nil || !ok {
			code = -1
		}
	}
	r.returns, r.last = extra, code
	return returned
}

// "If a variable argument is NULL or of the wrong kind, neither the operation nor the
// resume route runs, $rc is -1 and the NEXT STATEMENT runs."
func (r *reference) async(s *syntax.Async) way {
	if s.All {
		return r.asyncAll(s)
	}
	for _, c := range s.Calls {
		n, ok := r.value(c)
		if !ok {
			r.set(-1)
			return on
		}
		r.set(n)
	}
	return r.resume(s)
}

// "async_all: $rc is 1 if all values are positive, else the first that is not. A call with
// an argument that is NULL counts as -1, and the others run."
func (r *reference) asyncAll(s *syntax.Async) way {
	all := int32(1)
	for _, c := range s.Calls {
		n, ok := r.value(c)
		if !ok {
			n = -1
		}
		if all > 0 && n <= 0 {
			all = n
		}
	}
	r.set(all)
	return r.resume(s)
}

func (r *reference) resume(s *syntax.Async) way {
	r.names, r.last = nil, 1
	if r.route(s.Resume.Name) == exited {
		r.last = 0
	}
	return resumed
}

// value runs a function; false: it was not called.
func (r *reference) value(c *syntax.Call) (int32, bool) {
	v, ok := r.eval(c.Args[0])
	switch n, isInt := asInt(v); {
	case c.Name == "say":
		r.log = append(r.log, textOfVal(v))
		return 1, true
	case ok && isInt:
		return n, true
	}
	r.say("ERROR:core: %s at test.cfg:1 not called: an argument is NULL or of the wrong kind", c.Name)
	return -1, false
}

// "A statement whose value is exactly 0 ends the whole top route."
func (r *reference) call(c *syntax.Call) way {
	n, _ := r.value(c)
	r.set(n)
	if n == 0 {
		return exited
	}
	return on
}

func (r *reference) routeCall(c *syntax.RouteCall) way {
	var args []val
	for _, a := range c.Args {
		v, _ := r.eval(a)
		args = append(args, kept(v))
	}
	outer := r.params
	r.params, r.returns = args, nil
	r.last = 1
	w := r.route(c.Name.(*syntax.StrLit).Value)
	if w == on {
		r.params = outer
	}
	return w
}

// cond gives 1, 0 or -1 for an error. "a && b: right side only if left is exactly true; an
// error on the left is the result. a || b: right side only if left is exactly false."
func (r *reference) cond(x syntax.Expr) (int, way) {
	switch x := x.(type) {
	case *syntax.Call:
		w := r.call(x)
		return positive(r.rc), w
	case *syntax.RouteCall:
		w := r.routeCall(x)
		return positive(r.rc), w
	case *syntax.Unary:
		if x.Op == "!" {
			v, w := r.cond(x.X)
			if v < 0 {
				return v, w
			}
			return 1 - v, w
		}
	case *syntax.Binary:
		if x.Op == "&&" || x.Op == "||" {
			v, w := r.cond(x.X)
			if w != on || v < 0 || (v == 1) != (x.Op == "&&") {
				return v, w
			}
			return r.cond(x.Y)
		}
	}
	return r.test(x), on
}

func positive(n int32) int {
	if n > 0 {
		return 1
	}
	return 0
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// test is a condition without calls. "$v alone: not NULL, not empty; an int value must be
// non-zero; a non-empty string is true, even "0"."
func (r *reference) test(x syntax.Expr) int {
	switch x := x.(type) {
	case *syntax.Bracket:
		return r.test(x.X)
	case *syntax.Unary:
		if x.Op == "!" {
			if v := r.test(x.X); v >= 0 {
				return 1 - v
			}
			return -1
		}
	case *syntax.Binary:
		if strings.Contains(" == != < <= > >= =~ !~ ", " "+x.Op+" ") {
			return r.compare(x)
		}
	}
	v, ok := r.eval(x)
	if !ok {
		return -1
	}
	if n, isInt := asInt(v); isInt {
		return boolInt(n != 0)
	}
	s, _ := v.(string)
	return boolInt(s != "")
}

// "Compared as ints if both have an int part, else as strings if both have a string part,
// else error. NULL against a constant: only != and !~ are true. NULL against NULL: == and
// =~ true. Strings ignore case; ties on order are broken by length."
func (r *reference) compare(x *syntax.Binary) int {
	l, lok := r.eval(x.X)
	var o val
	ook := true
	if s, isStr := x.Y.(*syntax.StrLit); isStr {
		o = s.Value
	} else {
		o, ook = r.eval(x.Y)
	}
	if !lok || !ook {
		return -1
	}
	if l == nil || o == nil {
		if l == nil && o == nil {
			return boolInt(x.Op == "==" || x.Op == "=~")
		}
		return boolInt(x.Op == "!=" || x.Op == "!~")
	}
	if x.Op == "=~" || x.Op == "!~" {
		if _, isLit := l.(literal); isLit {
			return -1
		}
		re := regexp.MustCompile("(?is)" + textOfVal(o))
		return boolInt(re.MatchString(textOfVal(l)) == (x.Op == "=~"))
	}
	order := 0
	a, aInt := asInt(l)
	b, bInt := asInt(o)
	_, aLit := l.(literal)
	_, bLit := o.(literal)
	switch {
	case aInt && bInt && a < b:
		order = -1
	case aInt && bInt && a > b:
		order = 1
	case aInt && bInt:
	case aLit || bLit:
		return -1
	default:
		order = strings.Compare(strings.ToLower(textOfVal(l)), strings.ToLower(textOfVal(o)))
	}
	return boolInt(map[string]bool{"==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[x.Op])
}

// newReference reads a script.
func newReference(t testing.TB, text string) *reference {
	d := new(syntax.Diags)
	cfg := syntax.Parse("test.cfg", []byte(text), nil, d)
	if d.Errors() > 0 {
		t.Fatalf("%s\n%v", text, messages(d))
	}
	r := &reference{cfg: cfg, vars: map[string]val{}, avps: map[string][]val{}, maxLoop: 10000}
	for _, g := range cfg.Globals {
		if g.Name == "max_while_loops" {
			r.maxLoop = int(g.Value.(*syntax.NumLit).Value)
		}
	}
	return r
}
