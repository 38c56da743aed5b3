package e2e

import (
	"bytes"
	"net"
	"net/netip"
	"testing"
	"time"
)

// newStreamUA is a plainUA over TCP. The callee takes the one connection that the proxy
// makes to it, when its first message comes.
func newStreamUA(t *testing.T, proxy netip.AddrPort) *plainUA {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	caller, err := net.Dial("tcp", proxy.String())
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute)
	caller.SetDeadline(deadline)
	ln.(*net.TCPListener).SetDeadline(deadline)
	callee := &plainStream{ln: ln}
	t.Cleanup(func() {
		caller.Close()
		ln.Close()
		if callee.c != nil {
			callee.c.Close()
		}
	})
	return &plainUA{
		t: t, transport: "TCP", param: ";transport=tcp", caller: &plainStream{c: caller}, callee: callee,
		in: make([]byte, 4096), out: make([]byte, 0, 4096),
		callerAddr: caller.LocalAddr().String(), calleeAddr: ln.Addr().String(),
	}
}

// A plainStream cuts a connection at the ends of headers: its messages have no bodies.
type plainStream struct {
	ln   net.Listener // until the connection has come
	c    net.Conn
	buf  [65536]byte
	n    int
	seen int // of the n bytes, those that were given out
}

func (s *plainStream) send(b []byte) error {
	_, err := s.c.Write(b)
	return err
}

func (s *plainStream) receive(b []byte) (n int, err error) {
	if s.c == nil {
		if s.c, err = s.ln.Accept(); err != nil {
			return 0, err
		}
		s.c.SetDeadline(time.Now().Add(2 * time.Minute))
	}
	for {
		if i := bytes.Index(s.buf[s.seen:s.n], headEnd); i >= 0 {
			n = copy(b, s.buf[s.seen:s.seen+i+len(headEnd)])
			s.seen += n
			return n, nil
		}
		s.n, s.seen = copy(s.buf[:], s.buf[s.seen:s.n]), 0
		k, err := s.c.Read(s.buf[s.n:])
		if err != nil {
			return 0, err
		}
		s.n += k
	}
}

var headEnd = []byte("\r\n\r\n")
