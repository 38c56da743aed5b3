package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// A gen makes a small program out of bytes. Every byte sequence gives one; when
// the bytes are used up it ends quickly.
type gen struct {
	b     []byte
	out   strings.Builder
	loops int
	depth int
}

func (g *gen) next(n int) int {
	if len(g.b) == 0 {
		return 0
	}
	x := int(g.b[0]) % n
	g.b = g.b[1:]
	return x
}

func (g *gen) put(format string, args ...any) { fmt.Fprintf(&g.out, format, args...) }

// program has routes r0 ... r3; a route calls only later ones, so that it ends.
func (g *gen) program() string {
	g.put("max_while_loops = 4 route { ")
	g.stmts(0)
	g.put("say(\"end $rc $var(a) $avp(l)\"); }\n")
	for i := range 4 {
		g.put("route[r%d] { ", i)
		g.stmts(i + 1)
		g.put("}\n")
	}
	return g.out.String()
}

func (g *gen) stmts(route int) {
	g.depth++
	for range 1 + g.next(4) {
		g.stmt(route)
	}
	g.depth--
}

func (g *gen) stmt(route int) {
	kind := g.next(14)
	if g.depth > 4 {
		kind %= 5
	}
	switch kind {
	case 0:
		g.put(`say("$rc $var(a) $param(1) $return(0)"); `)
	case 1, 2:
		g.put("w(%s); ", g.number())
	case 3:
		g.put("$var(a) %s %s; ", [...]string{"=", "+=", "-=", "="}[g.next(4)], g.value())
	case 4:
		g.put("$avp(l) %s %s; ", [...]string{"=", ":="}[g.next(2)], g.value())
	case 5, 6:
		g.put("if (%s) { ", g.cond(route))
		g.stmts(route)
		if g.next(2) == 1 {
			g.put("} else { ")
			g.stmts(route)
		}
		g.put("} ")
	case 7:
		g.loop("while ("+g.cond(route)+") { ", route)
	case 8:
		g.loop("for ($var(x) in $(avp(l)[*])) { ", route)
	case 9:
		g.loop("switch ($var(a)) { case 1: ", route)
	case 10:
		if route < 4 {
			g.put("%s; ", g.call(route))
		}
	case 11:
		g.put("%s; ", [...]string{"exit", "drop", "return", "return(2, $var(a))", "return(-1)", "return(0)", "return $var(a)"}[g.next(7)])
	case 12:
		if g.loops > 0 {
			g.put("break; ")
		}
	case 13:
		if route < 4 {
			g.put("async(r%d) { w(%s); w(%s); } ", route+g.next(4-route), g.number(), g.number())
		}
	}
}

func (g *gen) loop(head string, route int) {
	g.put("%s", head)
	g.loops++
	g.stmts(route)
	g.loops--
	g.put("} ")
}

func (g *gen) call(route int) string {
	return fmt.Sprintf("route(r%d, %s)", route+g.next(4-route), g.number())
}

func (g *gen) cond(route int) string {
	switch kind := g.next(8); {
	case kind < 3:
		return "w(" + g.number() + ")"
	case kind == 3 && route < 4:
		return g.call(route)
	case kind == 4:
		return "(" + g.cond(route) + " && " + g.cond(route) + ")"
	case kind == 5:
		return "(" + g.cond(route) + " || " + g.cond(route) + ")"
	case kind == 6:
		return "!" + g.cond(route)
	}
	return [...]string{"$var(a) == 1", "$var(a) > $avp(l)", "$avp(l)", `$var(a) =~ "a"`}[g.next(4)]
}

func (g *gen) number() string {
	return [...]string{"1", "-1", "2", "-3", "7", "0", "$rc", "$var(a)"}[g.next(8)]
}

func (g *gen) value() string {
	return [...]string{"1", "$rc", `"s$var(a)"`, "$var(a) + 1", "NULL", `"a"`, "$avp(l)"}[g.next(6)]
}

// FuzzParkedOrNot: a program logs the same whether its calls wait or not, in any
// pattern.
func FuzzParkedOrNot(f *testing.F) {
	f.Add([]byte("\x03\x01\x00\x05\x00\x00\x02\x01\x0a\x01\x02\x03"), uint64(0x5555))
	f.Add([]byte("\x02\x07\x04\x00\x01\x00\x02\x03\x01\x01\x0c\x0d\x00\x02\x03\x0a\x00\x01\x0b\x03"), uint64(0xffffffff))
	f.Add([]byte("\x03\x08\x01\x04\x00\x02\x09\x03\x00\x05\x06\x01\x0d\x02\x01\x00\x0b\x01\x01\x07\x05\x01\x06\x00\x02\x02"), uint64(0x0ff0f0a5))
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		program := make([]byte, 50)
		for i := range program {
			program[i] = byte(r.Uint32())
		}
		f.Add(program, r.Uint64())
	}
	f.Fuzz(func(t *testing.T, program []byte, pattern uint64) {
		if len(program) > 200 {
			return
		}
		text := (&gen{b: program}).program()
		if strings.Contains(text, "+= NULL") || strings.Contains(text, "-= NULL") {
			return // refused at load
		}
		plain, parked := newBed(t), newBed(t)
		plain.waits = func(int) bool { return false }
		parked.waits = func(n int) bool { return pattern>>(n%64)&1 == 1 }
		want, got := plain.run(text), parked.run(text)
		if got != want || plain.couldN != parked.couldN {
			t.Errorf("%s\nparked %s\nplain  %s", text, got, want)
		}
	})
}

