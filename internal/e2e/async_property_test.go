package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
)

// Random sequences of {suspend, complete, fail, time out, cancel, retransmit, reload}
// against a model that knows nothing of loops, tables and frames. Of every run it must hold
// that it goes on exactly once when what it waits for has ended, not before, on the loop
// that owns its call, with the script that it began with and the value that the model has;
// that nothing is begun twice; that its request gets one final response; and that in the
// end nothing is left (see siptest.Virtual.Stop).
//
// FASTSIPS_SEED plays one sequence again, FASTSIPS_DEEP=1 some thousands.
func TestRunsResumeOnce(t *testing.T) {
	t.Parallel()
	first, last := uint64(0), uint64(60)
	if deep() {
		last = 2000
	}
	if s := os.Getenv("FASTSIPS_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first, last = seed, seed+1
	}
	for seed := first; seed < last; seed++ {
		if !t.Run("", func(t *testing.T) { newHoldWalk(t, seed).play() }) {
			return
		}
	}
}

// holdLimit is the deadline of every operation. Time passes in steps of 100 ms, so that no
// deadline is near one.
const holdLimit = 1930 * time.Millisecond

// holdScript: the ways to wait, by the user. VERSION tells a reload.
const holdScript = `
socket=udp:[proxy]
async_cancel=[cancel]
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "sipmsgops.so"
loadmodule "hold.so"
route {
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	if (is_method("ACK")) { t_check_trans(); exit; }
	switch ($rU) {
	case "async": async(hold($ci, 0), done, "1930ms");
	case "block": async(done, "1930ms") { hold($ci, 0); hold($ci, 1); hold($ci, 2); }
	case "chain": async(hold($ci, 0), second, "1930ms");
	case "all": async_all { hold($ci, 0); hold($ci, 1); hold($ci, 2); } (done, "1930ms");
	case "launch": launch(hold($ci, 0), report, $ci, "1930ms"); break;
	case "plain": hold($ci, 0); route(done); exit;
	case "both": launch(hold($ci, 0), report, $ci, "1930ms"); async(hold($ci, 1), done, "1930ms");
	}
	t_reply(480, "Launched");
}
route[second] { hold($ci, 1); route(done); }
route[report] { mark($param(1), $rc, VERSION); }
route[done] {
	mark($ci, $rc, VERSION);
	t_reply(480, "Done");
}
`

var holdKinds = []string{"async", "block", "chain", "all", "launch", "plain", "both"}

// A holdWalk is one sequence.
type holdWalk struct {
	t       *testing.T
	seed    uint64
	rng     *rand.Rand
	net     *siptest.Net
	v       *siptest.Virtual
	holds   *holdModule
	caller  loop.Addr
	calls   []*holdCall
	version int
	cancels bool // async_cancel
	steps   []string
}

func newHoldWalk(t *testing.T, seed uint64) *holdWalk {
	w := &holdWalk{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 3)), net: siptest.NewNet(), holds: &holdModule{}}
	w.cancels = w.rng.IntN(2) == 0
	w.caller = w.net.Listen(func(_ loop.Addr, b []byte) { w.heard(string(b)) })
	w.v = siptest.StartVirtual(t, w.net, siptest.VirtualConfig{
		Script: w.script(), Loops: 1 + w.rng.IntN(4), Vars: map[string]string{"cancel": map[bool]string{true: "yes", false: "no"}[w.cancels]},
		Modules: module.Catalogue{"hold": func() module.Module { return w.holds }},
	})
	return w
}

func (w *holdWalk) script() string {
	return strings.ReplaceAll(holdScript, "VERSION", strconv.Itoa(w.version))
}

func (w *holdWalk) play() {
	for range 60 {
		w.step()
		if w.check(); w.t.Failed() {
			break
		}
	}
	for range 60 { // until the last one has timed out
		w.pass(100 * time.Millisecond)
	}
	w.check()
	w.judge()
	if w.t.Failed() {
		w.t.Logf("FASTSIPS_SEED=%d, async_cancel %v\n%s", w.seed, w.cancels, strings.Join(w.steps, "\n"))
	}
}

func (w *holdWalk) note(format string, args ...any) {
	w.steps = append(w.steps, fmt.Sprintf("%6d ms ", (w.net.Now()-int64(time.Hour))/1e6)+fmt.Sprintf(format, args...))
}

// step does one thing.
func (w *holdWalk) step() {
	switch w.rng.IntN(10) {
	case 0, 1, 2:
		w.suspend(holdKinds[w.rng.IntN(len(holdKinds))])
	case 3, 4, 5:
		w.end(w.rng.IntN(4) == 0)
	case 6:
		if c := w.unanswered(); c != nil {
			w.note("cancel %s", c.id)
			w.send(c, "CANCEL", "")
			w.net.Run(0, nil)
			c.cancel(w.cancels, w.net.Now())
		}
	case 7:
		if c := w.unanswered(); c != nil {
			w.note("retransmit %s", c.id)
			w.send(c, "INVITE", "")
			w.net.Run(0, nil)
		}
	case 8:
		w.version++
		w.note("reload %d", w.version)
		if err := w.v.Reload(w.script()); err != nil {
			w.t.Fatal(err)
		}
	default:
		w.pass(time.Duration(1+w.rng.IntN(12)) * 100 * time.Millisecond)
	}
}

