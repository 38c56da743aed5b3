package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
)

// A random walk: many calls at a time through the proxy in virtual time, by phones that
// keep to RFC 3261, over a network that loses, doubles and delays; the proxy forwards,
// forks, tries one after the other, waits, answers itself. Of each walk it must hold that
//
//   - every request has got a final response, unless its server keeps silent or the
//     network ate nearly all of a transaction that is not an INVITE (RFC 4320: no 408);
//   - every 2xx to INVITE that a callee sent and repeated has reached the caller (RFC
//     3261 §13.3.1.4, §16.7 5, RFC 6026), and every refusal was acknowledged (§17.1.1.3);
//   - a request has left for each phone once, copies apart (§17.2.1);
//   - the proxy sends no provisional response after a final one, and no second refusal
//     (§16.7 5); no CANCEL before a provisional response (§9.1);
//   - a call that was answered, refused or given up ends for all phones that ring, within
//     the time that the timers leave (§9.1, §16.7 10, §16.8);
//   - in the end nothing is left in the proxy (see siptest.Virtual.Stop).
//
// FASTSIPS_SEED plays one walk again, FASTSIPS_DEEP=1 some ten thousand.
func TestRandomWalk(t *testing.T) {
	t.Parallel()
	if s := os.Getenv("FASTSIPS_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		playWalk(t, seed)
		return
	}
	walks := uint64(300)
	if deep() {
		walks = 10_000
	}
	for seed := range walks {
		if !t.Run("", func(t *testing.T) { playWalk(t, seed) }) {
			return
		}
	}
}

// A walk is one network with its calls.
type walk struct {
	net       *siptest.Net
	proxyAddr loop.Addr
	ports     []loop.Addr // phone i of every call
	calls     map[string]*walkCall
	loss      float64
	double    float64
	slow      float64 // how many datagrams are late
	waits     []int   // microseconds that the script may wait
}

// maxLost is how many of the same datagrams are lost in a row at most. With three hops
// out of three lost a 2xx, which its server sends eleven times, could be lost for good,
// and that would be nobody's fault.
const maxLost = 2

func playWalk(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	w := &walk{net: siptest.NewNet(), calls: map[string]*walkCall{}, loss: rng.Float64() * 0.2, double: rng.Float64() * 0.1,
		slow: rng.Float64() * 0.3, waits: []int{1000, 50_000, 300_000, 2_000_000, 10_000_000}}
	vars := map[string]string{}
	for i := range 4 {
		w.ports = append(w.ports, w.net.Listen(func(from loop.Addr, b []byte) { w.arrived(i, from, b) }))
		vars["p"+strconv.Itoa(i)] = w.ports[i].String()
	}
	for _, p := range walkParams {
		if rng.IntN(6) == 0 {
			vars["params"] += p + "\n"
		}
	}
	if vars["params"] == "" { // it has to be there
		vars["params"] = "\n"
	}
	w.net.Fate = w.fate
	p := siptest.StartVirtual(t, w.net, siptest.VirtualConfig{Script: walkScript, Vars: vars, Loops: 1 + rng.IntN(3)})
	w.proxyAddr = p.Transport().Listeners()[0].Addr()
	for n := range 30 {
		c := w.newCall(seed, n)
		w.net.At(w.net.Now()+rng.Int64N(int64(5*time.Second)), c.begin)
	}
	w.net.Run(10*time.Minute, nil)
	for n := range 30 {
		w.judge(t, seed, w.calls[callID(n)])
	}
}

func callID(n int) string { return "walk" + strconv.Itoa(n) }

func (w *walk) newCall(seed uint64, n int) *walkCall {
	c := &walkCall{w: w, id: callID(n), rng: rand.New(rand.NewPCG(seed, uint64(n)<<8|2)), fate: rand.New(rand.NewPCG(seed, uint64(n)<<8|3)),
		lostRun: map[string]int{}, lost: map[string]int{}, mute: map[string]bool{}, rang: map[string]int64{}, heard: map[string]int64{}, invited: map[string]int64{}, final: map[string]string{}}
	c.kind = walkKinds[c.rng.IntN(len(walkKinds))]
	for i, a := range w.ports {
		c.phones = append(c.phones, &walkPhone{walkCall: c, number: i, addr: a, tag: fmt.Sprintf("t%d%s", i, c.id),
			sent: map[string]*walkRequest{}, served: map[string]*walkServed{}, dialogs: map[string]*walkDialog{}})
	}
	w.calls[c.id] = c
	return c
}

// arrived gives a datagram to the phone of its call.
func (w *walk) arrived(i int, from loop.Addr, b []byte) {
	m := readWalkMsg(from, b)
	c := w.calls[m.callID]
	c.note("%s", w.line(from, w.ports[i], m, "arrives"))
	c.phones[i].receive(m)
}

