package tm

import "time"

// Timing holds the timer values of RFC 3261 Appendix A and OpenSIPS's two
// timeouts. A zero duration means the default.
type Timing struct {
	T1       time.Duration // round-trip estimate; 500 ms
	T2       time.Duration // longest retransmission interval, INVITE requests excepted; 4 s
	T4       time.Duration // how long a message stays in the network; 5 s
	FR       time.Duration // fr_timeout, timers B and F; 30 s (64*T1 = 32 s in RFC 3261)
	FRInvite time.Duration // fr_inv_timeout, timer C; 120 s (over 3 minutes in RFC 3261)

	// RestartFROnEachReply has every provisional response but 100 restart timer C,
	// as §16.7 step 2 demands and restart_fr_on_each_reply does. Otherwise only the
	// first one does, and each of 180 or more that is higher than all before it.
	RestartFROnEachReply bool

	// What follows are OpenSIPS's ways where RFC 3261 has others; zero is the RFC's.

	CapInvite      bool          // timer A stops doubling at T2
	ChallengesOnce bool          // timer G does not repeat a 401 or 407
	Wait           time.Duration // wt_timer, in place of timers D, I, J, K, L and M; timer H is FR then
}

func (t Timing) withDefaults() Timing {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&t.T1, 500*time.Millisecond)
	set(&t.T2, 4*time.Second)
	set(&t.T4, 5*time.Second)
	set(&t.FR, 30*time.Second)
	set(&t.FRInvite, 120*time.Second)
	return t
}

// life is 64*T1: the wait of §9.1 for the final response to a cancelled request,
// and what most timers of Appendix A are.
func (t *Timing) life() time.Duration { return 64 * t.T1 }

// longestA is where timer A stops doubling: nowhere, in RFC 3261.
func (t *Timing) longestA() time.Duration {
	if t.CapInvite {
		return t.T2
	}
	return 1<<62 - 1
}

// timerD is "at least 32 seconds for unreliable transports" (§17.1.1.2), and
// covers a server's timer H where T1 is longer than usual.
func (t *Timing) timerD() time.Duration { return t.waitOr(max(32*time.Second, t.life())) }

// timerH is how long the final response to an INVITE is repeated without an ACK.
func (t *Timing) timerH() time.Duration {
	if t.Wait > 0 {
		return t.FR
	}
	return t.life()
}

// timerIK is timers I and K: copies of an ACK, of a final response.
func (t *Timing) timerIK() time.Duration { return t.waitOr(t.T4) }

// timerJLM is timers J, L and M: copies of a request, and of a 2xx to INVITE.
func (t *Timing) timerJLM() time.Duration { return t.waitOr(t.life()) }

func (t *Timing) waitOr(rfc time.Duration) time.Duration {
	if t.Wait > 0 {
		return t.Wait
	}
	return rfc
}

// TryingAfter is when a request other than INVITE gets a 100: "the amount of time
// it takes a client transaction's Timer E to be reset to T2" (RFC 4320 §4.1), which
// is 3.5 s by default. The client's T1 and T2 are taken to be ours.
func (t Timing) TryingAfter() time.Duration {
	t = t.withDefaults()
	at := time.Duration(0)
	for e := t.T1; e < t.T2; e *= 2 {
		at += e
	}
	return at
}
