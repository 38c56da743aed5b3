package e2e

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
)

// A pendKind is a type of route and the script around it.
type pendKind struct {
	name  string
	param string // $param(1) in the route
	// main is what the main route does with the request of a cell; routes is the rest of
	// the script. %[1]s is the list of the cells as cases of a switch.
	main, routes string
	each         string // a route for each cell: NAME { BODY }
	edit         string // what the route does to the message, before it waits
	shows, shown string // what is to be seen of that, as a format and as text
	finish       string // what the route does in the end
	asks         bool   // a request starts it
	broken       bool   // one that cannot be read
	globals      string // global parameters
	wire         func(w *pendWire, c *pendCell)
	advance      time.Duration // how long it takes until all has been run; 2 s
}

// Parts that several kinds have in common.
const (
	pendEdit   = `append_hf("X-Edit: CELL\r\n"); $ru = "sip:moved-CELL@[callee]"; `
	pendBranch = `append_msg_branch("sip:other-CELL@[callee]"); `
)

// pendKinds are all types of route.
var pendKinds = []pendKind{
	{
		name: "main", asks: true, main: `switch ($rU) { %s }`, param: "<null>",
		edit: pendEdit + pendBranch, shows: "$ru", shown: "sip:moved-CELL@[callee]", finish: "t_relay();", wire: forkedWire,
	},
	{
		name: "nested", asks: true, main: `route(up, $rU);`, param: "p", routes: `route[up] { route($param(1), "p"); }`, each: `route[NAME]`,
		edit: pendEdit + pendBranch, shows: "$ru", shown: "sip:moved-CELL@[callee]", finish: "t_relay();", wire: forkedWire,
	},
	{
		name: "resume", asks: true, main: `switch ($rU) { RESUME }`, param: "<null>", each: `route[NAME]`,
		edit: pendEdit + pendBranch, shows: "$ru", shown: "sip:moved-CELL@[callee]", finish: "t_relay();", wire: forkedWire,
	},
	{
		name: "failure", asks: true, param: "<null>", each: `failure_route[NAME]`,
		main: `t_on_failure("$rU"); $ru = "sip:busy-" + $rU + "@[callee]"; t_relay();`,
		edit: pendEdit + pendBranch, shows: "$ru $T_reply_code", shown: "sip:moved-CELL@[callee] 486", finish: "t_relay();", wire: forkedWire,
	},
	{
		name: "branch", asks: true, param: "<null>", each: `branch_route[NAME]`,
		main: `t_on_branch("$rU"); append_msg_branch("sip:other-$rU@[callee]"); $ru = "sip:first-" + $rU + "@[callee]"; t_relay(); `,
		edit: `if ($rU =~ "^other") exit; ` + pendEdit, shows: "$ru", shown: "sip:moved-CELL@[callee]", wire: branchWire,
	},
	{
		name: "onreply", asks: true, param: "<null>", each: `onreply_route[NAME]`,
		main: `t_on_reply("$rU"); $ru = "sip:rings-" + $rU + "@[callee]"; t_relay();`,
		edit: pendReplyEdit, shows: "$rs", shown: "180", wire: replyWire,
	},
	{
		name: "onreply_branch", asks: true, param: "<null>", each: `onreply_route[NAME]`,
		main:   `t_on_branch("arm"); $ru = "sip:rings-" + $rU + "@[callee]"; t_relay();`,
		routes: `branch_route[arm] { t_on_reply("$tU"); }`,
		edit:   pendReplyEdit, shows: "$rs", shown: "180", wire: replyWire,
	},
	{
		name: "onreply_global", asks: true, param: "<null>",
		main:   `$ru = "sip:rings-" + $rU + "@[callee]"; t_relay();`,
		routes: `onreply_route { if ($rm == "INVITE") switch ($tU) { %s } }`,
		edit:   pendReplyEdit, shows: "$rs", shown: "180", wire: replyWire,
	},
	{
		name: "local", asks: true, param: "<null>",
		main:   `t_new_request("MESSAGE", "sip:made@[callee]", "sip:proxy@[proxy]", "sip:$rU@[callee]"); t_reply(200, "OK");`,
		routes: `local_route { switch ($tU) { %s } }`,
		edit:   pendEdit, shows: "$ru", shown: "sip:moved-CELL@[callee]", wire: localWire,
	},
	{
		name: "event", asks: true, param: "seven", main: `$avp(v) = "seven"; raise_event("$rU", $avp(v)); t_reply(200, "OK");`,
		each: `event_route[NAME]`, shows: "$rm", shown: "DUMMY", wire: answeredWire,
	},
	{
		name: "report", asks: true, param: "p", main: `switch ($rU) { LAUNCH } t_reply(200, "OK");`,
		each: `route[NAME]`, shows: "$rm", shown: "DUMMY", wire: answeredWire,
	},
	{
		name: "error", asks: true, broken: true, param: "<null>", routes: `error_route { switch ($rU) { %s } }`,
		shows: "$rm $err.rcode", shown: "INVITE 400", finish: `sl_send_reply($err.rcode, "Broken");`, wire: refusedWire("400"),
	},
	{
		name: "error_assert", asks: true, param: "<null>", globals: "enable_asserts=yes",
		main: `assert($rm != "INVITE", "no INVITE, please"); xlog("not reached\n");`, routes: `error_route { switch ($rU) { %s } }`,
		edit: `$ru = "sip:moved-CELL@[callee]"; `, shows: "$ru $err.rcode", shown: "sip:moved-CELL@[callee] 500", finish: `sl_send_reply($err.rcode, "Failed");`, wire: refusedWire("500"),
	},
	{name: "timer", param: "<null>", each: `timer_route[NAME, 1000]`, shows: "$rm", shown: "DUMMY", advance: 1001 * time.Second},
	{name: "startup", param: "<null>", routes: `startup_route { %s }`, shows: "$rm", shown: "DUMMY"},
}