func (w *holdWalk) pass(d time.Duration) {
	w.note("pass %v", d)
	w.net.Run(d, nil)
	for _, c := range w.calls {
		c.tick(w.net.Now())
	}
}

func (w *holdWalk) suspend(kind string) {
	c := newHoldCall(kind, fmt.Sprintf("%s-%d", kind, len(w.calls)), w.version)
	w.calls = append(w.calls, c)
	w.note("suspend %s", c.id)
	w.send(c, "INVITE", "")
	w.net.Run(0, nil)
	c.begin(w.net.Now())
}

// end ends an operation, one that is under way or one that nobody waits for any more.
func (w *holdWalk) end(late bool) {
	var list []*holdOp
	for _, o := range w.holds.all {
		if o.over == late {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		return
	}
	o := list[w.rng.IntN(len(list))]
	fails := w.rng.IntN(3) == 0
	w.note("end %s %d, late %v, fails %v", o.call, o.number, late, fails)
	w.v.Group().Do(o.loop, func(l *loop.Loop) {
		if o.end(l, fails) == late {
			w.t.Errorf("%s %d: taken: %v", o.call, o.number, !late)
		}
	})
	w.net.Run(0, nil)
	if !late {
		w.callOf(o.call).ended(o.number, map[bool]int{true: holdFailed, false: 1}[fails], w.net.Now())
	}
}

func (w *holdWalk) callOf(id string) *holdCall {
	return w.calls[slices.IndexFunc(w.calls, func(c *holdCall) bool { return c.id == id })]
}

// unanswered is a call without a final response.
func (w *holdWalk) unanswered() *holdCall {
	var list []*holdCall
	for _, c := range w.calls {
		if c.status == 0 {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[w.rng.IntN(len(list))]
}

func (w *holdWalk) send(c *holdCall, method, toTag string) {
	to := loop.AddrFrom(netip.MustParseAddrPort(w.v.Address()))
	w.net.Send(w.caller, to, fmt.Appendf(nil, "%[1]s sip:%[2]s@%[3]s SIP/2.0\r\nVia: SIP/2.0/UDP %[4]s;branch=z9hG4bK%[5]s\r\nMax-Forwards: 70\r\n"+
		"From: <sip:caller@%[4]s>;tag=1\r\nTo: <sip:%[2]s@%[3]s>%[6]s\r\nCall-ID: %[5]s\r\nCSeq: 1 %[1]s\r\nContact: <sip:%[4]s>\r\nContent-Length: 0\r\n\r\n",
		method, c.kind, w.v.Address(), w.caller, c.id, toTag))
}

// heard takes a response, and acknowledges a final one.
func (w *holdWalk) heard(text string) {
	header := func(name string) string {
		_, rest, _ := strings.Cut(text, "\r\n"+name+": ")
		value, _, _ := strings.Cut(rest, "\r\n")
		return value
	}
	status, _ := strconv.Atoi(strings.Fields(text)[1])
	if status < 200 || !strings.HasSuffix(header("CSeq"), "INVITE") {
		return
	}
	c := w.callOf(header("Call-ID"))
	if c.got != 0 && c.got != status {
		w.t.Errorf("%s was answered with %d and %d", c.id, c.got, status)
	}
	c.got = status
	_, tag, _ := strings.Cut(header("To"), ";")
	w.send(c, "ACK", ";"+tag)
}

// check compares what has happened with what should have.
func (w *holdWalk) check() {
	for _, c := range w.calls {
		var got []holdMark
		owner := w.v.Transport().Owner().Of([]byte(c.id))
		for _, m := range w.holds.marks {
			if m.call != c.id {
				continue
			}
			if m.loop != owner {
				w.t.Errorf("%s went on on loop %d, its owner is %d", c.id, m.loop, owner)
			}
			m.loop = 0
			got = append(got, m)
		}
		if !slices.Equal(got, c.marks) {
			w.t.Errorf("%s went on as %v, want %v", c.id, got, c.marks)
		}
		if c.got != c.status {
			w.t.Errorf("%s was answered with %d, want %d", c.id, c.got, c.status)
		}
		if n := w.holds.begun(c.id); n != c.begun {
			w.t.Errorf("%s has begun %d operations, want %d", c.id, n, c.begun)
		}
	}
}

// judge: in the end every run has gone on, and every request was answered.
func (w *holdWalk) judge() {
	for _, c := range w.calls {
		want := 1
		if c.kind == "both" {
			want = 2
		}
		if len(c.marks) != want || c.got == 0 {
			w.t.Errorf("%s: %d runs, answered with %d", c.id, len(c.marks), c.got)
		}
	}
}
