package wirefault

import (
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// TCPConfig says where connections go and what happens to them. The chances are
// between 0 and 1 and independent of each other: a connection may be cut into
// bytes, stand still and be reset at last.
type TCPConfig struct {
	Target   string        // host:port
	Seed     uint64        // of the generator
	Split    float64       // chance that each of the first 1024 bytes is sent by itself
	Stall    float64       // chance to stand still for a while, in both directions
	StallFor time.Duration // how long; zero means 300 ms
	Reset    float64       // chance to be reset, in both directions
	Spare    End           // an end that sees an orderly close in place of a reset
	Within   int           // a stall or reset comes before so many bytes have passed; zero means 4096
}

// An End is one of the two ends of a connection.
type End uint8

// The ends, as seen from the relay.
const (
	NoEnd End = iota
	Client
	Target
)

// TCPStats is what a relay has done so far.
type TCPStats struct {
	Connections, Split, Stalled, Reset int64 // Split as decided, the others as done
	Refused                            int64 // the target could not be reached
	Bytes                              int64 // passed, both directions together
}

// A TCP is a relay for connections. Its methods may be called from anywhere.
type TCP struct {
	cfg   TCPConfig
	l     net.Listener
	group sync.WaitGroup

	mu     sync.Mutex // of what follows
	open   map[*link]bool
	closed bool

	connections, split, stalled, reset, refused, bytes atomic.Int64
}

// A link is one connection through the relay.
type link struct {
	r      *TCP
	client *net.TCPConn
	target *net.TCPConn

	bytewise         bool
	stallAt, resetAt int64 // after so many bytes of both directions; -1: never

	mu     sync.Mutex // held by who sends: a stall holds it
	passed int64
	reset  bool
	spared *net.TCPConn // at its end; nil: none
}

const (
	byteEvery  = 20 * time.Microsecond // between two bytes that are to arrive by themselves
	splitFirst = 1024                  // one that does that for ever would be no more than a slow connection
)

// NewTCP opens a relay on a free port of 127.0.0.1.
func NewTCP(cfg TCPConfig) (*TCP, error) {
	if cfg.StallFor == 0 {
		cfg.StallFor = 300 * time.Millisecond
	}
	if cfg.Within == 0 {
		cfg.Within = 4096
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &TCP{cfg: cfg, l: l, open: map[*link]bool{}}
	r.group.Go(r.accept)
	return r, nil
}

// Addr is the address of the relay, host:port.
func (r *TCP) Addr() string { return r.l.Addr().String() }

// Stats returns what has happened so far.
func (r *TCP) Stats() TCPStats {
	return TCPStats{r.connections.Load(), r.split.Load(), r.stalled.Load(), r.reset.Load(), r.refused.Load(), r.bytes.Load()}
}

// Close ends the relay and its connections.
func (r *TCP) Close() {
	r.mu.Lock()
	r.closed = true
	r.l.Close()
	for k := range r.open {
		k.close()
	}
	r.mu.Unlock()
	r.group.Wait()
}

func (r *TCP) accept() {
	dice := rand.New(rand.NewPCG(r.cfg.Seed, 0))
	for {
		c, err := r.l.Accept()
		if err != nil {
			return // closed
		}
		k := r.draw(dice)
		k.client = c.(*net.TCPConn)
		r.connections.Add(1)
		r.group.Go(k.run)
	}
}

// draw decides what happens to a connection.
func (r *TCP) draw(dice *rand.Rand) *link {
	k := &link{r: r, stallAt: -1, resetAt: -1}
	c := &r.cfg
	if k.bytewise = dice.Float64() < c.Split; k.bytewise {
		r.split.Add(1)
	}
	if dice.Float64() < c.Stall {
		k.stallAt = dice.Int64N(int64(c.Within))
	}
	if dice.Float64() < c.Reset {
		k.resetAt = dice.Int64N(int64(c.Within))
	}
	return k
}

// run is the life of a connection: both directions, each until its end.
func (k *link) run() {
	c, err := net.Dial("tcp4", k.r.cfg.Target)
	if err != nil {
		k.r.refused.Add(1)
		_ = k.client.SetLinger(0) // so the client sees that it is refused
		k.client.Close()
		return
	}
	k.target = c.(*net.TCPConn)
	k.r.mu.Lock()
	if k.r.closed {
		k.close()
	}
	k.r.open[k] = true
	k.r.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { k.pump(k.client, k.target) })
	both.Go(func() { k.pump(k.target, k.client) })
	both.Wait()
	if k.spared != nil {
		_, _ = io.Copy(io.Discard, k.spared) // until its end or the deadline
	}
	k.close()
	k.r.mu.Lock()
	delete(k.r.open, k)
	k.r.mu.Unlock()
}

// fail ends both directions, unless a reset has done so already.
func (k *link) fail() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.reset {
		k.close()
	}
}

func (k *link) close() {
	k.client.Close()
	k.target.Close()
}

// breakOff resets the connection. What an end sends that nobody reads makes the kernel
// reset it too, so a spared one is read until it is through.
func (k *link) breakOff() {
	for end, c := range map[End]*net.TCPConn{Client: k.client, Target: k.target} {
		if end != k.r.cfg.Spare {
			_ = c.SetLinger(0)
			c.Close()
			continue
		}
		_ = c.CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		k.spared = c
	}
}

// pump copies one direction. Its end is passed on; an error ends both.
func (k *link) pump(from, to *net.TCPConn) {
	b := make([]byte, 16<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if e := k.pass(to, b[:n]); e != nil {
				err = e
			}
		}
		switch {
		case err == io.EOF:
			_ = to.CloseWrite()
			return
		case err != nil:
			k.fail()
			return
		}
	}
}

// pass sends b, in pieces that end where something is to happen.
func (k *link) pass(to *net.TCPConn, b []byte) error {
	for len(b) > 0 {
		n, err := k.piece(to, b)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// piece sends the first bytes of b and returns their number.
func (k *link) piece(to *net.TCPConn, b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.reset {
		return 0, net.ErrClosed
	}
	if k.passed == k.resetAt {
		k.reset = true
		k.r.reset.Add(1)
		k.breakOff()
		return 0, net.ErrClosed
	}
	if k.passed == k.stallAt {
		k.stallAt = -1
		k.r.stalled.Add(1)
		time.Sleep(k.r.cfg.StallFor) // with the lock: the other direction stands still too
	}
	n := len(b)
	if k.bytewise && k.passed < splitFirst {
		n = 1 // Go sets TCP_NODELAY, so each leaves by itself
		time.Sleep(byteEvery)
	}
	for _, at := range []int64{k.stallAt, k.resetAt} {
		if left := at - k.passed; left > 0 {
			n = min(n, int(left))
		}
	}
	k.passed += int64(n)
	k.r.bytes.Add(int64(n))
	return to.Write(b[:n])
}
