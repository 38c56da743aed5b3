package e2e

import (
	"iter"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
)

// RFC 3261 §17.1.1.2: "When timer A fires, the client transaction MUST retransmit the
// request … and MUST reset the timer with a value of 2*T1", and so on without an upper
// limit until timer B. §17.1.2.2: timer E doubles up to T2, and is T2 in Proceeding.
// §17.2.1: timer G of a final response to INVITE doubles up to T2, until timer H at
// 64*T1. A timer is never early. Each copy may be a little late, so that the last ones
// before the limit may miss it on a busy machine; there is never one more.
//
// OpenSIPS (semantics §6): "UDP retransmits at T1, 2T1, 4T1, then every T2 - for INVITE
// too"; "Negative finals to INVITE are retransmitted upstream over UDP until ACK or
// fr_timeout; 401/407 are sent once".
//
// checklist: C030 C054 C058 C061
func TestRetransmissionSchedules(t *testing.T) {
	t.Parallel()
	const config = `
socket=udp:[proxy]
loadmodule "tm.so"
modparam("tm", "T1_timer", 50)
modparam("tm", "T2_timer", 200)
modparam("tm", "fr_timeout", 3)
[ways]
route { t_relay(); }`
	const limit = 3 * time.Second // of timers B and F; H is at 3.2 s
	for _, c := range []struct {
		name, method string
		first        int // what the callee answers to the first copy, 0 for nothing
		copies       string
		ways         string          // OpenSIPS's
		at           []time.Duration // when they may come, at the earliest
	}{
		{name: "timer A", method: "INVITE", copies: "INVITE", at: ms(0, 50, 150, 350, 750, 1550)},
		{name: "timer E", method: "MESSAGE", copies: "MESSAGE", at: ms(0, 50, 150, 350, 550, 750, 950, 1150, 1350, 1550, 1750, 1950, 2150, 2350, 2550, 2750, 2950)},
		{name: "timer E in Proceeding", method: "MESSAGE", first: 100, copies: "MESSAGE", at: ms(0, 50, 250, 450, 650, 850, 1050, 1250, 1450, 1650, 1850, 2050, 2250, 2450, 2650, 2850)},
		{name: "timer G", method: "INVITE", first: 486, copies: "486", at: ms(0, 50, 150, 350, 550, 750, 950, 1150, 1350, 1550, 1750, 1950, 2150, 2350, 2550, 2750, 2950, 3150)},
		{name: "timer A up to T2", method: "INVITE", copies: "INVITE", ways: `modparam("tm", "invite_retr_cap", 1)`,
			at: ms(0, 50, 150, 350, 550, 750, 950, 1150, 1350, 1550, 1750, 1950, 2150, 2350, 2550, 2750, 2950)},
		{name: "timer G of a challenge", method: "INVITE", first: 401, copies: "401", at: ms(0, 50, 150, 350, 550, 750, 950, 1150, 1350, 1550, 1750, 1950, 2150, 2350, 2550, 2750, 2950, 3150)},
		{name: "a challenge once", method: "INVITE", first: 407, copies: "407", ways: `modparam("tm", "challenges_once", 1)`, at: ms(0)},
		{name: "others than challenges", method: "INVITE", first: 404, copies: "404", ways: `modparam("tm", "challenges_once", 1)`,
			at: ms(0, 50, 150, 350, 550, 750, 950, 1150, 1350, 1550, 1750, 1950, 2150, 2350, 2550, 2750, 2950, 3150)},
		{name: "timer G until fr_timeout", method: "INVITE", first: 486, copies: "486", ways: "modparam(\"tm\", \"rfc_wait_timers\", 0)\nmodparam(\"tm\", \"fr_timeout\", 1)",
			at: ms(0, 50, 150, 350, 550, 750, 950)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, config, map[string]string{"ways": c.ways})
			alice, bob := siptest.Listen(t), siptest.Listen(t)
			sent := time.Now()
			alice.Send(p.Addr, request(alice, c.method, "sip:bob@"+bob.Addr(), "timer"))
			ear := bob
			if c.first != 0 {
				answer(bob, bob.Expect(c.method, patience), c.first)
			}
			if c.first >= 200 {
				ear = alice
			} else if c.first != 0 {
				c.at = c.at[1:]
			}
			n := 0
			for m := range messages(ear, sent.Add(limit+time.Second)) {
				if !m.Is(c.copies) {
					continue
				}
				after := m.At.Sub(sent)
				if n == len(c.at) {
					t.Fatalf("one more %s after %v", c.copies, after)
				}
				if after < c.at[n] {
					t.Errorf("copy %d came after %v, before its time %v", n, after, c.at[n])
				}
				n++
			}
			if n < len(c.at) && c.at[n] < limit-700*time.Millisecond {
				t.Errorf("only %d copies, the next was due at %v", n, c.at[n])
			}
		})
	}
}

// messages yields what comes until a moment.
func messages(e *siptest.Endpoint, until time.Time) iter.Seq[*siptest.Message] {
	return func(yield func(*siptest.Message) bool) {
		for {
			if m := e.Next(time.Until(until)); m == nil || !yield(m) {
				return
			}
		}
	}
}

func ms(n ...int) (d []time.Duration) {
	for _, n := range n {
		d = append(d, time.Duration(n)*time.Millisecond)
	}
	return d
}
