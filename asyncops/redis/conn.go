package redis

import (
	"errors"
	"slices"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/wire"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

var (
	errStuck   = errors.New("no answer in time")
	errLeft    = errors.New("the server is not one of the cluster any more")
	errUnasked = errors.New("the server answered what nobody had asked")
)

// A conn is one connection to a node.
type conn struct {
	n     *node
	slot  uint32
	wire  *wire.Conn
	phase phase
	born  int64
	timer timer.Handle
	dec   decoder
	greet greeting
	side  Reply // of what is answered to nobody's command: greetings, further parts
	early bool  // what is being read began when no answer was owed

	// places is a ring with a place for each answer that the server owes, head the first
	// of them, tail the next to be taken; nil if nobody wants the answer.
	places     []*Command
	head, tail uint64
	wanted     int
	heard      int64     // when the last answer came, or since when there is something to answer
	rest       loop.Task // has failAll go on
}

type phase uint8

const (
	connecting phase = iota
	ready
	retired // takes no further commands
	ended
)

func newConn(l *loop.Loop, n *node) {
	s := n.s
	c := &conn{n: n, born: l.Now()}
	c.slot = s.conns.Add(c)
	by := l.Now() + int64(s.client.cfg.ConnectTimeout)
	h := n.host()
	c.wire = s.client.dialer.Dial(l, wire.Target{Host: h.Name, Port: h.Port, TLS: s.client.cfg.TLS}, by, c)
	c.arm(l, by)
}

// arm sets c's timer.
func (c *conn) arm(l *loop.Loop, at int64) {
	c.disarm(l)
	c.timer = l.Timers().Arm(at, c.n.s.client.kind, connTimer|uint64(c.slot))
}

func (c *conn) disarm(l *loop.Loop) {
	if c.timer != 0 {
		l.StopTimer(c.timer)
		c.timer = 0
	}
}

// owed is how many answers are to come.
func (c *conn) owed() uint64 { return c.tail - c.head }

// Opened is called when the connection stands.
func (c *conn) Opened(l *loop.Loop, _ *wire.Conn) { c.beginGreeting(l) }

// Closed is called when it has ended or did not come about.
func (c *conn) Closed(l *loop.Loop, _ *wire.Conn, err *wire.Error) { c.end(l, err) }

// greeted begins the life of c.
func (c *conn) greeted(l *loop.Loop) {
	c.phase, c.heard = ready, l.Now()
	c.n.ready(l, c)
	if c.phase == ready {
		c.check(l)
	}
}

// expired is the end of c if it was not greeted in time; else it is looked after.
func (c *conn) expired(l *loop.Loop) {
	c.timer = 0
	if c.phase == connecting {
		c.end(l, wire.ErrTimeout)
		return
	}
	c.check(l)
}

// check replaces a connection that owes answers for too long, and asks an idle one
// whether it lives.
func (c *conn) check(l *loop.Loop) {
	cfg := &c.n.s.client.cfg
	quiet := time.Duration(l.Now() - c.heard)
	next := cfg.QueryTimeout / 2
	switch {
	case c.owed() > 0 && quiet >= cfg.QueryTimeout:
		if c.phase == ready {
			c.n.s.counts.replaced.Inc()
			c.n.retire(l, c)
		}
		return
	case c.owed() == 0 && cfg.Keepalive > 0 && quiet >= cfg.Keepalive:
		c.ping(l)
		next = min(next, cfg.Keepalive)
	case c.owed() == 0 && cfg.Keepalive > 0:
		next = min(next, cfg.Keepalive-quiet)
	}
	c.arm(l, l.Now()+int64(next))
}

func (c *conn) ping(l *loop.Loop) {
	c.n.s.counts.pings.Inc()
	c.write(l, pingCommand)
	c.push(l, nil)
}

var (
	pingCommand   = []byte("*1\r\n$4\r\nPING\r\n")
	askingCommand = []byte("*1\r\n$6\r\nASKING\r\n")
)

// write queues b until the end of this pass.
func (c *conn) write(l *loop.Loop, b []byte) bool { return c.wire.Queue(l, b) }

// send writes q, behind what is there.
func (c *conn) send(l *loop.Loop, q *Command) {
	text := q.sendable()
	if c.wire.Pending()+len(text)+int(q.parts)*len(askingCommand) > c.n.s.client.cfg.MaxUnsent {
		c.n.s.fail(l, q, asyncops.Overloaded, "too many bytes wait to be sent")
		return
	}
	if q.asking {
		c.sendAsking(l, q, text)
		return
	}
	c.write(l, text)
	c.take(l, q, c.tail)
	for range q.parts - q.first {
		c.push(l, q)
	}
}

// sendAsking writes q with an ASKING before each part, whose answer nobody wants.
func (c *conn) sendAsking(l *loop.Loop, q *Command, text []byte) {
	c.take(l, q, c.tail)
	for range q.parts - q.first {
		c.write(l, askingCommand)
		c.push(l, nil)
		rest := skipParts(text, 1)
		c.write(l, text[:len(text)-len(rest)])
		c.push(l, q)
		text = rest
	}
}

// take makes q one that c has, from place seq on.
func (c *conn) take(_ *loop.Loop, q *Command, seq uint64) {
	q.where, q.conn, q.seq, q.node = sent, c, seq, nil
	q.got, q.verdict = q.first, answered
	c.wanted++
}

// push takes the next place for q.
func (c *conn) push(l *loop.Loop, q *Command) {
	if c.owed() == 0 {
		c.heard = l.Now()
	}
	if n := uint64(len(c.places)); c.owed() == n {
		c.grow(max(2*n, 16))
	}
	c.places[c.tail&uint64(len(c.places)-1)] = q
	c.tail++
}

// grow makes the ring larger; n is a power of two.
func (c *conn) grow(n uint64) {
	old := c.places
	c.places = make([]*Command, n)
	for i := c.head; i != c.tail; i++ {
		c.places[i&(n-1)] = old[i&uint64(len(old)-1)]
	}
}

// keptPlaces is how large a ring may be that an idle connection keeps.
const keptPlaces = 1024

// pop takes the first place off.
func (c *conn) pop() (q *Command) {
	i := c.head & uint64(len(c.places)-1)
	q, c.places[i] = c.places[i], nil
	if c.head++; c.head == c.tail && len(c.places) > keptPlaces {
		c.places = nil
	}
	return q
}

// drop empties q's places. What has not come of its answers will be dropped there.
func (c *conn) drop(q *Command) {
	c.wanted--
	for seq, left := max(q.seq, c.head), 2*int(q.parts); left > 0 && seq < c.tail; seq, left = seq+1, left-1 {
		if i := seq & uint64(len(c.places)-1); c.places[i] == q {
			c.places[i] = nil
		}
	}
}

// forget is drop for one that nobody waits for any more.
func (c *conn) forget(l *loop.Loop, q *Command) {
	c.drop(q)
	q.conn = nil
	c.endIfDone(l)
}

// endIfDone ends a retired connection on which nobody waits.
func (c *conn) endIfDone(l *loop.Loop) {
	if c.phase == retired && c.wanted == 0 {
		err := errStuck
		if c.n.left {
			err = errLeft
		}
		c.end(l, err)
	}
}

// end gives the connection up, and with it what is on it.
func (c *conn) end(l *loop.Loop, err error) {
	if c.phase == ended {
		return
	}
	was, n := c.phase, c.n
	c.phase = ended
	c.disarm(l)
	c.wire.Close(l)
	n.s.conns.Remove(c.slot)
	n.conns, n.retired = remove(n.conns, c), remove(n.retired, c)
	if was == connecting {
		n.connectFailed(l, err)
		return
	}
	n.lost(l, c, err)
	c.failAll(l)
}

// failedAtOnce is how many commands one turn of failAll tells of the end: each may have a
// script go on, and the loop has others to look after.
const failedAtOnce = 64

// failAll ends what c has, or sends it elsewhere.
func (c *conn) failAll(l *loop.Loop) {
	s := c.n.s
	for left := failedAtOnce; c.head != c.tail; left-- {
		if left <= 0 && !s.closed {
			c.rest.Run = c.failAll
			l.Mailbox().Post(&c.rest)
			return
		}
		if q := c.pop(); q != nil {
			c.failOne(l, q)
		}
	}
}

func (c *conn) failOne(l *loop.Loop, q *Command) {
	c.drop(q)
	s := c.n.s
	if q.reads && !q.retried && !s.closed {
		q.retried, q.where, q.conn = true, inHand, nil
		q.resetAnswer()
		s.counts.retried.Inc()
		s.route(l, q)
		return
	}
	c.n.errors++
	s.fail(l, q, asyncops.Failed, "connection to Redis lost")
}

func remove(s []*conn, c *conn) []*conn {
	if i := slices.Index(s, c); i >= 0 {
		return slices.Delete(s, i, i+1)
	}
	return s
}
