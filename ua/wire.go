package ua

import (
	"bytes"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
)

// A recordedPacketConn shows every datagram to a ladder.
type recordedPacketConn struct {
	net.PacketConn
	ladder  *ladder
	reading chan struct{} // closed when sipgo begins to read, so has taken it into its pool
	once    sync.Once
}

func (c *recordedPacketConn) ReadFrom(b []byte) (int, net.Addr, error) {
	c.once.Do(func() { close(c.reading) })
	n, from, err := c.PacketConn.ReadFrom(b)
	if err == nil {
		c.ladder.message(in, from.String(), b[:n])
	}
	return n, from, err
}

// WriteTo records first: an answer must not overtake its request in the ladder.
func (c *recordedPacketConn) WriteTo(b []byte, to net.Addr) (int, error) {
	c.ladder.message(out, to.String(), b)
	n, err := c.PacketConn.WriteTo(b, to)
	if err != nil {
		c.ladder.note("not sent: %v", err)
	}
	return n, err
}

// A recordedConn shows every message of a stream to a ladder.
type recordedConn struct {
	net.Conn
	ladder  *ladder
	reading chan struct{}
	once    sync.Once
	rx      framer // of the one reader
	txMu    sync.Mutex
	tx      framer
}

func newRecordedConn(c net.Conn, l *ladder) *recordedConn {
	return &recordedConn{Conn: c, ladder: l, reading: make(chan struct{})}
}

func (c *recordedConn) Read(b []byte) (int, error) {
	c.once.Do(func() { close(c.reading) })
	n, err := c.Conn.Read(b)
	c.rx.add(b[:n], func(msg []byte) { c.ladder.message(in, c.RemoteAddr().String(), msg) })
	return n, err
}

func (c *recordedConn) Write(b []byte) (int, error) {
	c.txMu.Lock()
	defer c.txMu.Unlock()
	c.tx.add(b, func(msg []byte) { c.ladder.message(out, c.RemoteAddr().String(), msg) })
	return c.Conn.Write(b)
}

// maxStream is how much of one message a framer keeps before it gives up.
const maxStream = 1 << 20

// A framer cuts a stream into messages by Content-Length, RFC 3261 §18.3.
type framer struct{ buf []byte }

// add takes the next bytes of the stream and calls emit for each message that is
// complete now.
func (f *framer) add(b []byte, emit func(msg []byte)) {
	f.buf = append(f.buf, b...)
	for {
		f.buf = bytes.TrimLeft(f.buf, "\r\n")
		head := bytes.Index(f.buf, []byte("\r\n\r\n"))
		if head < 0 {
			break
		}
		end := head + 4 + contentLength(string(f.buf[:head]))
		if end > len(f.buf) {
			break
		}
		emit(f.buf[:end])
		f.buf = f.buf[end:]
	}
	if len(f.buf) > maxStream {
		f.buf = nil
	}
}

func contentLength(head string) int {
	for line := range strings.Lines(head) {
		name, value, _ := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "l") {
			n, err := strconv.Atoi(strings.TrimSpace(value))
			if err == nil && n >= 0 && n < maxStream {
				return n
			}
		}
	}
	return 0
}

// A connQueue is a net.Listener whose connections are handed in, both those that
// a real listener accepted and those that we dialled: in this way all of them
// are recorded and known to sipgo's pool.
type connQueue struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newConnQueue(addr net.Addr) *connQueue {
	return &connQueue{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (q *connQueue) push(c net.Conn) error {
	select {
	case q.conns <- c:
		return nil
	case <-q.closed:
		return errors.Join(net.ErrClosed, c.Close())
	}
}

func (q *connQueue) Accept() (net.Conn, error) {
	select {
	case c := <-q.conns:
		return c, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

func (q *connQueue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

func (q *connQueue) Addr() net.Addr { return q.addr }