// pendReplyEdit: only the 180 waits; a 200 is behind it.
const pendReplyEdit = `if ($rs != 180) exit; append_hf("X-Edit: CELL\r\n"); `

// script writes the script of a kind for some cells.
func (k *pendKind) script(cells []pendCell) string {
	var cases, resumes, launches, routes strings.Builder
	for i := range cells {
		c := &cells[i]
		body, more := c.text(k)
		routes.WriteString(more)
		switch {
		case k.each != "":
			fmt.Fprintf(&routes, "%s { %s }\n", strings.ReplaceAll(k.each, "NAME", c.name), body)
		case k.name == "startup":
			cases.WriteString(body)
		default:
			fmt.Fprintf(&cases, "case %q: %s break;\n", c.name, body)
		}
		fmt.Fprintf(&resumes, "case %q: async(pend(20, 1), %s);\n", c.name, c.name)
		fmt.Fprintf(&launches, "case %q: launch(pend(20, 1), %s, \"p\"); break;\n", c.name, c.name)
	}
	fill := func(s string) string {
		switch {
		case strings.Contains(s, "RESUME"):
			return strings.ReplaceAll(s, "RESUME", resumes.String())
		case strings.Contains(s, "LAUNCH"):
			return strings.ReplaceAll(s, "LAUNCH", launches.String())
		}
		return strings.ReplaceAll(s, "%s", cases.String())
	}
	return `
socket=udp:[proxy]
log_level=2
` + k.globals + `
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "sipmsgops.so"
loadmodule "pend.so"
route {
	if ($rm != "INVITE") { t_relay(); exit; }
	` + fill(k.main) + `
}
` + fill(k.routes) + routes.String()
}

// The table {type of route} × {async block, async with a comma, async_all, plain call, call
// in a condition, launch} × {operation that waits, that fails, that has nothing to wait for},
// and the places within a route. In every cell the rest of the run has all it had: $var,
// $avp, flags, parameters, edits of the message, the R-URI, the branch set. The statement
// behind async never runs, that behind a plain call when the operation has ended, that
// behind launch at once. What the route is for waits for it, and nothing else does.
func TestSuspendTable(t *testing.T) {
	for i := range pendKinds {
		k := &pendKinds[i]
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			cells := pendCells(k.name)
			if k.name != "startup" {
				k.play(t, cells)
				return
			}
			for i := range cells { // there is but one startup_route
				k.play(t, cells[i:i+1])
			}
		})
	}
}

