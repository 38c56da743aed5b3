package event_datagram

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/script"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patienceOfTest bounds a wait for what must happen.
const patienceOfTest = 10 * time.Second

// newModule returns a module whose sinks are closed at the end, and its log.
func newModule(t *testing.T) (*Module, *syncBuffer) {
	t.Helper()
	m, log := new(Module), new(syncBuffer)
	m.sinks.log = slog.New(slog.NewTextHandler(log, nil))
	t.Cleanup(func() { m.Close() })
	return m, log
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) count(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.b.String(), text)
}

// listen opens a datagram socket; addr is what to subscribe.
func listen(t *testing.T, network, addr string) net.PacketConn {
	t.Helper()
	c, err := net.ListenPacket(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(patienceOfTest))
	return c
}

func wantDatagram(t *testing.T, c net.PacketConn, want string) {
	t.Helper()
	b := make([]byte, 1<<16)
	n, _, err := c.ReadFrom(b)
	if got := string(b[:n]); err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func open(t *testing.T, tr event.Transport, socket string) event.Sink {
	t.Helper()
	s, err := tr.Open(socket)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// "udp:host:port", where the host may be a name: one event is one datagram, in order.
func TestUDP(t *testing.T) {
	m, _ := newModule(t)
	c := listen(t, "udp4", "127.0.0.1:0")
	s := open(t, udpTransport{m}, fmt.Sprintf("localhost:%d", c.LocalAddr().(*net.UDPAddr).Port))
	for n := range int32(3) {
		s.Send(nil, &event.Raised{Name: "E_A", Names: []string{"n"}, Values: []script.Value{script.IntValue(n)}})
	}
	for n := range 3 {
		wantDatagram(t, c, fmt.Sprintf(`{"jsonrpc":"2.0","method":"E_A","params":{"n":%d}}`, n))
	}
}

// "unix:/path". A receiver that comes later, or comes again, gets what is sent from then
// on; what could not leave is logged once and counted.
func TestUNIX(t *testing.T) {
	m, log := newModule(t)
	path := filepath.Join(t.TempDir(), "s")
	s := open(t, unixTransport{m}, path)
	for range 3 {
		s.Send(nil, &event.Raised{Name: "E_LOST"})
	}
	for deadline := time.Now().Add(patienceOfTest); m.sinks.lost.Load() < 3; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("events to nobody are not counted")
		}
	}
	if n := log.count("could not be sent"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	for _, name := range []string{"E_A", "E_B"} {
		c := listen(t, "unixgram", path)
		s.Send(nil, &event.Raised{Name: name})
		wantDatagram(t, c, `{"jsonrpc":"2.0","method":"`+name+`"}`)
		c.Close()
		os.Remove(path)
	}
	line := ""
	m.Report(func(s string) { line = s })
	if line != "event_datagram sent=2 lost=3" {
		t.Errorf("reported %q", line)
	}
}

// "Nobody waits for a datagram": a receiver that does not read costs its own events only.
func TestStalledReceiver(t *testing.T) {
	m, log := newModule(t)
	path := filepath.Join(t.TempDir(), "s")
	listen(t, "unixgram", path)
	c := listen(t, "udp4", "127.0.0.1:0")
	stalled, other := open(t, unixTransport{m}, path), open(t, udpTransport{m}, c.LocalAddr().String())
	for range 5000 {
		stalled.Send(nil, &event.Raised{Name: "E_MANY"})
	}
	other.Send(nil, &event.Raised{Name: "E_ONE"})
	wantDatagram(t, c, `{"jsonrpc":"2.0","method":"E_ONE"}`)
	if m.sinks.lost.Load() == 0 || log.count("events are lost") == 0 {
		t.Error("nothing is lost to a receiver that does not read")
	}
}

func TestSockets(t *testing.T) {
	m, _ := newModule(t)
	for socket, ok := range map[string]bool{"127.0.0.1:9": true, "[::1]:9": true, "127.0.0.1": false, ":9": false, "a:0": false, "a:65536": false, "a:b": false, "": false} {
		if s, err := (udpTransport{m}).Open(socket); (err == nil) != ok {
			t.Errorf("udp:%s: %v", socket, err)
		} else if err == nil {
			s.Close()
		}
	}
	for socket, ok := range map[string]bool{"/x": true, "x": false, "": false, "/" + strings.Repeat("x", maxPath): false, "/a\x00b": false} {
		if s, err := (unixTransport{m}).Open(socket); (err == nil) != ok {
			t.Errorf("unix:%s: %v", socket, err)
		} else if err == nil {
			s.Close()
		}
	}
	m.Close()
	if _, err := (unixTransport{m}).Open("/x"); err == nil {
		t.Error("opened after Close")
	}
}
