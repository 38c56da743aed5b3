package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

// A richGen makes programs out of bytes, with more of the language than gen: all sorts of
// expressions, indexes, transformations, formats.
type richGen struct {
	gen
	inCond int
}

func (g *richGen) program() string {
	g.put("max_while_loops = 3 route { ")
	g.list(0)
	g.put(`say("end $rc $(avp(l)[*])"); } `)
	for i := range 4 {
		g.put("route[r%d] { ", i)
		if g.next(8) > 0 {
			g.list(i + 1)
		}
		g.put("} ")
	}
	return g.out.String()
}

func (g *richGen) list(route int) {
	g.depth++
	for range 1 + g.next(5) {
		g.one(route)
	}
	g.depth--
}

func (g *richGen) pick(list ...string) string { return list[g.next(len(list))] }

func (g *richGen) one(route int) {
	kind := g.next(16)
	if g.depth > 4 || len(g.b) == 0 {
		kind %= 7
	}
	switch kind {
	case 0:
		g.put(`say("$rc $var(a) $var(b) %s"); `, g.read())
	case 1:
		g.put("%s(%s); ", g.pick("v", "w"), g.arg())
	case 2, 3, 4:
		g.put("%s %s %s; ", g.target(), g.pick("=", "=", "=", ":="), g.expr(0))
	case 5:
		g.put("%s %s %s; ", g.target(), g.pick("+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="), g.expr(1))
	case 6:
		g.put("%s = NULL; ", g.target())
	case 7, 8:
		g.put("if (%s) { ", g.cond(route, 0))
		if g.next(6) > 0 {
			g.list(route)
		}
		if g.next(2) == 1 {
			g.put("} else { ")
			if g.next(6) > 0 {
				g.list(route)
			}
		}
		g.put("} ")
	case 9:
		g.body("while ("+g.cond(route, 0)+") { ", route)
	case 10:
		g.body("for ("+g.pick("$var(x)", "$var(a)", "$avp(m)")+" in $(avp(l)[*])) { ", route)
	case 11:
		g.switchOver(route)
	case 12:
		if route < 4 {
			g.put("%s; ", g.callRoute(route))
		}
	case 13:
		g.put("%s; ", g.pick("exit", "drop", "return", "return("+g.arg()+", "+g.read()+", 5)", "return(-1)", "return(0)", "return "+g.read(), "return 7"))
	case 14:
		if g.loops > 0 {
			g.put("break; ")
		}
	case 15:
		if route < 4 {
			if to := route + g.next(4-route); g.next(2) == 0 {
				g.put("async(r%d) { w(%s); %s(%s); } ", to, g.arg(), g.pick("v", "w"), g.arg())
			} else {
				g.put("async_all { w(%s); %s(%s); w(%s); } (r%d%s); ", g.arg(), g.pick("v", "w"), g.arg(), g.arg(), to, g.pick("", ", 5"))
			}
		}
	}
}

func (g *richGen) body(head string, route int) {
	g.put("%s", head)
	g.loops++
	g.list(route)
	g.loops--
	g.put("} ")
}

func (g *richGen) switchOver(route int) {
	g.put("switch (%s) { ", g.read())
	g.loops++
	for range 1 + g.next(3) {
		g.put("case %s: ", g.pick("1", "2", `"a"`, `"B"`, `"5"`, "5"))
		g.list(route)
	}
	if g.next(2) == 1 {
		g.put("default: ")
		g.list(route)
	}
	g.loops--
	g.put("} ")
}

func (g *richGen) callRoute(route int) string {
	return fmt.Sprintf("route(r%d, %s, %s)", route+g.next(4-route), g.pick("1", `"p"`, `"f$var(a)"`, "NULL", "$var(b)"), g.pick("$rc", "$avp(l)", "-3"))
}

func (g *richGen) target() string {
	return g.pick("$var(a)", "$var(b)", "$var(n$var(a))", "$avp(l)", "$avp(m)", "$(avp(l)[1])", "$(avp(l)[-1])", "$(avp(l)[*])", "$(avp(l)[append])", "$(avp(m)[$var(a)])", "$avp(q$var(b))")
}

// read is a variable, perhaps with transformations.
func (g *richGen) read() string {
	v := g.pick("var(a)", "var(b)", "var(n$var(a))", "var(unset)", "avp(l)", "avp(m)", "avp(l)[1]", "avp(l)[-1]", "avp(l)[*]", "avp(m)[$var(a)]", "rc", "param(1)", "param(2)", "return(0)", "return(1)", "route.name", "var(x)")
	for range g.next(3) {
		v += g.pick("{s.len}", "{s.int}", "{s.toupper}", "{s.reverse}", "{s.substr,1,2}", "{s.substr,-2,0}", "{s.substr,0,-1}", "{s.substr,$var(a),1}", "{s.select,1,,}", "{s.select,-1,,}", "{slow.up}", "{slow.up,$var(b)}")
	}
	if strings.ContainsAny(v, "[{") {
		return "$(" + v + ")"
	}
	return "$" + v
}

func (g *richGen) arg() string {
	return g.pick("1", "-1", "2", "-3", "7", "0", "$rc", "$var(a)", "$avp(l)", "$param(1)", "$(var(b){s.len})")
}

