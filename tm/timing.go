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

// life is 64*T1: timers H, J, L, M, and the wait of §9.1 for the final response
// to a cancelled request.
func (t *Timing) life() time.Duration { return 64 * t.T1 }

// timerD is "at least 32 seconds for unreliable transports" (§17.1.1.2), and
// covers a server's timer H where T1 is longer than usual.
func (t *Timing) timerD() time.Duration { return max(32*time.Second, t.life()) }
