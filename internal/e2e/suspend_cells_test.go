package e2e

import (
	"fmt"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/sleep"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// pendModule has pend(milliseconds, value): an operation that takes so long and brings
// 1 or -1. With 0 milliseconds it has nothing to wait for.
type pendModule struct{ sleeper *sleep.Sleeper }

func (m *pendModule) Setup(e *module.Env) {
	e.Funcs = []*script.Func{script.Func2("pend", "", script.All, script.Int("milliseconds", ""), script.Int("value", ""), m.pend).MayWait()}
}

func (m *pendModule) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.sleeper = sleep.New(c.Group, c.Ops)
	return nil
}

func (m *pendModule) pend(c *script.Ctx, ms, value int32) script.Ret {
	if ms == 0 {
		return script.Ret(value)
	}
	op := m.sleeper.Op(proxy.From(c).Loop(), time.Duration(ms)*time.Millisecond)
	if value > 0 {
		return c.Await(op, pendGood)
	}
	return c.Await(op, pendBad)
}

func pendGood(c *script.Ctx, op asyncops.Op, _ asyncops.Outcome) script.Ret {
	op.(*sleep.Op).Free(proxy.From(c).Loop())
	return 1
}

func pendBad(c *script.Ctx, op asyncops.Op, out asyncops.Outcome) script.Ret {
	pendGood(c, op, out)
	return -1
}

// pendTime is how long the operations of the table take.
const pendTime = 100 * time.Millisecond

// pendOps are the operations: one that waits, one that waits and fails, and the same
// without anything to wait for.
var pendOps = []struct {
	name, call string
	rc         int
	takes      time.Duration
}{
	{"waits", "pend(100, 1)", 1, pendTime},
	{"fails", "pend(100, -1)", -1, pendTime},
	{"at_once", "pend(0, 1)", 1, 0},
	{"refuses", "pend(0, -1)", -1, 0},
}

// pendForms are the ways to call one. AFTER tells what is there, FINISH is what the route
// does in the end; an async statement leaves both to its resume route.
var pendForms = []struct{ name, text string }{
	{"block", `async(done_CELL) { CALL; } xlog("BEHIND CELL;\n");`},
	{"comma", `async(CALL, done_CELL); xlog("BEHIND CELL;\n");`},
	{"statement", `CALL; AFTER xlog("BEHIND CELL;\n"); FINISH`},
	{"condition", `if (CALL) { AFTER xlog("TRUE CELL;\n"); } else { AFTER xlog("FALSE CELL;\n"); } xlog("BEHIND CELL;\n"); FINISH`},
	{"launch", `launch(CALL, report_CELL, "p-CELL"); AFTER xlog("BEHIND CELL;\n"); FINISH`},
}

// pendPlaces are the places within a route. They wait pendTime in all, and log their steps.
var pendPlaces = []struct {
	name, text string
	steps      string
	async      bool
}{
	{name: "while", steps: "1 2", text: `$var(i) = 0; while ($var(i) < 2) { pend(50, 1); $var(i) += 1; STEP("$var(i)") }`},
	{name: "while_condition", steps: "1 2", text: `$var(i) = 0; while ($var(i) < 2 && pend(50, 1)) { $var(i) += 1; STEP("$var(i)") }`},
	{name: "while_break", steps: "1", text: `$var(i) = 0; while (1) { $var(i) += 1; if (pend(100, 1)) { STEP("$var(i)") break; } STEP("no") }`},
	{name: "for", steps: "b a", text: `$avp(l) = "a"; $avp(l) = "b"; for ($var(e) in $(avp(l)[*])) { pend(50, 1); STEP("$var(e)") }`},
	{name: "switch", steps: "one two", text: `$var(i) = 1; switch ($var(i)) { case 1: pend(50, 1); STEP("one") case 2: pend(50, 1); STEP("two") break; default: STEP("no") }`},
	{name: "and", steps: "right", text: `if (pend(50, 1) && !pend(50, -1)) STEP("right") else STEP("no")`},
	{name: "or", steps: "right", text: `if (pend(50, -1) || pend(50, 1)) STEP("right") else STEP("no")`},
	{name: "short_circuit", steps: "right", text: `if (pend(100, -1) && pend(100, 1)) STEP("no") else STEP("right")`},
	{name: "nested", steps: "in-x-7 2-r out", text: `route(outer_CELL, 7); STEP("out")`},
	{name: "chain", steps: "first second", async: true, text: `async(pend(30, 1), second_CELL);`},
}