func (k *pendKind) play(t *testing.T, cells []pendCell) {
	t.Helper()
	for i := range cells {
		cells[i].param = k.param
	}
	w := newPendWire(t, k, cells)
	for i := range cells {
		if k.asks {
			w.invite(cells[i].name, k.broken)
		}
	}
	w.net.Run(max(k.advance, 2*time.Second), nil)
	lines := w.proxy.Log()
	for i := range cells {
		c := &cells[i]
		got := w.linesOf(lines, c.name)
		want := c.want(k)
		for i := range want {
			want[i] = strings.NewReplacer("CELL", c.name, "[callee]", w.callee.String()).Replace(want[i])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: logged\n\t%s\nwant\n\t%s", c.name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		if k.wire != nil {
			k.wire(w, c)
		}
	}
}

// A pendWire is the network of a table: a caller, a callee, the proxy, and what they heard.
type pendWire struct {
	t              *testing.T
	net            *siptest.Net
	proxy          *siptest.Virtual
	caller, callee loop.Addr
	began          int64
	heard          map[string][]pendHeard // by cell
}

// A pendHeard is a message that came to the caller or the callee.
type pendHeard struct {
	at   time.Duration // after the beginning
	what string        // "180", "INVITE moved"
	edit string        // X-Edit
}

func newPendWire(t *testing.T, k *pendKind, cells []pendCell) *pendWire {
	t.Helper()
	w := &pendWire{t: t, net: siptest.NewNet(), heard: map[string][]pendHeard{}}
	w.caller = w.net.Listen(func(_ loop.Addr, b []byte) { w.hear(b) })
	w.callee = w.net.Listen(func(from loop.Addr, b []byte) { w.answer(from, b) })
	w.proxy = siptest.StartVirtual(t, w.net, siptest.VirtualConfig{
		Script: k.script(cells), Vars: map[string]string{"callee": w.callee.String()},
		Modules: module.Catalogue{"pend": func() module.Module { return new(pendModule) }},
	})
	w.began = w.net.Now()
	return w
}

func (w *pendWire) invite(user string, broken bool) {
	hops := "70"
	if broken {
		hops = "many"
	}
	to := loop.AddrFrom(netip.MustParseAddrPort(w.proxy.Address()))
	w.net.Send(w.caller, to, fmt.Appendf(nil, "INVITE sip:%[1]s@%[2]s SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[1]s\r\nMax-Forwards: %[4]s\r\n"+
		"From: <sip:caller@%[3]s>;tag=1\r\nTo: <sip:%[1]s@%[2]s>\r\nCall-ID: %[1]s\r\nCSeq: 1 INVITE\r\nContact: <sip:%[3]s>\r\nContent-Length: 0\r\n\r\n",
		user, w.proxy.Address(), w.caller, hops))
}

// hear notes a message under its cell, which the To header names.
func (w *pendWire) hear(b []byte) (first, cell string) {
	text := string(b)
	first, _, _ = strings.Cut(text, "\r\n")
	header := func(name string) string {
		_, rest, _ := strings.Cut(text, "\r\n"+name+": ")
		value, _, _ := strings.Cut(rest, "\r\n")
		return value
	}
	_, cell, _ = strings.Cut(header("To"), "sip:")
	cell, _, _ = strings.Cut(cell, "@")
	what := strings.Fields(first)[1]
	if method, rest, _ := strings.Cut(first, " sip:"); rest != "" {
		target, _, _ := strings.Cut(rest, "-")
		what = method + " " + target
	}
	at := time.Duration(w.net.Now() - w.began)
	w.heard[cell] = append(w.heard[cell], pendHeard{at, what, header("X-Edit")})
	return first, cell
}

