package transport

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A searcher is a Receiver that knows of no request, and notes which loops were asked.
type searcher struct{ asked chan int }

func (r searcher) Datagram(*loop.Loop, *Listener, *loop.Slot) {}
func (r searcher) SendFailed(*loop.Loop, uint64, error)       {}
func (r searcher) Unreachable(l *loop.Loop, _ loop.Addr, _ []byte) bool {
	r.asked <- l.Index()
	return false
}

// An ICMP error quotes the beginning of a request: with its Call-ID the loop of the call is
// asked, besides the one that got it; without, or with half of one, each loop, once.
func TestUnreachableIsLookedFor(t *testing.T) {
	const loops = 4
	g, err := loop.New(loop.Config{Loops: loops, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	r := searcher{make(chan int, 100)}
	tr, err := Open(g, Config{ICMP: true, Listeners: []ListenerConfig{
		{Proto: UDP, Written: "udp:127.0.0.1", Binds: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:0")}},
	}}, r, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := addr(t, c.LocalAddr().String())
	c.Close()
	for i := range 8 {
		for _, text := range []string{"Call-ID: abc", "Call-ID: abc" + string(rune('0'+i)) + "\r\n"} {
			b := "INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\n" + text
			g.Do(i%loops, func(l *loop.Loop) {
				o := l.NewOut()
				o.Set(append(o.Buf()[:0], b...))
				tr.Send(l, &Flow{Remote: closed}, o)
				l.Free(o)
			})
			asked := map[int]int{}
			want := loops
			first := r.next(t)
			asked[first]++
			if strings.HasSuffix(text, "\n") {
				owner := tr.Owner().Of([]byte(strings.TrimSpace(text[9:])))
				if want = 1; owner != first {
					want = 2
					asked[r.next(t)]++
				}
				if asked[owner] != 1 {
					t.Errorf("%q: asked %v, want loop %d", text, asked, owner)
				}
			} else {
				for range loops - 1 {
					asked[r.next(t)]++
				}
			}
			if len(asked) != want || len(r.asked) != 0 {
				t.Errorf("%q: asked %v and %d more, want %d loops", text, asked, len(r.asked), want)
			}
		}
	}
}

func (r searcher) next(t *testing.T) int {
	t.Helper()
	select {
	case i := <-r.asked:
		return i
	case <-time.After(patience):
		t.Fatal("nobody was asked")
		return 0
	}
}
