package e2e

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/cfgutils"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/maxfwd"
	"github.com/fastsips/fastsips/modules/rr"
	"github.com/fastsips/fastsips/modules/sipmsgops"
	"github.com/fastsips/fastsips/modules/sl"
	"github.com/fastsips/fastsips/modules/tm"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
	"golang.org/x/sys/unix"
)

// BenchmarkCall is a whole call, its timers included, without sockets: six messages are
// relayed. The CPU time of the user agents is a constant part of it, and small.
func BenchmarkCall(b *testing.B) {
	ua, v := newVirtualUA(b)
	ua.calls(1000) // fills the pools
	b.ReportAllocs()
	before := cpuTime()
	for b.Loop() {
		ua.calls(1)
		v.Advance(50 * time.Millisecond)
	}
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
}

// BenchmarkBusyCall is BenchmarkCall on a loop that takes 5,000 calls a second and keeps
// what lingers of half a minute of them: half a million transactions, in no cache.
func BenchmarkBusyCall(b *testing.B) {
	const step, lingering = 200 * time.Microsecond, 33 * time.Second
	ua, v := newVirtualUA(b)
	call := func() {
		ua.calls(1)
		v.Advance(step)
	}
	for range lingering / step {
		call()
	}
	before := cpuTime()
	for b.Loop() {
		call()
	}
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N), "cpu-ns/op")
}

func cpuTime() int64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// A virtualWire is a socket of the virtual network; what comes for it waits in its queue.
type virtualWire struct {
	v         *loop.Virtual
	own, peer loop.Addr
	in        [8][]byte
	got, read int
}

func (w *virtualWire) send(b []byte) error {
	w.v.Deliver(w.own, w.peer, b)
	w.v.Settle()
	return nil
}

func (w *virtualWire) keep(b []byte) {
	slot := &w.in[w.got%len(w.in)]
	*slot = append((*slot)[:0], b...)
	w.got++
}

func (w *virtualWire) receive(b []byte) (n int, err error) {
	if w.read == w.got {
		panic("nothing has come")
	}
	w.read++
	return copy(b, w.in[(w.read-1)%len(w.in)]), nil
}

func newVirtualUA(tb testing.TB) (*plainUA, *loop.Virtual) {
	addr := func(s string) loop.Addr { return loop.AddrFrom(netip.MustParseAddrPort(s)) }
	at := addr("127.0.0.1:5060")
	caller, callee := &virtualWire{own: addr("127.0.0.1:6001"), peer: at}, &virtualWire{own: addr("127.0.0.1:6002"), peer: at}
	v, err := loop.NewVirtual(loop.Config{Loops: 1}, func(_, to loop.Addr, b []byte) {
		if to == caller.own {
			caller.keep(b)
		} else {
			callee.keep(b)
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
	caller.v, callee.v = v, v
	var d syntax.Diags
	c := &proxy.Core{Settings: proxy.DefaultSettings()}
	loaded := module.Load(syntax.Parse("call.cfg", []byte("socket=udp:127.0.0.1:5060\n"+allocScript+"t_relay(); }\n"), os.ReadFile, &d), module.Catalogue{
		"tm": tm.New, "sl": sl.New, "rr": rr.New, "maxfwd": maxfwd.New, "sipmsgops": sipmsgops.New, "cfgutils": cfgutils.New,
	}, core.New(), c, &d)
	if d.Errors() > 0 {
		d.Render(os.Stderr)
		tb.Fatal("the script does not load")
	}
	g := v.Group()
	c.Group, c.Ops = g, asyncops.NewSet(g, c.Settings.AsyncTimeout)
	if err := loaded.Start(); err != nil {
		tb.Fatal(err)
	}
	p, err := proxy.New(c, loaded.Program)
	if err == nil {
		err = g.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.Close(); g.Stop() })
	return &plainUA{
		t: tb, transport: "UDP", caller: caller, callee: callee, in: make([]byte, 4096), out: make([]byte, 0, 4096),
		callerAddr: "127.0.0.1:6001", calleeAddr: "127.0.0.1:6002",
	}, v
}