// expr is a value. At depth 1 it is not just NULL.
func (g *richGen) expr(depth int) string {
	switch kind := g.next(10); {
	case kind < 2:
		return g.pick("1", "2", "5", "0", "2147483647", "-7")
	case kind == 2:
		return g.pick(`"a"`, `"aB,c"`, `"5"`, `""`, `"1,2,3"`, `"0"`)
	case kind == 3:
		return `"` + g.pick("x", "$var(a)", "$rc", "") + g.read() + `"`
	case kind < 6 || depth > 2:
		return g.read()
	case kind == 6:
		return g.read() + g.pick(" + ", " - ", " & ", " * ") + g.expr(depth+1)
	case kind == 7:
		return g.expr(depth+1) + g.pick(" + ", " - ", " * ", " / ", " % ", " & ", " | ", " ^ ", " << ", " >> ") + g.expr(depth+1)
	case kind == 8:
		return "~" + g.read()
	}
	if depth == 0 {
		return "NULL"
	}
	return g.read()
}

func (g *richGen) cond(route, depth int) string {
	kind := g.next(12)
	if depth > 3 {
		kind = 6 + kind%6
	}
	switch {
	case kind < 2:
		return g.pick("v", "w") + "(" + g.arg() + ")"
	case kind == 2 && route < 4:
		return g.callRoute(route)
	case kind == 3:
		return "(" + g.cond(route, depth+1) + g.pick(" && ", " || ") + g.cond(route, depth+1) + ")"
	case kind == 4:
		return g.cond(route, depth+1) + g.pick(" && ", " || ") + g.cond(route, depth+1)
	case kind == 5:
		return "!" + g.pick(g.read(), "("+g.cond(route, depth+1)+")", g.pick("v", "w")+"("+g.arg()+")")
	case kind == 6:
		return "[" + g.read() + g.pick(" & ", " + ", " | ") + g.expr(1) + "]"
	case kind == 7:
		return g.read()
	case kind == 8:
		return g.pick("1", "0", "-1")
	case kind == 9:
		return g.read() + g.pick(" =~ ", " !~ ") + g.pick(`"a"`, `"^[0-9]+$"`, `"b.*"`)
	}
	return g.read() + g.pick(" == ", " != ", " < ", " <= ", " > ", " >= ") + g.pick("1", "5", `"a"`, `"5"`, "NULL", "$var(a)", "$avp(l)", "$var(unset)")
}

// FuzzAgainstReference: a program does what the reference says, whichever of its calls
// wait: the same log, $rc, value, outcome and variables.
func FuzzAgainstReference(f *testing.F) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		program := make([]byte, 120)
		for i := range program {
			program[i] = byte(r.Uint32())
		}
		f.Add(program, r.Uint64())
	}
	f.Fuzz(func(t *testing.T, program []byte, pattern uint64) {
		if len(program) > 400 {
			return
		}
		text := (&richGen{gen: gen{b: program}}).program()
		want := newReference(t, text)
		value, ok := want.runBounded()
		if !ok {
			return
		}
		for _, waits := range []uint64{0, pattern, ^uint64(0)} {
			againstReference(t, text, want, value, waits)
		}
	})
}

// runBounded is run; false: it is too much.
func (r *reference) runBounded() (value int32, ok bool) {
	defer func() {
		if x := recover(); x != nil && x != tooMuch {
			panic(x)
		}
	}()
	return r.run(), true
}

func againstReference(t *testing.T, text string, want *reference, value int32, pattern uint64) {
	h := newBed(t)
	h.waits = func(n int) bool { return pattern>>(n%64)&1 == 1 }
	prog, d := h.tryCompile(text)
	if prog == nil {
		t.Skipf("%s\n%v", text, messages(d)) // what is refused at load, the reference need not do
	}
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(prog.Route(syntax.RequestRoute, ""), syntax.RequestRoute))
	got, wanted := strings.Join(h.log, "\n"), strings.Join(want.log, "\n")
	switch {
	case got != wanted:
		t.Errorf("%s\n got\n%s\nwant\n%s", text, got, wanted)
	case run.RC() != want.rc || run.Value() != value || run.Dropped() != want.dropped:
		t.Errorf("%s\n got $rc %d, value %d, dropped %v\nwant $rc %d, value %d, dropped %v", text, run.RC(), run.Value(), run.Dropped(), want.rc, value, want.dropped)
	}
	for name, v := range want.vars {
		if x := readVar(run, "var", name); string(run.AppendValue(nil, x)) != textOfVal(v) {
			t.Errorf("%s\n$var(%s) is %s, want %s", text, name, run.AppendValue(nil, x), textOfVal(v))
		}
	}
	for name, list := range want.avps {
		if x := readVar(run, "avp", name); string(run.AppendValue(nil, x)) != textOfVal(nthVal(list, 0)) {
			t.Errorf("%s\n$avp(%s) is %s, want %s", text, name, run.AppendValue(nil, x), textOfVal(nthVal(list, 0)))
		}
	}
	h.pool.Put(run)
}

func readVar(c *Ctx, name, inner string) Value {
	return c.prog.reg.Vars[name].Get(c, &Arg{Name: []byte(inner)})
}
