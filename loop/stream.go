package loop

import (
	"time"

	"github.com/fastsips/fastsips/timer"
)

// A Stream is one TCP connection. It belongs to the loop that accepted or dialed
// it, for life.
//
// What is sent on it waits in a queue that is bounded by the memory it holds, and
// leaves at the end of the pass; what has arrived and is not complete waits in a
// buffer that an idle connection does not have. Every state has a deadline.
type Stream struct {
	id            StreamID
	tcp           *TCP
	watch         *Watch
	state         streamState
	dialed        bool
	paused        bool // nothing is read until resumeAt
	lent          bool // other loops have had messages of it
	awaits        bool // finishing: the answer was not sent yet
	leaving       bool // finishing: by the peer's wish, see farewell
	dirty         bool // in Loop.soiled
	blocked       bool // the kernel has no room
	local, remote Addr

	in []byte // what arrived and was not consumed, in a pooled buffer

	outs    sendQueue
	written int // bytes of the first Out that have left
	held    int // bytes of memory in outs

	used      int64 // when something last came or left
	kept      int64 // when it may be idle until, whatever the limit; see KeepUntil
	stateBy   int64 // deadline of the state: connecting, finishing or lingering
	messageBy int64 // when what is in in must be complete
	writeBy   int64 // when the first overdue Outs must have left
	overdue   int
	resumeAt  int64
	timer     timer.Handle
	timerAt   int64

	user any
}

// A streamState says how far a connection has come.
type streamState uint8

const (
	streamFree       streamState = iota // in the pool
	streamConnecting                    // dialed, not answered yet
	streamOpen
	streamFinishing // nothing is read any more; what is queued, and one answer, still leave
	streamLingering // we have said that no more comes; the peer's rest is thrown away
)

// Limits of a connection's states that nobody needs to change.
const (
	finishTime = time.Second // for the answer to what was wrong
	lingerTime = time.Second // for the peer to close too
)

// StreamLimits bound what a connection may take. Zero fields take their defaults.
type StreamLimits struct {
	Connect time.Duration // to be connected; default 100 ms
	Idle    time.Duration // without a message either way; default 120 s
	Message time.Duration // for one message to arrive whole; default 4 s
	Write   time.Duration // that the peer may read nothing while something waits; default 10 s
	Queue   int           // bytes of memory that may wait to be sent; default 4 MiB
}

func (s StreamLimits) withDefaults() StreamLimits {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&s.Connect, 100*time.Millisecond)
	set(&s.Idle, 120*time.Second)
	set(&s.Message, 4*time.Second)
	set(&s.Write, 10*time.Second)
	if s.Queue <= 0 {
		s.Queue = 4 << 20
	}
	return s
}

// A StreamHandler is told of a listener's connections, on their loops.
type StreamHandler interface {
	// Opened tells of a connection that was accepted, or that Dial has made.
	Opened(l *Loop, s *Stream)
	// Received is shown what has arrived and is not consumed yet, and returns how
	// much of it it has consumed. It keeps nothing of b.
	Received(l *Loop, s *Stream, b []byte) int
	// Closed tells that s is gone. What waited in it is reported after that.
	Closed(l *Loop, s *Stream, why Cause, err error)
	// Passed gets an Out that another loop has passed on.
	Passed(l *Loop, o *Out)
	// Unsent tells the loop that sent o that it did not leave, or perhaps only in part.
	Unsent(l *Loop, o *Out, err error)
	// Refused tells of a connection that was not accepted, for want of room or files.
	Refused(l *Loop, from Addr, err error)
}

// A Cause says why a connection ended. It is the error of what was still queued,
// unless the kernel gave a better one.
type Cause uint8

// The causes.
const (
	ByPeer         Cause = iota // the peer closed
	ByUs                        // Close or Finish was called
	Broken                      // the kernel reported an error
	NotConnected                // nobody answers there, or refuses
	ConnectTimeout              // nobody answered in time
	Idle                        // StreamLimits.Idle
	SlowMessage                 // StreamLimits.Message
	Stalled                     // StreamLimits.Write
	QueueFull                   // StreamLimits.Queue
)

var causeText = [...]string{
	"closed by the peer", "closed here", "broken", "not connected", "no answer in time",
	"idle", "message not complete in time", "peer does not read", "too much waits to be sent",
}

func (c Cause) Error() string { return "connection: " + causeText[c] }

// String returns the cause for logs.
func (c Cause) String() string { return causeText[c] }

// Stream returns the connection that id names; nil if it is not of this loop, or
// has ended.
func (l *Loop) Stream(id StreamID) *Stream {
	if int(id.loop) != l.index || int(id.index) >= len(l.streams) {
		return nil
	}
	if c := l.streams[id.index]; c.id == id && c.state != streamFree {
		return c
	}
	return nil
}

