package wirefault

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// UDPConfig says where datagrams go and what happens to them on the way, in each
// direction. The chances are between 0 and 1; one datagram has one fate.
type UDPConfig struct {
	Target    string        // host:port; may be left out and set by [UDP.SetTarget]
	Seed      uint64        // of the generator
	Loss      float64       // chance to be lost
	Duplicate float64       // chance to come twice
	Delay     float64       // chance to be late, and so behind later ones
	DelayMax  time.Duration // at most this late; zero means 50 ms
}

// UDPStats is what a relay has done so far, both directions together.
type UDPStats struct {
	Received, Lost, Duplicated, Delayed int64
}

// A UDP is a relay for datagrams. Its methods may be called from anywhere.
type UDP struct {
	cfg    UDPConfig
	front  *net.UDPConn // what the clients send to
	target atomic.Pointer[netip.AddrPort]
	group  sync.WaitGroup

	mu     sync.Mutex // of what follows
	backs  []*net.UDPConn
	closed bool

	received, lost, duplicated, delayed atomic.Int64
}

// NewUDP opens a relay on a free port of 127.0.0.1.
func NewUDP(cfg UDPConfig) (*UDP, error) {
	if cfg.DelayMax == 0 {
		cfg.DelayMax = 50 * time.Millisecond
	}
	r := &UDP{cfg: cfg}
	if cfg.Target != "" {
		if err := r.SetTarget(cfg.Target); err != nil {
			return nil, err
		}
	}
	var err error
	if r.front, err = listenUDP(); err != nil {
		return nil, err
	}
	r.group.Go(r.forward)
	return r, nil
}

func listenUDP() (*net.UDPConn, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	_ = c.SetReadBuffer(4 << 20) // as much of it as the kernel grants
	return c, nil
}

// Addr is the address of the relay, host:port.
func (r *UDP) Addr() string { return r.front.LocalAddr().String() }

// SetTarget says where datagrams go from now on.
func (r *UDP) SetTarget(hostport string) error {
	to, err := netip.ParseAddrPort(hostport)
	if err == nil {
		r.target.Store(&to)
	}
	return err
}

// Stats returns what has happened so far.
func (r *UDP) Stats() UDPStats {
	return UDPStats{r.received.Load(), r.lost.Load(), r.duplicated.Load(), r.delayed.Load()}
}

// Close ends the relay; datagrams that are late never come.
func (r *UDP) Close() {
	r.mu.Lock()
	r.closed = true
	r.front.Close()
	for _, c := range r.backs {
		c.Close()
	}
	r.mu.Unlock()
	r.group.Wait()
}

// A way is where a datagram goes and by which socket; without a socket, nowhere.
type way struct {
	by *net.UDPConn
	to netip.AddrPort
}

func (w way) send(b []byte) {
	if w.by != nil {
		_, _ = w.by.WriteToUDPAddrPort(b, w.to) // what cannot be sent is lost
	}
}

// forward brings what clients send to the target, each client by a socket of its
// own.
func (r *UDP) forward() {
	backs := map[netip.AddrPort]*net.UDPConn{}
	r.pump(r.front, 0, func(client netip.AddrPort) way {
		to := r.target.Load()
		if to == nil {
			return way{}
		}
		if backs[client] == nil {
			backs[client] = r.open(client, uint64(len(backs))+1)
		}
		return way{backs[client], *to}
	})
}

// open makes the socket by which the target sees a client, and brings back what
// comes to it. It returns nil when that is not possible.
func (r *UDP) open(client netip.AddrPort, stream uint64) *net.UDPConn {
	back, err := listenUDP()
	if err != nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		back.Close()
		return nil
	}
	r.backs = append(r.backs, back)
	r.group.Go(func() {
		r.pump(back, stream, func(netip.AddrPort) way { return way{r.front, client} })
	})
	return back
}

// pump reads datagrams until the socket is closed and sends them, or does not.
// Each stream has dice of its own.
func (r *UDP) pump(from *net.UDPConn, stream uint64, find func(from netip.AddrPort) way) {
	dice := rand.New(rand.NewPCG(r.cfg.Seed, stream))
	b := make([]byte, 65536)
	for {
		n, addr, err := from.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil { // else ECONNREFUSED of an earlier one
			r.pass(dice, b[:n], find(addr))
		}
	}
}

// pass decides about one datagram.
func (r *UDP) pass(dice *rand.Rand, b []byte, w way) {
	r.received.Add(1)
	c := &r.cfg
	switch fate := dice.Float64(); {
	case fate < c.Loss:
		r.lost.Add(1)
	case fate < c.Loss+c.Duplicate:
		r.duplicated.Add(1)
		w.send(b)
		w.send(b)
	case fate < c.Loss+c.Duplicate+c.Delay:
		r.delayed.Add(1)
		late := append([]byte(nil), b...)
		time.AfterFunc(time.Duration(dice.Int64N(int64(c.DelayMax))), func() { w.send(late) })
	default:
		w.send(b)
	}
}
