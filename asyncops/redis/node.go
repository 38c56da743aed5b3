package redis

import (
	"errors"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

const (
	firstRetry = 50 * time.Millisecond
	lastRetry  = 400 * time.Millisecond // so that a server that is back is used within a second
	rareRetry  = 5 * time.Second        // after an answer that only a person can change
	maxRetired = 4                      // connections that are replaced and still owe answers
)

// A node is one server as one loop sees it: its connections, its breaker and the
// commands that wait for a connection.
type node struct {
	s       *state
	slot    uint32
	hosts   []Host // more than one are tried in turn
	at      int    // which of them is being tried
	conns   []*conn
	opening int
	retired []*conn
	waiting asyncops.Queue[Command]

	breaker asyncops.Breaker
	heard   int64 // when it last answered
	backoff time.Duration
	retryAt int64
	retry   timer.Handle
	hurt    bool // a connection was lost or failed since the last was made
	left    bool // it is no node of the cluster any more, or the Client is closed

	queries, errors, moved uint64
}

func (s *state) newNode(hosts ...Host) *node {
	n := &node{s: s, hosts: hosts, breaker: asyncops.NewBreaker(s.client.cfg.Breaker).ShownBy(s.meter), waiting: asyncops.NewQueue[Command](&s.meter.Queued)}
	n.slot = s.retries.Add(n)
	return n
}

func (n *node) host() Host { return n.hosts[n.at] }

// start sends q, queues it or refuses it.
func (n *node) start(l *loop.Loop, q *Command) {
	switch {
	case n.left || n.isDown(l.Now()):
		n.s.fail(l, q, asyncops.Unavailable, "Redis is unavailable")
	case len(n.conns) > 0:
		n.pick().send(l, q)
	default:
		n.s.counts.waited.Inc()
		n.queue(q)
		n.grow(l)
	}
}

// isDown reports whether to refuse a command at once. Without a connection, the attempts
// to make one are the breaker's probes; else this command may be.
func (n *node) isDown(now int64) bool {
	if len(n.conns) == 0 {
		return n.breaker.Open()
	}
	return !n.breaker.Allow(now)
}

// pick returns the connection that owes the fewest answers.
func (n *node) pick() *conn {
	best := n.conns[0]
	for _, c := range n.conns[1:] {
		if c.owed() < best.owed() {
			best = c
		}
	}
	return best
}

func (n *node) queue(q *Command) {
	q.where, q.node = waiting, n
	n.waiting.Push(&q.place, q)
}

func (n *node) unqueue(q *Command) {
	n.waiting.Remove(&q.place)
	q.where = inHand
}

// serve sends what waits; the first connection is there.
func (n *node) serve(l *loop.Loop) {
	for k := n.waiting.Len(); k > 0 && n.waiting.Len() > 0 && len(n.conns) > 0; k-- {
		q := n.waiting.First()
		n.unqueue(q)
		n.pick().send(l, q)
	}
}

// refuseWaiting fails what waits, when there is nothing to wait for.
func (n *node) refuseWaiting(l *loop.Loop) {
	for k := n.waiting.Len(); k > 0 && n.waiting.Len() > 0; k-- {
		q := n.waiting.First()
		n.unqueue(q)
		n.s.fail(l, q, asyncops.Unavailable, "Redis is unavailable")
	}
}

// grow opens connections while more are wanted.
func (n *node) grow(l *loop.Loop) {
	if n.left || n.s.closed || l.Now() < n.retryAt {
		return
	}
	want := n.s.client.cfg.Conns
	if n.hurt && len(n.conns) == 0 {
		want = 1 // one attempt finds out whether the server is back
	}
	for len(n.conns)+n.opening < want {
		n.connect(l)
	}
}

func (n *node) connect(l *loop.Loop) {
	n.opening++
	newConn(l, n)
}

// retryLater arms the timer of the next connection attempt.
func (n *node) retryLater(l *loop.Loop, atMost time.Duration) {
	n.backoff = min(max(2*n.backoff, firstRetry), atMost)
	n.retryAt = l.Now() + int64(n.backoff)
	n.stopRetry(l)
	n.retry = l.After(n.backoff, n.s.client.kind, nodeTimer|uint64(n.slot))
}

func (n *node) stopRetry(l *loop.Loop) {
	if n.retry != 0 {
		l.StopTimer(n.retry)
		n.retry = 0
	}
}

// ready takes a connection that was greeted.
func (n *node) ready(l *loop.Loop, c *conn) {
	cl := n.s.client
	n.opening--
	n.conns = append(n.conns, c)
	n.s.counts.connects.Inc()
	n.s.counts.open.Add(1)
	n.hurt, n.heard, n.retryAt = false, l.Now(), 0
	n.breaker.Success()
	cl.opened()
	n.serve(l)
	n.grow(l)
}

// connectFailed plans the next attempt, at the next host, and refuses what waits if there
// is no hope of a connection soon.
func (n *node) connectFailed(l *loop.Loop, err error) {
	s := n.s
	n.opening--
	if n.left || s.closed {
		n.gone(l)
		return
	}
	s.counts.connectFailures.Inc()
	n.hurt = true
	s.client.failed(err)
	n.at = (n.at + 1) % len(n.hosts)
	atMost := lastRetry
	var said *greetError
	if len(n.conns) > 0 || errors.As(err, &said) && said.final {
		atMost = rareRetry
	}
	n.retryLater(l, atMost)
	if len(n.conns) > 0 {
		return
	}
	n.breaker.Failure(l.Now())
	if n.breaker.Open() {
		n.refuseWaiting(l)
	}
	s.refresh(l, nil)
}

// lost is told of a broken connection after its removal.
func (n *node) lost(l *loop.Loop, c *conn, err error) {
	s := n.s
	s.counts.open.Add(-1)
	s.client.lost(err)
	if n.left || s.closed {
		n.gone(l)
		return
	}
	s.counts.lost.Inc()
	n.hurt = true
	if c.owed() > 0 {
		n.breaker.Failure(l.Now())
	}
	if l.Now()-c.born < int64(time.Second) { // one that breaks so soon is a failed attempt
		n.at = (n.at + 1) % len(n.hosts)
		n.retryLater(l, lastRetry)
	}
	n.grow(l)
	if len(n.conns) == 0 {
		s.refresh(l, nil)
	}
}

// silent notes a command that got no answer in time. It tells against the server only if
// nobody heard of the server since the command began.
func (n *node) silent(l *loop.Loop, since int64) {
	if n.heard < since {
		n.breaker.Failure(l.Now())
	}
}

// retire has c take no further commands; another takes its place.
func (n *node) retire(l *loop.Loop, c *conn) {
	n.conns = remove(n.conns, c)
	n.retired = append(n.retired, c)
	c.phase = retired
	c.endIfDone(l)
	if len(n.retired) > maxRetired {
		n.retired[0].end(l, errStuck)
	}
	n.grow(l)
}

// leave ends a node that is not one of the cluster any more. Nothing waits for it.
func (n *node) leave(l *loop.Loop) {
	n.left = true
	n.stopRetry(l)
	for len(n.conns) > 0 {
		n.retire(l, n.conns[len(n.conns)-1])
	}
	n.gone(l)
}

// gone forgets a node that has left, with its last connection.
func (n *node) gone(*loop.Loop) {
	s := n.s
	if !n.left || n.opening+len(n.conns)+len(n.retired) > 0 || s.retries.At(uint64(n.slot)) != n {
		return
	}
	n.breaker.Success() // it is shown no more
	s.retries.Remove(n.slot)
	for name, other := range s.nodes {
		if other == n {
			delete(s.nodes, name)
		}
	}
	if s.seed == n {
		s.seed = nil
	}
}

// close ends everything; the Client is closed.
func (n *node) close(l *loop.Loop) {
	n.left = true
	n.stopRetry(l)
	n.refuseWaiting(l)
	for c := range n.s.conns.All {
		if c.n == n {
			c.end(l, wire.ErrClosed)
		}
	}
}
