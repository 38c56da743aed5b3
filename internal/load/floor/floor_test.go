package floor

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetReadBuffer(4 << 20) // nothing may be lost here
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

func addr(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// What the caller sends reaches the callee, in order and whole, and the other way round.
func TestForwarding(t *testing.T) {
	for _, mode := range []Mode{Single, Batch} {
		t.Run(string(mode), func(t *testing.T) {
			caller, callee, free := listen(t), listen(t), listen(t)
			proxy := addr(free)
			free.Close()
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- Run(ctx, int(proxy.Port()), addr(caller), addr(callee), mode) }()
			b := make([]byte, 4096)
			for bound := false; !bound; { // nothing tells when it is bound
				select {
				case err := <-done:
					t.Fatal(err)
				default:
				}
				_, _ = caller.WriteToUDPAddrPort([]byte("are you there"), proxy)
				_ = callee.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
				_, _, err := callee.ReadFromUDPAddrPort(b)
				bound = err == nil
			}
			_ = callee.SetReadDeadline(time.Now().Add(20 * time.Second))
			for _, way := range []struct{ from, to *net.UDPConn }{{caller, callee}, {callee, caller}} {
				for i := range 50 {
					if _, err := way.from.WriteToUDPAddrPort(append(make([]byte, 10*i), byte(i)), proxy); err != nil {
						t.Fatal(err)
					}
				}
				for i := 0; i < 50; {
					n, from, err := way.to.ReadFromUDPAddrPort(b)
					if err != nil {
						t.Fatal(err)
					}
					if string(b[:n]) == "are you there" {
						continue
					}
					if n != 10*i+1 || b[n-1] != byte(i) || from != proxy {
						t.Fatalf("datagram %d: %d bytes from %v", i, n, from)
					}
					i++
				}
			}
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhatCannotRun(t *testing.T) {
	taken := listen(t)
	if err := Run(t.Context(), int(addr(taken).Port()), addr(taken), addr(taken), Single); !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("a port that is taken: %v", err)
	}
	if err := Run(t.Context(), 0, addr(taken), addr(taken), "both"); err == nil {
		t.Error("an unknown mode runs")
	}
}
