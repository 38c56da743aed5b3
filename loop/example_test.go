package loop_test

import (
	"fmt"
	"net/netip"

	"github.com/fastsips/fastsips/loop"
)

// Two listeners: what comes to the first leaves by the second one's socket.
func Example() {
	g, err := loop.New(loop.Config{Loops: 2})
	if err != nil {
		panic(err)
	}
	defer g.Stop()
	done := make(chan string, 1)
	listen := func(recv func(*loop.Loop, *loop.Slot)) *loop.UDP {
		u, err := g.ListenUDP(loop.UDPConfig{Bind: netip.MustParseAddrPort("127.0.0.1:0"), Recv: recv})
		if err != nil {
			panic(err)
		}
		return u
	}
	phone := listen(func(_ *loop.Loop, s *loop.Slot) { done <- string(s.Bytes()) })
	proxy := listen(func(l *loop.Loop, s *loop.Slot) {
		o := l.NewOut()
		o.Set(append(append(o.Buf()[:0], "forwarded "...), s.Bytes()...))
		s.UDP().Send(l, o, s.From(), loop.Addr{})
		l.Free(o)
	})
	if err := g.Start(); err != nil {
		panic(err)
	}
	g.Do(0, func(l *loop.Loop) {
		o := l.NewOut()
		o.Set(append(o.Buf(), "OPTIONS"...))
		phone.Send(l, o, proxy.Addr(), loop.Addr{})
		l.Free(o)
	})
	fmt.Println(<-done)
	// Output: forwarded OPTIONS
}
