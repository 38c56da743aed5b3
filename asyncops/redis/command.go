package redis

import (
	"bytes"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Bounds of what a command may be and of what a pooled one remembers.
const (
	maxText   = 16 << 20 // bytes of one command
	maxPooled = 4 << 10
	maxHops   = 8 // redirections that one command follows
)

// A Command is what the server is asked, and its answer. It belongs to the loop it came
// from. Several commands in one (Then) are sent together and fail together; the answer
// is that of the first.
type Command struct {
	encoder
	client   *Client
	done     asyncops.Completion
	deadline int64
	begun    int64
	reply    *Reply // nil until an answer comes
	why      string // of a failure that no reply tells of
	conn     *conn  // when sent
	seq      uint64 // its first place there
	node     *node  // where it waits, or has to go
	place    asyncops.Place[Command]
	slot     int16 // -1: it concerns no key
	where    where
	first    uint8 // parts that were answered on an earlier try
	got      uint8 // parts that are answered
	hops     uint8
	verdict  verdict
	reads    bool // all parts are harmless twice
	retried  bool
	asking   bool // behind an ASKING
	pinned   bool // it is for this node and no other
	inner    bool // our own: not in the statistics
}

var (
	_ asyncops.Op      = (*Command)(nil)
	_ asyncops.Metered = (*Command)(nil)
)

type where uint8

const (
	pooled  where = iota
	inHand        // of whoever called Client.Command
	waiting       // for a connection of its node
	delayed       // for another try
	sent
)

// Command returns an empty command from the loop's pool.
func (c *Client) Command(l *loop.Loop) *Command {
	q := c.commands.Get(l)
	q.client, q.where = c, inHand
	return q
}

// Arg appends an argument; the first one is the command's name. Any bytes will do.
func (q *Command) Arg(b []byte) { q.arg(b) }

// ArgString is Arg.
func (q *Command) ArgString(s string) { q.argString(s) }

// ArgInt is Arg of a number in decimal.
func (q *Command) ArgInt(n int64) { q.argInt(n) }

// Then ends a command and begins another that is sent right behind it. It must concern
// the same keys.
func (q *Command) Then() { q.end() }

// Value returns the answer, Null if there is none.
func (q *Command) Value() Value {
	if q.reply == nil {
		return Value{}
	}
	return q.reply.Value()
}

// Err says why the command failed: what the server said, else in our words; "" for one
// that did not.
func (q *Command) Err() string {
	if v := q.Value(); q.why == "" && v.Kind() == Error {
		return string(v.Bytes())
	}
	return q.why
}

// Backend is the Client's.
func (q *Command) Backend() *asyncops.Backend {
	if q.inner {
		return q.client.inner
	}
	return q.client.backend
}

// Begin begins q in the Table of the loop in hand, for users that have no script run to
// await it; see asyncops.Table.Begin.
func (q *Command) Begin(l *loop.Loop, timeout time.Duration, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
	return q.client.ops.On(l).Begin(l, q, timeout, w)
}

// Start sends the command, or lets it wait for a connection.
func (q *Command) Start(l *loop.Loop, c asyncops.Completion, deadline int64) {
	if q.where != inHand {
		panic("BUG: command begun while it is pending, or after Free")
	}
	q.end()
	q.done, q.deadline, q.begun = c, deadline, l.Now()
	s := q.client.states.On(l)
	s.load++
	switch refused := q.examine(); {
	case refused != "":
		s.fail(l, q, asyncops.Failed, refused)
	case s.closed:
		s.fail(l, q, asyncops.Unavailable, "the client is closed")
	case s.load > s.client.cfg.InFlight:
		s.fail(l, q, asyncops.Overloaded, "too many commands are under way")
	default:
		s.route(l, q)
	}
}

// examine finds out what there is to know of q; refused says why it is not to be sent.
func (q *Command) examine() (refused string) {
	if len(q.text) == 0 || q.args != 0 {
		return "the command is empty or too long"
	}
	if len(q.text) > maxText {
		return "the command is too long"
	}
	q.slot, q.reads = -1, true
	for i := range q.parts {
		v, slot := examine(skipParts(q.text, i))
		if v.refused != "" {
			return "not on a shared connection: " + v.refused
		}
		q.reads = q.reads && v.reads
		if i == 0 {
			q.slot = int16(slot)
		}
	}
	return ""
}

// Cancel forgets the command: it leaves its queue, or its place on a connection stays
// empty and the answer is dropped there. The command lives until Free.
func (q *Command) Cancel(l *loop.Loop) {
	s := q.client.states.On(l)
	n := q.node
	switch q.where {
	case waiting:
		n.unqueue(q)
	case delayed:
		s.delayed.Remove(&q.place)
	case sent:
		c := q.conn
		n = c.n
		c.forget(l, q)
	}
	if n != nil && asyncops.WhyCancelled(l, q.deadline) == asyncops.TimedOut {
		n.silent(l, q.begun)
	}
	s.ended(q)
}

// Free ends q's life; every []byte taken from it is dead. It must not be pending.
func (q *Command) Free(l *loop.Loop) {
	if q.where != inHand {
		panic("BUG: command freed twice or while it is pending")
	}
	s := q.client.states.On(l)
	s.putReply(q.reply)
	text := q.text[:0]
	if cap(text) > maxPooled {
		text = nil
	}
	c := q.client
	*q = Command{encoder: encoder{text: text}}
	c.commands.Put(l, q)
}

// sendable is what is to be sent of q: the parts that are not answered yet.
func (q *Command) sendable() []byte { return skipParts(q.text, q.first) }

// A verdict is what an answer asks of us.
type verdict uint8

const (
	answered  verdict = iota // it is for whoever asked
	moved                    // MOVED: another node has the slot
	ask                      // ASK: another node has this key already
	tryAgain                 // TRYAGAIN, LOADING: the same again, a little later
	unsettled                // CLUSTERDOWN, MASTERDOWN: likewise, with a new map
)

// judge looks at an answer.
func judge(v Value) verdict {
	if v.Kind() != Error {
		return answered
	}
	word, _, _ := bytes.Cut(v.Bytes(), []byte(" "))
	switch string(word) {
	case "MOVED":
		return moved
	case "ASK":
		return ask
	case "TRYAGAIN", "LOADING":
		return tryAgain
	case "CLUSTERDOWN", "MASTERDOWN":
		return unsettled
	}
	return answered
}

// redirectedTo reads "MOVED 3999 127.0.0.1:6381".
func redirectedTo(v Value, from Host) (Host, bool) {
	words := bytes.Fields(v.Bytes())
	if len(words) != 3 {
		return Host{}, false
	}
	return parseAddr(words[2], from)
}
