package relay

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Config says between whom a relay stands. Target is required.
type Config struct {
	Listen string // host:port; empty: a free port of 127.0.0.1
	Target string // host:port of the server, an IP address
	Delay  time.Duration
	// Undelayed is how many answers of each connection pass at once, before the delay
	// begins: 1 spares PostgreSQL's authentication.
	Undelayed int
	// Room is how many bytes a connection may have under way in either direction; the
	// side that sends is not read beyond it. Zero means 1 MiB.
	Room int
}

// A Relay is one listener and its connections. Its methods may be called from any
// goroutine; they return when what they ask for is so.
type Relay struct {
	cfg    Config
	addr   netip.AddrPort // to listen on, with the port that was given
	target unix.SockaddrInet4

	poll poller
	line line // what leaves later

	// Of the goroutine that serves:
	listener int // -1: none, connections are refused
	pairs    []*pair
	dripping []*pair
	dripAt   int64
	dirty    []*pair // have more to write
	delay    int64
	fault    Fault
	scratch  []byte
	stopped  bool

	asked chan func()
	gone  chan struct{} // closed when it serves no more
	stats struct{ accepted, open, answers atomic.Int64 }
}

// Start starts a relay. The server need not be there: then connections are closed.
func Start(cfg Config) (*Relay, error) {
	cfg.Listen = cmp.Or(cfg.Listen, "127.0.0.1:0")
	cfg.Room = cmp.Or(cfg.Room, 1<<20)
	addr, err := netip.ParseAddrPort(cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	target, err := netip.ParseAddrPort(cfg.Target)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	if !addr.Addr().Is4() || !target.Addr().Is4() {
		return nil, errors.New("relay: IPv4 only")
	}
	r := &Relay{cfg: cfg, addr: addr, delay: int64(cfg.Delay), scratch: make([]byte, 256<<10), listener: -1,
		asked: make(chan func(), 16), gone: make(chan struct{})}
	r.target = unix.SockaddrInet4{Port: int(target.Port()), Addr: target.Addr().As4()}
	if err := r.poll.open(); err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	if err := r.listen(); err != nil {
		r.poll.close()
		return nil, fmt.Errorf("relay: listen on %v: %w", addr, err)
	}
	go r.serve()
	return r, nil
}

// Addr returns where the relay listens, host:port.
func (r *Relay) Addr() string { return r.addr.String() }

// SetDelay changes how long answers are held. What is under way keeps its time,
// and nothing overtakes it.
func (r *Relay) SetDelay(d time.Duration) { r.do(func() { r.delay = int64(d) }) }

// SetFault replaces the fault; its zero value ends it. Connections that lost bytes by
// the former one are closed, for they cannot be of use any more.
func (r *Relay) SetFault(f Fault) error {
	var err error
	r.do(func() { err = r.setFault(f) })
	return err
}

// Drop closes all connections.
func (r *Relay) Drop() { r.do(r.closeAll) }

// Close ends the relay and its connections.
func (r *Relay) Close() { r.do(func() { r.stopped = true }); <-r.gone }

// Stats counts since the start.
type Stats struct {
	Accepted int // connections
	Open     int // of them, now
	Answers  int // pieces that the server sent
}

// Stats returns the counts.
func (r *Relay) Stats() Stats {
	return Stats{int(r.stats.accepted.Load()), int(r.stats.open.Load()), int(r.stats.answers.Load())}
}

// do has the serving goroutine carry f out. Once the relay is closed nothing is done.
func (r *Relay) do(f func()) {
	done := make(chan struct{})
	select {
	case r.asked <- func() { f(); close(done) }:
		r.poll.wake()
	case <-r.gone:
		return
	}
	select {
	case <-done:
	case <-r.gone:
	}
}
