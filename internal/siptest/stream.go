package siptest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/fastsips/fastsips/internal/scenario"
)

// A stream is the TCP side of an [Endpoint]: a listener on the port of its UDP socket,
// and connections, those that came and those that it made. What comes by any of them
// is kept with the datagrams.
type stream struct {
	e      *Endpoint
	ln     net.Listener
	pongs  chan struct{} // CRLF that came alone
	closed chan struct{} // connections that the peer has closed

	mu    sync.Mutex
	conns map[string]net.Conn // by the peer's address
	done  sync.WaitGroup
}

// UseTCP has e speak TCP from now on, on the port that it has.
func (e *Endpoint) UseTCP() {
	e.tb.Helper()
	ln, err := listenOn(e.tcp)
	if err != nil {
		e.tb.Fatal(err)
	}
	s := &stream{e: e, ln: ln, pongs: make(chan struct{}, inbox), closed: make(chan struct{}, inbox), conns: map[string]net.Conn{}}
	e.stream = s
	e.tcp.Close() // the listener has a copy of its own
	s.done.Add(1)
	go s.accept()
	e.tb.Cleanup(func() {
		s.Deafen()
		s.Close(false)
		s.done.Wait()
	})
}

// Stream is the TCP side; nil if it speaks UDP.
func (e *Endpoint) Stream() scenario.Stream {
	if e.stream == nil {
		return nil
	}
	return e.stream
}

// UseStream is UseTCP for a scenario.
func (e *Endpoint) UseStream() error {
	e.UseTCP()
	return nil
}

func (s *stream) accept() {
	defer s.done.Done()
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.add(c)
	}
}

func (s *stream) add(c net.Conn) {
	s.mu.Lock()
	s.conns[c.RemoteAddr().String()] = c
	s.mu.Unlock()
	s.done.Add(1)
	go s.read(c)
}

// read cuts a connection into messages.
func (s *stream) read(c net.Conn) {
	defer s.done.Done()
	from := netip.MustParseAddrPort(c.RemoteAddr().String())
	r := bufio.NewReaderSize(c, 1<<16)
	for {
		b, err := readMessage(r)
		if err != nil {
			break
		}
		if len(b) == 2 {
			s.pongs <- struct{}{}
			continue
		}
		s.e.in <- parseMessage(b, from)
	}
	s.mu.Lock()
	ours := s.conns[from.String()] != c // it was us who closed
	if !ours {
		delete(s.conns, from.String())
	}
	s.mu.Unlock()
	c.Close()
	if !ours {
		s.closed <- struct{}{}
	}
}

// readMessage reads one message, or an empty line.
func readMessage(r *bufio.Reader) ([]byte, error) {
	var b []byte
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		b = append(b, line...)
		if len(b) == 2 {
			return b, nil
		}
		if bytes.HasSuffix(b, []byte("\r\n\r\n")) {
			break
		}
	}
	n, err := strconv.Atoi(scenario.RawValue(b, "Content-Length"))
	if err != nil {
		return nil, fmt.Errorf("no Content-Length over TCP:\n%s", b)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	return append(b, body...), nil
}

// send writes b to a peer, on the connection to it or on a new one.
func (s *stream) send(to string, b []byte) error {
	s.mu.Lock()
	c := s.conns[to]
	s.mu.Unlock()
	if c == nil {
		var err error
		if c, err = net.DialTimeout("tcp", to, patience); err != nil {
			return err
		}
		s.add(c)
	}
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.Write(b)
	return err
}

// Deafen has it take no more connections.
func (s *stream) Deafen() { s.ln.Close() }

// Close closes the connections, in order or with a reset.
func (s *stream) Close(reset bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for to, c := range s.conns {
		delete(s.conns, to)
		if reset {
			_ = c.(*net.TCPConn).SetLinger(0)
		}
		c.Close()
	}
}

// Connections is how many there are.
func (s *stream) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Pongs tells of each CRLF that came alone.
func (s *stream) Pongs() <-chan struct{} { return s.pongs }

// Closed tells of each connection that the peer has closed.
func (s *stream) Closed() <-chan struct{} { return s.closed }