// Streams yields the loop's connections, those that are being made or closed included.
func (l *Loop) Streams(yield func(*Stream) bool) {
	for _, c := range l.streams {
		if c.state != streamFree && !yield(c) {
			return
		}
	}
}

// State returns how far c has come, for operators.
func (c *Stream) State() string {
	return [...]string{"closed", "connecting", "connected", "closing", "closing"}[c.state]
}

// IdleUntil returns when c is closed if nothing comes or leaves until then, in
// nanoseconds as of Loop.Now.
func (c *Stream) IdleUntil() int64 { return c.idleBy() }

// KeepUntil lets c be idle until the time at, of Loop.Now, if its limit would end it earlier.
func (c *Stream) KeepUntil(at int64) { c.kept = at }

// ID returns the name of c.
func (c *Stream) ID() StreamID { return c.id }

// TCP returns the listener that accepted c, or that it was dialed for.
func (c *Stream) TCP() *TCP { return c.tcp }

// Dialed reports whether it was us who connected.
func (c *Stream) Dialed() bool { return c.dialed }

// Local returns our end; until it is connected, the address asked for.
func (c *Stream) Local() Addr { return c.local }

// Remote returns the peer's end.
func (c *Stream) Remote() Addr { return c.remote }

// User returns what SetUser has stored.
func (c *Stream) User() any { return c.user }

// SetUser stores the handler's own word, a pointer.
func (c *Stream) SetUser(u any) { c.user = u }

// Takes reports whether something can still leave on c: also the last answer.
func (c *Stream) Takes() bool { return c.Usable() || c.state == streamFinishing }

// Usable reports whether c is connected, or about to be, and not ending.
func (c *Stream) Usable() bool { return c.state == streamConnecting || c.state == streamOpen }

// newStream gives a connection a place. Generations begin at 1, so that no ID of a
// connection is zero.
func (l *Loop) newStream(t *TCP) *Stream {
	var c *Stream
	if n := len(l.streamFree); n > 0 {
		c = l.streams[l.streamFree[n-1]]
		l.streamFree = l.streamFree[:n-1]
	} else {
		c = &Stream{id: StreamID{index: uint32(len(l.streams)), loop: uint16(l.index)}}
		l.streams = append(l.streams, c)
	}
	if c.id.generation++; c.id.generation == 0 {
		c.id.generation = 1
	}
	c.tcp, c.used, c.kept = t, l.now, 0
	return c
}

// Close ends c at once. What is queued is reported as unsent.
func (c *Stream) Close(l *Loop) { c.end(l, ByUs, nil) }

// Finish ends c in good order: nothing is read any more, what is queued leaves and,
// if answer is set, what is sent on it within a second. Then the peer is told.
func (c *Stream) Finish(l *Loop, answer bool) {
	if c.state != streamOpen {
		return
	}
	c.state = streamFinishing
	c.dropInput(l)
	if c.paused {
		c.paused, c.resumeAt = false, 0
		c.watchFor(l)
	}
	c.awaits = answer
	if !answer && c.outs.len() == 0 {
		c.linger(l)
		return
	}
	c.stateBy = l.now + int64(finishTime)
	c.dueAt(l, c.stateBy)
}

// linger says that no more comes, and waits for the peer to close: a close while
// it still sends would reset the connection and lose it what we have sent.
func (c *Stream) linger(l *Loop) {
	shutdown(c.watch.FD())
	c.state = streamLingering
	c.stateBy = l.now + int64(lingerTime)
	c.dueAt(l, c.stateBy)
}

// end closes c and reports what was queued.
func (c *Stream) end(l *Loop, why Cause, err error) {
	if c.state == streamFree {
		return
	}
	if c.state == streamLingering || c.state == streamFinishing && !c.leaving {
		why = ByUs // it was over before
	}
	c.state = streamFree
	c.watch.Close(l)
	l.StopTimer(c.timer)
	c.dropInput(l)
	l.group.streams.Add(-1)
	c.callClosed(l, why, err)
	if err == nil {
		err = why
	}
	for _, o := range c.outs.first(c.outs.len()) {
		l.Fail(o, err)
	}
	c.outs.drop(c.outs.len())
	c.hold(l, -c.held)
	*c = Stream{id: c.id, outs: c.outs, dirty: c.dirty}
	l.streamFree = append(l.streamFree, c.id.index)
}

func (c *Stream) callClosed(l *Loop, why Cause, err error) {
	defer l.recovered("connection closed")
	c.tcp.cfg.Handler.Closed(l, c, why, err)
}

// Ready is the poller's word that something came, or that there is room.
func (c *Stream) Ready(l *Loop, _ *Watch, ev Events) {
	id := c.id
	if c.state == streamConnecting {
		c.tryConnected(l)
		return
	}
	if ev&Writable != 0 {
		c.unblock(l)
	}
	if ev&(Readable|Hangup|Error) != 0 && l.Stream(id) == c {
		c.read(l)
	}
}
