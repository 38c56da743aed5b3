package e2e

import (
	"strconv"
	"testing"

	"github.com/fastsips/fastsips/internal/invariants"
)

// A request that is answered without state costs no allocation, whichever loop read it.
func TestStatelessAnswersDoNotAllocate(t *testing.T) {
	checkStateless(t, `sl_send_reply(200, "OK"); exit;`, func(u *plainUA) {})
}

// Nor does one that is forwarded without state, with its answer.
func TestStatelessForwardingDoesNotAllocate(t *testing.T) {
	checkStateless(t, `forward();`, func(u *plainUA) {
		u.answer(u.receive(u.callee, "OPTIONS "), "200 OK")
	})
}

// checkStateless puts OPTIONS through a proxy; serve is what the callee does.
func checkStateless(t *testing.T, last string, serve func(*plainUA)) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	for _, loops := range []int{1, 4} {
		t.Run("loops="+strconv.Itoa(loops), func(t *testing.T) {
			udp, _ := startInProcess(t, loops, last)
			ua := newPlainUA(t, udp)
			checkAllocsIn(t, 2, func(n int) {
				for range n {
					ua.n++
					ua.send("OPTIONS", 1)
					serve(ua)
					ua.receive(ua.caller, "SIP/2.0 200")
				}
			})
		})
	}
}
