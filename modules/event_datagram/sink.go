package event_datagram

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
)

// sinks are the senders: a goroutine for each subscription, for a look-up of a name or a
// full socket may take long, and must delay neither a loop nor another subscriber.
type sinks struct {
	log    *slog.Logger
	mu     sync.Mutex // taken when a subscription begins or ends, never for a message
	closed bool
	going  sync.WaitGroup
	all    map[*sink]bool

	sent, lost atomic.Uint64
}

// A sink is one subscriber.
type sink struct {
	of       *sinks
	net, to  string
	queue    chan []byte
	quit     chan struct{}
	once     sync.Once
	failing  bool // the last datagram did not leave; of the goroutine
	overfull atomic.Bool
}

const (
	sinkQueue = 256 // datagrams that wait for their sender
	patience  = 2 * time.Second
)

var errClosed = errors.New("event_datagram: closed")

func (s *sinks) open(network, to string) (event.Sink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if s.all == nil {
		s.all = map[*sink]bool{}
	}
	k := &sink{of: s, net: network, to: to, queue: make(chan []byte, sinkQueue), quit: make(chan struct{})}
	s.all[k] = true
	s.going.Go(k.run)
	return k, nil
}

// close ends all of them, and waits.
func (s *sinks) close() {
	s.mu.Lock()
	s.closed = true
	for k := range s.all {
		k.end()
	}
	s.mu.Unlock()
	s.going.Wait()
}

func (s *sinks) report(line func(string)) {
	if sent, lost := s.sent.Load(), s.lost.Load(); sent+lost > 0 {
		line(fmt.Sprintf("event_datagram sent=%d lost=%d", sent, lost))
	}
}

// Send hands the notification to the goroutine; one that finds no room is lost.
func (k *sink) Send(_ *loop.Loop, r *event.Raised) {
	select {
	case k.queue <- r.AppendJSON(nil):
		k.overfull.Store(false)
	default:
		k.of.lost.Add(1)
		if !k.overfull.Swap(true) {
			k.of.log.Warn("events are lost: too many wait for their socket", "socket", k.to)
		}
	}
}

// Close ends the sink; what waits is lost.
func (k *sink) Close() {
	k.of.mu.Lock()
	delete(k.of.all, k)
	k.of.mu.Unlock()
	k.end()
}

func (k *sink) end() { k.once.Do(func() { close(k.quit) }) }

// run sends until the sink is closed. After an error it makes a new socket, for the peer
// may have made a new one, too.
func (k *sink) run() {
	var c net.Conn
	defer func() {
		if c != nil {
			c.Close()
		}
	}()
	for {
		select {
		case <-k.quit:
			return
		case b := <-k.queue:
			c = k.send(c, b)
		}
	}
}

// send sends b, at the second attempt by a new socket. It returns the socket; nil if it is
// no good any more.
func (k *sink) send(c net.Conn, b []byte) net.Conn {
	var err error
	for range 2 {
		if c == nil {
			d := net.Dialer{Timeout: patience}
			if c, err = d.Dial(k.net, k.to); err != nil {
				break
			}
		}
		c.SetWriteDeadline(time.Now().Add(patience))
		if _, err = c.Write(b); err == nil {
			k.of.sent.Add(1)
			k.failing = false
			return c
		}
		c.Close()
		c = nil
	}
	k.of.lost.Add(1)
	if !k.failing {
		k.failing = true
		k.of.log.Warn("an event could not be sent", "socket", k.to, "error", err)
	}
	return nil
}