// A pendCell is one field of the table: what is done, and what must come of it.
type pendCell struct {
	name  string // of the cell and its routes
	body  string // of the route, with the macros of pendText
	rc    int
	form  string
	takes time.Duration
	steps string
	param string // $param(1) of the route
}

// pendCells are those of one type of route.
func pendCells(kind string) (list []pendCell) {
	for _, op := range pendOps {
		for _, f := range pendForms {
			c := pendCell{name: kind + "_" + f.name + "_" + op.name, form: f.name, rc: op.rc, takes: op.takes}
			c.body = strings.ReplaceAll(f.text, "CALL", op.call)
			list = append(list, c)
		}
	}
	for _, p := range pendPlaces {
		c := pendCell{name: kind + "_in_" + p.name, form: "place", rc: 1, takes: pendTime, steps: p.steps}
		c.body = p.text + ` pend(0, 1); AFTER FINISH`
		if p.async {
			c.body = p.text
		}
		list = append(list, c)
	}
	return list
}

// pendBefore is what each route does first; what it does with the message is the kind's.
const pendBefore = `
	$var(kept) = "var-CELL"; $avp(kept) = "older-CELL"; $avp(kept) = "newer-CELL"; setflag("KEPT");
	`

// pendAfter tells what of it is there afterwards.
const pendAfter = ` $var(rc) = $rc; if (isflagset("KEPT")) $var(flag) = "set"; else $var(flag) = "unset";
	xlog("AFTER CELL; rc=$var(rc) var=$var(kept) avp=$(avp(kept)[0]),$(avp(kept)[1]) flag=$var(flag) param=$param(1) MORE;\n"); `

// pendText fills in the macros of a cell. Edit changes the message before the wait, more
// shows it afterwards, finish is what the route does in the end.
func (c *pendCell) text(k *pendKind) (body, routes string) {
	r := strings.NewReplacer("AFTER ", strings.ReplaceAll(pendAfter, "MORE", k.shows), "FINISH", k.finish)
	fill := func(s string) string {
		s = stepMacro(r.Replace(s))
		return strings.ReplaceAll(s, "CELL", c.name)
	}
	routes = fill(`
route[done_CELL] { AFTER FINISH }
route[report_CELL] { xlog("REPORT CELL; rc=$rc param=$param(1) var=$var(kept) avp=$avp(kept) method=$rm;\n"); }
route[outer_CELL] { route(inner_CELL, "x", $param(1)); STEP("$rc-$return(0)") }
route[inner_CELL] { pend(100, 1); STEP("in-$param(1)-$param(2)") return(2, "r"); }
route[second_CELL] { STEP("first") pend(40, 1); async(last_CELL) { pend(10, 1); pend(20, 1); } }
route[last_CELL] { STEP("second") pend(0, 1); AFTER FINISH }
`)
	return fill(pendBefore + k.edit + c.body), routes
}

// stepMacro turns STEP("text") into a line of the log.
func stepMacro(s string) string {
	for {
		at := strings.Index(s, `STEP("`)
		if at < 0 {
			return s
		}
		text, rest, _ := strings.Cut(s[at+len(`STEP("`):], `")`)
		s = s[:at] + `xlog("STEP CELL; ` + text + `;\n");` + rest
	}
}

// want lists the lines that the cell must leave in the log, in their order but for those
// of a launch.
func (c *pendCell) want(k *pendKind) (list []string) {
	after := func(rc int) {
		list = append(list, strings.ReplaceAll(fmt.Sprintf("AFTER CELL; rc=%d var=var-CELL avp=newer-CELL,older-CELL flag=set param=%s %s;", rc, c.param, k.shown), "CELL", c.name))
	}
	say := func(word string) { list = append(list, word+" "+c.name+";") }
	switch c.form {
	case "place":
		for _, s := range strings.Fields(c.steps) {
			list = append(list, "STEP "+c.name+"; "+s+";")
		}
		after(1)
	case "launch":
		report := fmt.Sprintf("REPORT %s; rc=%d param=p-%s var=<null> avp=<null> method=DUMMY;", c.name, c.rc, c.name)
		if c.takes == 0 {
			list = append(list, report)
		}
		after(1)
		say("BEHIND")
		if c.takes > 0 {
			list = append(list, report)
		}
	case "block", "comma":
		after(c.rc)
	case "condition":
		after(c.rc)
		say(map[bool]string{true: "TRUE", false: "FALSE"}[c.rc > 0])
		say("BEHIND")
	default:
		after(c.rc)
		say("BEHIND")
	}
	return list
}

// delay is how long the route itself waits: not at all for what it has launched.
func (c *pendCell) delay() time.Duration {
	if c.form == "launch" {
		return 0
	}
	return c.takes
}