// fate says what becomes of a datagram; that depends on nothing but its call, so that a
// walk can be played again.
func (w *walk) fate(from, to loop.Addr, b []byte) (delays []time.Duration) {
	m := readWalkMsg(from, b)
	c := w.calls[m.callID]
	if from == w.proxyAddr {
		c.watch(to, m)
	}
	run := fmt.Sprint(from, to, m, m.branch, m.cseq)
	if c.fate.Float64() < w.loss && c.lostRun[run] < maxLost {
		c.lostRun[run]++
		c.lost[m.cseq+m.method]++
		c.note("%s", w.line(from, to, m, "is lost"))
		return nil
	}
	c.lostRun[run] = 0
	for again := true; again; again = c.fate.Float64() < w.double {
		d := time.Duration(1+c.fate.IntN(20)) * time.Millisecond
		if c.fate.Float64() < w.slow {
			d += time.Duration(c.fate.IntN(700)) * time.Millisecond
		}
		delays = append(delays, d)
	}
	c.note("%s", w.line(from, to, m, fmt.Sprint("takes ", delays)))
	if to == w.proxyAddr && m.status > 0 {
		w.net.At(w.net.Now()+int64(slices.Min(delays)), func() {
			first(c.heard, m.branch, w.net.Now())
			if m.status < 200 {
				first(c.rang, m.branch, w.net.Now())
			}
		})
	}
	return delays
}

// watch looks at what the proxy sends.
func (c *walkCall) watch(to loop.Addr, m *walkMsg) {
	switch {
	case m.verb == "INVITE":
		first(c.invited, m.branch, c.w.net.Now())
	case m.verb == "CANCEL" && c.rang[m.branch] == 0:
		c.fail("a CANCEL before a provisional response")
	case m.status == 0 || m.method != "INVITE":
	case m.status < 200:
		if c.final[m.branch] != "" {
			c.fail("%v after %v", m, c.final[m.branch])
		}
	case m.status < 300:
		c.final[m.branch] = "2xx"
	case c.final[m.branch] == "":
		c.final[m.branch] = m.String()
	case c.final[m.branch] == "2xx" && !c.refused(m), c.final[m.branch] != "2xx" && c.final[m.branch] != m.String():
		c.fail("%v after %v", m, c.final[m.branch])
	}
}

// first notes a time that has not been noted.
func first(m map[string]int64, key string, at int64) {
	if m[key] == 0 {
		m[key] = at
	}
}

// refused reports whether a refusal had been sent before the 2xx.
func (c *walkCall) refused(m *walkMsg) bool {
	for _, line := range c.ladder {
		if strings.Contains(line, "proxy > p0 "+m.String()+" ") {
			return true
		}
	}
	return false
}

func (c *walkCall) note(format string, args ...any) {
	c.ladder = append(c.ladder, fmt.Sprintf(format, args...))
}

func (c *walkCall) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	c.wrong = append(c.wrong, text)
	c.note("           ^ %s", text)
}

// line is one of a ladder.
func (w *walk) line(from, to loop.Addr, m *walkMsg, what string) string {
	return fmt.Sprintf("%9.3f %s > %s %v %s %s", float64(w.net.Now())/1e9-3600, w.name(from), w.name(to), m, m.branch, what)
}

func (w *walk) name(a loop.Addr) string {
	for i, p := range w.ports {
		if p == a {
			return "p" + strconv.Itoa(i)
		}
	}
	return "proxy"
}

// judge looks at how a call has ended.
func (w *walk) judge(t *testing.T, seed uint64, c *walkCall) {
	t.Helper()
	for _, p := range c.phones {
		for _, r := range p.sent {
			c.judgeRequest(p, r)
		}
		fresh := map[string]bool{}
		for _, s := range p.served {
			c.judgeServed(p, s)
			if s.req.verb == "INVITE" && s.req.toTag == "" {
				fresh[s.req.branch] = true
			}
		}
		if len(fresh) > 1 {
			c.fail("p%d got %d INVITEs", p.number, len(fresh))
		}
	}
	if len(c.wrong) > 0 {
		t.Errorf("FASTSIPS_SEED=%d, call %s, %s: %s\n%s", seed, c.id, c.kind, strings.Join(c.wrong, "; "), strings.Join(c.ladder, "\n"))
	}
}

func (c *walkCall) judgeRequest(p *walkPhone, r *walkRequest) {
	if r.status != 0 {
		return
	}
	if r.method == "INVITE" || c.lost[r.cseq+r.method] < 8 && !c.mute[r.cseq+r.method] {
		c.fail("p%d's %s %s got no final response", p.number, r.method, r.cseq)
	}
}

func (c *walkCall) judgeServed(p *walkPhone, s *walkServed) {
	switch {
	case s.req.verb != "INVITE":
	case s.final == 0 && c.known(s):
		c.fail("p%d rings for ever", p.number)
	case s.final == 0:
	case s.final < 300 && s.req.toTag == "" && c.known(s) && c.phones[0].dialogs[p.tag] == nil:
		c.fail("the 2xx of p%d did not reach the caller", p.number)
	case s.final >= 300 && !s.acked:
		c.fail("p%d's %d was not acknowledged", p.number, s.final)
	}
}
