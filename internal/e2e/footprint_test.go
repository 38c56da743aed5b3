package e2e

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/proxy"
)

// maxSuspended is what a suspended INVITE may cost besides the 2 KiB of its message's
// receive slot.
const maxSuspended = 4 << 10

const slotBytes = 2 << 10

// A suspended INVITE costs at most 4 KiB beyond its message: the transaction, its run,
// the operation, timers, what is to be sent again.
func TestSuspendedInviteIsSmall(t *testing.T) {
	if n := suspendedBytes(newBulk(t), 20_000); n > maxSuspended {
		t.Errorf("a suspended INVITE costs %.0f bytes beyond its message, of which %d are allowed", n, maxSuspended)
	}
}

// BenchmarkSuspendedInvite prints what each of 50,000 suspended INVITEs costs.
func BenchmarkSuspendedInvite(b *testing.B) {
	for b.Loop() {
		n := suspendedBytes(newBulk(b), 50_000)
		b.ReportMetric(n, "B/suspended")
		b.ReportMetric(n+slotBytes, "B/suspended+slot")
	}
}

// suspendedBytes parks calls and returns what one takes in the heap, less its slot.
func suspendedBytes(b *bulk, calls int) float64 {
	b.call("suspended") // what there is once for all
	b.v.Net.Run(time.Second, nil)
	before := measure()
	for range calls {
		b.call("suspended")
		b.v.Net.Run(0, nil)
	}
	b.v.Net.Run(time.Second, nil)
	after := measure()
	b.v.Net.Run(time.Hour, nil) // they are answered
	return float64(after.heap-before.heap)/float64(calls) - slotBytes
}

// BenchmarkTombstone prints what a finished transaction costs while it lingers, by how
// its call ended: two of each call are of the INVITE, of answered ones two more of the
// BYE. What the heap has grown by are the records of the tables, timers, the index, and
// the messages that may have to be sent again, in blocks; slabs have room to spare.
func BenchmarkTombstone(b *testing.B) {
	for _, kind := range []string{"answered", "busy", "own"} {
		b.Run("call="+kind, func(b *testing.B) {
			for b.Loop() {
				tombstoneBytes(b, kind, 100_000)
			}
		})
	}
}

func tombstoneBytes(tb *testing.B, kind string, calls int) {
	b := newBulk(tb)
	b.call(kind)
	b.v.Net.Run(time.Second, nil)
	before, from := measure(), b.entries()
	for i := range calls {
		b.call(kind)
		b.v.Net.Run(0, nil)
		if i%1000 == 0 {
			b.v.Net.Run(10*time.Millisecond, nil)
		}
	}
	after, n := measure(), b.entries()-from
	tb.ReportMetric(float64(after.heap-before.heap)/float64(n), "B/tombstone")
	tb.ReportMetric(float64(proxy.TombstoneSize), "B/record")
	tb.ReportMetric(float64(b.holdings().Kept)/float64(n), "kept/tombstone")
	tb.ReportMetric(float64(n)/float64(calls), "tombstones/call")
}