// FuzzCompile: whatever the parser makes of a text, Compile either refuses it
// with a message or makes a program whose jumps stay inside its routes.
func FuzzCompile(f *testing.F) {
	for _, text := range sweep {
		f.Add("route { " + text + " }")
	}
	f.Add(relayScript)
	f.Add("route { async(r, { launch(v(1), r } route[r] { if ($var(x =~ \"(\") [ $a + } event_route { switch (")
	f.Fuzz(func(t *testing.T, text string) {
		prog, d := newBed(t).tryCompile(text)
		if prog == nil {
			if d.Errors() == 0 {
				t.Error("refused without a word")
			}
			return
		}
		for id := range prog.routes {
			checkJumps(t, prog, id)
		}
	})
}

func checkJumps(t *testing.T, prog *Program, id int) {
	code := prog.routes[id].code
	if n := len(code); n == 0 || code[n-1].op != opEnd {
		t.Fatalf("%s has no end", prog.routes[id].full)
	}
	for pc, in := range code[:len(code)-1] {
		for _, to := range []int32{in.t, in.f, in.e} {
			if to < 0 || int(to) >= len(code) {
				t.Errorf("%s: instruction %d goes to %d", prog.routes[id].full, pc, to)
			}
		}
		if in.n >= prog.routes[id].regs && (in.op == opLoop || in.op == opWhile || in.op == opForEach) {
			t.Errorf("%s: counter %d of %d", prog.routes[id].full, in.n, prog.routes[id].regs)
		}
	}
}

// FuzzRegexp: what a variable may hold as a pattern never panics, and a pattern
// without operators finds itself.
func FuzzRegexp(f *testing.F) {
	f.Add("^sip:[0-9]+@", "sip:100@a")
	f.Add("a{2,}|(b", "x")
	f.Add("^00", "0049")
	f.Add("^\\+4", "+49")
	f.Add("\\.com$", "x")
	f.Add("^INVITE$", "invite")
	f.Add("^$", "")
	f.Fuzz(func(t *testing.T, pattern, in string) {
		re, err := compileRegexp(pattern)
		if err != nil {
			return
		}
		if f, ok := fixedPattern(pattern); ok {
			for _, text := range []string{in, in + pattern, pattern + in, strings.Trim(pattern, "^$\\"), in + strings.Trim(pattern, "^$\\"), strings.ToUpper(strings.Trim(pattern, "^$\\")) + in} {
				if f.matches([]byte(text)) != re.MatchString(text) {
					t.Errorf("%q matches %q: %v by comparing", pattern, text, f.matches([]byte(text)))
				}
			}
		}
		plain := strings.IndexFunc(pattern, func(r rune) bool { return r > 127 || strings.ContainsRune(`\.+*?()|[]{}^$`, r) }) < 0
		if found := re.MatchString(in + pattern); plain && !found {
			t.Errorf("%q does not match itself", pattern)
		}
	})
}

// FuzzAVPs compares an AVPs with a plain slice of slices under random operations.
func FuzzAVPs(f *testing.F) {
	f.Add([]byte("\x00\x10\x20\x30\x01\x41\x52\x63\x04\x15\x26"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		var list AVPs
		model := map[int32][]string{} // newest first
		for i, op := range ops {
			id, index, text := int32(op>>6), int32(op>>4&3), fmt.Sprintf("%d:%s", i, strings.Repeat("x", i*7%900))
			v, m := StrValue([]byte(text)), model[id]
			switch op & 15 {
			case 0, 1, 2, 3, 4:
				list.Push(id, v)
				model[id] = append([]string{text}, m...)
			case 5, 6:
				list.Append(id, v)
				model[id] = append(m, text)
			case 7, 8, 9:
				if list.Replace(id, index, v) != (int(index) < len(m)) {
					t.Fatal("replace")
				} else if int(index) < len(m) {
					m[index] = text
				}
			case 10, 11, 12:
				if list.Delete(id, index) != (int(index) < len(m)) {
					t.Fatal("delete")
				} else if int(index) < len(m) {
					model[id] = append(m[:index:index], m[index+1:]...)
				}
			case 13:
				list.DeleteAll(id)
				model[id] = nil
			}
		}
		for id := range int32(4) {
			m := model[id]
			if list.Count(id) != len(m) {
				t.Fatalf("%d values of %d, want %d", list.Count(id), id, len(m))
			}
			for i, want := range m {
				if a, b := list.Get(id, int32(i)), list.Get(id, int32(-1-i)); string(a.Str) != want || string(b.Str) != m[len(m)-1-i] {
					t.Errorf("value %d of %d", i, id)
				}
			}
		}
	})
}
