package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

func TestFunctionsOfAllLengths(t *testing.T) {
	n := Int("n", "")
	var got []string
	log := func(args ...any) Ret { got = append(got, fmt.Sprint(args...)); return 1 }
	funcs := []*Func{
		Func0("f0", "", All, func(*Ctx) Ret { return log(0) }),
		Func1("f1", "", All, n, func(_ *Ctx, a int32) Ret { return log(a) }),
		Func2("f2", "", All, n, n, func(_ *Ctx, a, b int32) Ret { return log(a, b) }),
		Func3("f3", "", All, n, n, n, func(_ *Ctx, a, b, c int32) Ret { return log(a, b, c) }),
		Func4("f4", "", All, n, n, n, n, func(_ *Ctx, a, b, c, d int32) Ret { return log(a, b, c, d) }),
		Func5("f5", "", All, n, n, n, n, n, func(_ *Ctx, a, b, c, d, e int32) Ret { return log(a, b, c, d, e) }),
		Func6("f6", "", All, n, n, n, n, n, n, func(_ *Ctx, a, b, c, d, e, f int32) Ret { return log(a, b, c, d, e, f) }).Alias("six", "old_six"),
	}
	for i, f := range funcs {
		if len(f.Params) != i {
			t.Errorf("%s has %d parameters", f.Name, len(f.Params))
		}
	}
	r := NewRegistry()
	r.AddFuncs(funcs...)
	d := new(syntax.Diags)
	text := `route { f0(); f1(1); f2(1,2); f3(1,2,3); f4(1,2,3,4); f5(1,2,3,4,5); f6(1,2,3,4,5,6); six(6,5,4,3,2,$rc);
		f4(1,2,3,$var(x)); f5(1,2,3,4,$var(x)); f6(1,2,3,4,5,$var(x)); }`
	prog := Compile(syntax.Parse("t", []byte(text), nil, d), r, d)
	if prog == nil {
		t.Fatal(messages(d))
	}
	h := newBed(t)
	run := h.pool.Get(prog, h, nil)
	run.Start(0, syntax.RequestRoute)
	if s := strings.Join(got, "; "); s != "0; 1; 1 2; 1 2 3; 1 2 3 4; 1 2 3 4 5; 1 2 3 4 5 6; 6 5 4 3 2 1" {
		t.Error(s)
	}
}

func TestVariableParameters(t *testing.T) {
	h := newBed(t)
	swap := Func2("swap", "", All, VarIn("from", ""), Out("to", ""), func(c *Ctx, from, to VarRef) Ret {
		b := c.AppendValue(nil, from.Get(c))
		to.Set(c, StrValue([]byte("pushed")))
		return Ret(truth(to.Replace(c, StrValue(b))))
	})
	got := h.runWith(`route { $avp(a) = 1; $avp(b) = 2; swap($avp(a), "$avp(b)"); say("$(avp(b)[*])"); swap("$(avp(a){s.len})", $var(x)); say("$var(x)"); swap($var(none), $var(x)); say("$var(x)"); }`, swap)
	if got != "1 1 <null>" {
		t.Error(got)
	}
}

// A function may drop, and the core's names win over a module's.
func TestFunctionMayDrop(t *testing.T) {
	h := newBed(t)
	r := NewRegistry()
	r.AddFuncs(Func0("discard", "", All, func(c *Ctx) Ret { c.Drop(); return 1 }))
	r.AddFuncs(Func0("discard", "", All, func(c *Ctx) Ret { return 1 }), Func0("xdbg", "", All, func(*Ctx) Ret { panic("not the core's") }))
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t", []byte(`route { xdbg("x"); discard(); xdbg("no"); }`), nil, d), r, d)
	run := h.pool.Get(prog, h, nil)
	run.SetData(h)
	run.Start(0, syntax.RequestRoute)
	if !run.Dropped() || len(h.log) != 1 || run.Data() != h {
		t.Errorf("dropped %v, log %v", run.Dropped(), h.log)
	}
}

// $(<request>x) reaches the variable as a context.
func TestContexts(t *testing.T) {
	h := newBed(t)
	r := NewRegistry()
	r.AddFuncs(h.functions()...)
	r.AddVars(&Var{Name: "where", Aliases: []string{"w"}, Inner: OptionalInner, Indexed: true, Get: func(c *Ctx, a *Arg) Value {
		return StrValue(fmt.Appendf(nil, "%d/%s/%d/%v/%v/%v", a.Context, a.Name, a.Index, a.Has, a.All, a.Key))
	}})
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t", []byte(`route { $var(i) = -2; say("$where $(<request>w) $(<reply>where(x)[3]) $(w(a$var(i)b)[$var(i)]) $(where[*]) $(where[$var(none)])"); }`), nil, d), r, d)
	if prog == nil {
		t.Fatal(messages(d))
	}
	run := h.pool.Get(prog, h, nil)
	run.Start(0, syntax.RequestRoute)
	want := "0//0/false/false/<nil> 1//0/false/false/<nil> 2/x/3/true/false/<nil> 0/a-2b/-2/true/false/<nil> 0//0/true/true/<nil> <null>"
	if h.log[0] != want {
		t.Errorf("\n got %s\nwant %s", h.log[0], want)
	}
}

// What a variable refuses makes the assignment fail, and a for end.
func TestRefusingVariable(t *testing.T) {
	h := newBed(t)
	r := NewRegistry()
	r.AddFuncs(h.functions()...)
	r.AddVars(&Var{Name: "ru", Get: func(*Ctx, *Arg) Value { return Null }, Set: func(_ *Ctx, _ *Arg, v Value) bool { return !v.IsNull() && string(v.Str) != "bad" }})
	d := new(syntax.Diags)
	text := `route { $ru = NULL; say("$rc"); $ru = $var(unset); say("$rc"); $ru = "sip:a"; say("$rc");
		$avp(l) = "bad"; $avp(l) = "good"; for ($ru in $(avp(l)[*])) say("turn"); say("$rc"); }`
	prog := Compile(syntax.Parse("test.cfg", []byte(text), nil, d), r, d)
	run := h.pool.Get(prog, h, nil)
	run.Start(0, syntax.RequestRoute)
	if got := strings.Join(h.log, " "); got != "-1 -1 1 turn ERROR:core: for at test.cfg:2: the variable refuses a value -1" {
		t.Error(got)
	}
}

func TestPatternsOfVariablesAreBounded(t *testing.T) {
	p := new(Pool)
	for i := range 3 * patternsKept {
		if re := p.regex(fmt.Appendf(nil, "^a%d$", i)); !re.MatchString(fmt.Sprintf("A%d", i)) {
			t.Fatal("does not match")
		}
		if len(p.regexes) > patternsKept {
			t.Fatal("keeps too many")
		}
	}
	if p.regex([]byte(strings.Repeat("a", patternLimit+1))) != nil {
		t.Error("too long a pattern was compiled")
	}
	if re := p.regex([]byte("^a.b$")); !re.MatchString("A\nB") || re.MatchString("x\na.b") {
		t.Error("line ends are not just characters")
	}
}
