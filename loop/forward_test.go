package loop

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/internal/invariants"
)

// A forwarder is what a proxy does without a script: each datagram goes to the
// loop that owns it, and from there to a sink.
type forwarder struct {
	g    *Group
	u    *UDP
	sink *peer
	from *peer
}

// newForwarder starts loops that forward. Every 16th datagram is kept until the
// next of its loop, as a transaction would keep it. A single loop owns all.
func newForwarder(t testing.TB, loops int) *forwarder {
	f := &forwarder{}
	f.g = newGroup(t, Config{Loops: loops}, func(g *Group) {
		kept := NewLocal[*Slot](g, nil)
		f.u = mustListen(t, g, UDPConfig{Bind: localhost4, RecvBuf: 4 << 20, Recv: func(l *Loop, s *Slot) {
			if to := own(s, loops); to != l.Index() {
				l.HandOver(s, to)
				return
			}
			o := l.NewOut()
			o.Set(append(o.Buf()[:0], s.Bytes()...))
			f.u.Send(l, o, f.sink.addr, Addr{})
			l.Free(o)
			if s.Bytes()[1]%16 == 0 {
				s.Retain()
				mine := kept.On(l)
				if *mine != nil {
					l.Release(*mine)
				}
				*mine = s
			}
		}})
		f.sink = newPeer(t, f.u.Addr().WithPort(0), Addr{})
		f.from = newPeer(t, Addr{}, f.u.Addr())
	})
	return f
}

// window is how many datagrams are under way at once: few enough to lose none.
const window = 64

// warmUp is how many it takes until the pools hold what is ever under way.
const warmUp = 100 * window

// run has n datagrams like b forwarded.
func (f *forwarder) run(n int, b []byte) {
	for sent := 0; sent < n; sent += window {
		for i := range window {
			b[0], b[1] = byte(i), byte((sent+i)/7)
			f.from.send(b)
		}
		for range window {
			f.sink.recv()
		}
	}
}

// In steady state nothing is allocated: not for receiving, keeping, handing over,
// sending or going home. With four loops and one source three quarters of the
// datagrams are handed over.
func TestForwardAllocs(t *testing.T) {
	const n = 102_400
	for _, c := range []struct{ loops, size int }{{1, 450}, {4, 450}, {2, 3000}} {
		t.Run(fmt.Sprintf("loops=%d/size=%d", c.loops, c.size), func(t *testing.T) {
			n := n
			if invariants.Enabled || c.size > slotSize {
				n /= 10 // poisoning takes its time, and so do giants
			}
			f := newForwarder(t, c.loops)
			b := bytes.Repeat([]byte("x"), c.size)
			f.run(warmUp, b)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			f.run(n, b)
			runtime.ReadMemStats(&after)
			// The run-time has its own: a thread, a timer, a semaphore's waiter.
			limit := uint64(300)
			if c.size > outSize {
				limit += uint64(n) // a giant Out has to grow
			}
			if allocs := after.Mallocs - before.Mallocs; allocs > limit {
				t.Errorf("%d allocations for %d datagrams", allocs, n)
			}
			s := f.g.Snapshot()
			if total := uint64(n + warmUp); s.Received != total || s.HandedOver != total*uint64(c.loops-1)/uint64(c.loops) {
				t.Errorf("%+v", s)
			}
			if s.HandOverDrops+s.RecvDrops+s.SendErrors+s.Panics != 0 {
				t.Errorf("%+v", s)
			}
			slotsAreHome(t, f.g)
		})
	}
}

// The cost of a forwarded datagram, with that of the test's own two system calls.
func BenchmarkForward(b *testing.B) {
	for _, loops := range []int{1, 4} {
		b.Run(fmt.Sprintf("loops=%d", loops), func(b *testing.B) {
			f := newForwarder(b, loops)
			msg := bytes.Repeat([]byte("x"), 450)
			f.run(window, msg)
			b.SetBytes(450)
			b.ReportAllocs()
			b.ResetTimer()
			f.run(b.N, msg)
		})
	}
}

// The same without the test's sending: the loop reads what a burst has left it,
// and forwards it. CPU time is what counts, and what a busy machine does not blur.
func BenchmarkBurst(b *testing.B) {
	f := newForwarder(b, 1)
	msg := bytes.Repeat([]byte("x"), 450)
	f.g.Do(0, func(l *Loop) {
		var cpu int64
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			for range window {
				f.from.send(msg)
			}
			b.StartTimer()
			began := cpuTime()
			l.wakeUp()
			f.u.sockets[0].receive(l)
			l.flush()
			cpu += cpuTime() - began
		}
		b.ReportMetric(float64(cpu)/float64(b.N*window), "cpu-ns/datagram")
	})
}

// cpuTime is what the process has used, in nanoseconds.
func cpuTime() int64 {
	var r unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &r)
	return r.Utime.Nano() + r.Stime.Nano()
}
