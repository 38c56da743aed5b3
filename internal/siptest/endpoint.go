package siptest

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/scenario"
)

// An Endpoint is a UDP socket on loopback with no stack behind it: it sends what
// it is given and keeps what comes until somebody asks. It is used by one
// goroutine.
type Endpoint struct {
	tb     testing.TB
	conn   *net.UDPConn
	tcp    *os.File      // holds the port for TCP
	in     chan *Message // in the order of arrival
	stream *stream       // nil unless it speaks TCP
}

// inbox is how many messages may wait in an Endpoint; the socket drops the rest.
const inbox = 4096

// Listen opens an endpoint on a free port of 127.0.0.1, closed when the test ends.
func Listen(tb testing.TB) *Endpoint {
	tb.Helper()
	return ListenOn(tb, "127.0.0.1")
}

// ListenOn opens an endpoint on a free port of a local address.
func ListenOn(tb testing.TB, ip string) *Endpoint {
	tb.Helper()
	conn, tcp, err := openPort(netip.MustParseAddr(ip))
	if err != nil {
		tb.Fatal(err)
	}
	_ = conn.SetReadBuffer(1 << 20) // as much of it as the kernel grants: tests are read by busy machines
	_ = conn.SetReadBuffer(4 << 20) // as far as the machine allows: a burst must not be lost here
	e := &Endpoint{tb: tb, conn: conn, tcp: tcp, in: make(chan *Message, inbox)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		e.read()
	}()
	tb.Cleanup(func() {
		conn.Close()
		tcp.Close()
		<-done
	})
	return e
}

func (e *Endpoint) read() {
	b := make([]byte, 65536)
	for {
		n, from, err := e.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			continue // ECONNREFUSED of an earlier datagram
		}
		select {
		case e.in <- parseMessage(append([]byte(nil), b[:n]...), from):
		default:
		}
	}
}

// Addr is the address of the endpoint, host:port.
func (e *Endpoint) Addr() string { return e.conn.LocalAddr().String() }

// Send sends a message that is written by hand: line ends become CRLF, and a
// missing Content-Length is added.
func (e *Endpoint) Send(to, message string) {
	e.tb.Helper()
	e.SendBytes(to, scenario.Text(message))
}

// SendBytes sends b as it is.
func (e *Endpoint) SendBytes(to string, b []byte) {
	e.tb.Helper()
	if err := e.send(to, b); err != nil {
		e.tb.Fatalf("sending to %s: %v", to, err)
	}
}

func (e *Endpoint) send(to string, b []byte) error {
	addr, err := netip.ParseAddrPort(to)
	switch {
	case err != nil:
	case e.stream != nil:
		err = e.stream.send(to, b)
	default:
		_, err = e.conn.WriteToUDPAddrPort(b, addr)
	}
	return err
}

// Next returns the next message, or nil if none comes within d.
func (e *Endpoint) Next(d time.Duration) *Message {
	select {
	case m := <-e.in:
		return m
	default:
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case m := <-e.in:
		return m
	case <-t.C:
		return nil
	}
}

// Expect returns the next message, which must come within d and be what pattern
// says (see [Message.Is]).
func (e *Endpoint) Expect(pattern string, d time.Duration) *Message {
	e.tb.Helper()
	return e.ExpectFunc(pattern, func(m *Message) bool { return m.Is(pattern) }, d)
}

// ExpectFunc is [Endpoint.Expect] with a function; what names it in a failure.
func (e *Endpoint) ExpectFunc(what string, ok func(*Message) bool, d time.Duration) *Message {
	e.tb.Helper()
	m := e.Next(d)
	switch {
	case m == nil:
		e.tb.Fatalf("nothing came within %v, want %s", d, what)
	case !ok(m):
		e.tb.Fatalf("got %v, want %s\n%s", m, what, m.Raw)
	}
	return m
}

// Await returns the first message that is what pattern says and drops those
// before it.
func (e *Endpoint) Await(pattern string, d time.Duration) *Message {
	e.tb.Helper()
	return e.AwaitFunc(pattern, func(m *Message) bool { return m.Is(pattern) }, d)
}

// AwaitFunc is [Endpoint.Await] with a function; what names it in a failure.
func (e *Endpoint) AwaitFunc(what string, ok func(*Message) bool, d time.Duration) *Message {
	e.tb.Helper()
	deadline := time.Now().Add(d)
	for {
		m := e.Next(time.Until(deadline))
		if m == nil {
			e.tb.Fatalf("no %s came within %v", what, d)
		}
		if ok(m) {
			return m
		}
	}
}

// ExpectNone fails the test if a message comes within d.
func (e *Endpoint) ExpectNone(d time.Duration) {
	e.tb.Helper()
	if m := e.Next(d); m != nil {
		e.tb.Fatalf("got %v, want nothing\n%s", m, m.Raw)
	}
}