// answer is the callee: what it is asked tells what it answers.
func (w *pendWire) answer(from loop.Addr, b []byte) {
	first, _ := w.hear(b)
	reply := func(status string) {
		lines := strings.Split(string(b), "\r\n")
		out := "SIP/2.0 " + status + " X\r\n"
		for _, l := range lines[1:] {
			name, _, _ := strings.Cut(l, ":")
			switch {
			case name == "To":
				out += l + ";tag=2\r\n"
			case slices.Contains([]string{"Via", "From", "Call-ID", "CSeq"}, name):
				out += l + "\r\n"
			}
		}
		w.net.Send(w.callee, from, []byte(out+"Content-Length: 0\r\n\r\n"))
	}
	switch {
	case strings.HasPrefix(first, "ACK"):
	case strings.Contains(first, "sip:busy-"):
		reply("486")
	case strings.Contains(first, "sip:other-"):
		reply("404")
	case strings.Contains(first, "sip:rings-"):
		reply("180")
		reply("200")
	default:
		reply("200")
	}
}

// linesOf returns the lines of the log that are about a cell, from their first word on.
func (w *pendWire) linesOf(lines []string, cell string) (list []string) {
	for _, l := range lines {
		if _, text, ok := strings.Cut(l, "NOTICE:"); ok && strings.Contains(text, " "+cell+";") {
			list = append(list, text)
		}
	}
	return list
}

// want fails the test unless the cell has heard what at that time, with that X-Edit.
func (w *pendWire) want(c *pendCell, at time.Duration, what, edit string) {
	w.t.Helper()
	for _, h := range w.heard[c.name] {
		if h.what != what {
			continue
		}
		// the wheel's ticks make each pause up to two milliseconds longer
		if d := h.at - at; d < 0 || d > 10*time.Millisecond || h.edit != edit {
			w.t.Errorf("%s: %s came after %v with X-Edit %q, want %v and %q", c.name, what, h.at, h.edit, at, edit)
		}
		return
	}
	w.t.Errorf("%s: no %s came, but %v", c.name, what, w.heard[c.name])
}

// forkedWire: the request leaves on both branches when the route has ended, as it was
// changed; the caller gets the 200.
func forkedWire(w *pendWire, c *pendCell) {
	at := c.delay()
	if strings.HasPrefix(c.name, "resume") {
		at += 20 * time.Millisecond
	}
	w.want(c, at, "INVITE moved", c.name)
	w.want(c, at, "INVITE other", c.name)
	w.want(c, at, "200", "")
}

// branchWire: "a branch route that suspends delays only its branch".
func branchWire(w *pendWire, c *pendCell) {
	w.want(c, 0, "INVITE other", "")
	w.want(c, c.delay(), "INVITE moved", c.name)
	w.want(c, c.delay(), "200", "")
}

// replyWire: the 180 waits, and the 200 behind it, for "replies of a branch leave in order".
func replyWire(w *pendWire, c *pendCell) {
	w.want(c, c.delay(), "180", c.name)
	w.want(c, c.delay(), "200", "")
	var order []string
	for _, h := range w.heard[c.name] {
		if h.what == "180" || h.what == "200" {
			order = append(order, h.what)
		}
	}
	if !slices.Equal(order[:min(2, len(order))], []string{"180", "200"}) {
		w.t.Errorf("%s: replies came as %v", c.name, order)
	}
}

// localWire: the request made here leaves when local_route has ended; nobody waits for it.
func localWire(w *pendWire, c *pendCell) {
	w.want(c, c.delay(), "MESSAGE moved", c.name)
	w.want(c, 0, "200", "")
}

// refusedWire: error_route answers when it has ended, and nothing is relayed.
func refusedWire(status string) func(*pendWire, *pendCell) {
	return func(w *pendWire, c *pendCell) {
		w.want(c, c.delay(), status, "")
		for _, h := range w.heard[c.name] {
			if h.what != status && h.what != "100" {
				w.t.Errorf("%s: %s came too", c.name, h.what)
			}
		}
	}
}

// answeredWire: what runs on its own delays no answer.
func answeredWire(w *pendWire, c *pendCell) { w.want(c, 0, "200", "") }
