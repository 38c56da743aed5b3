package transport

import (
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// A conn is what is remembered of one connection, on its loop.
type conn struct {
	framer sipparse.Framer
	keys   [2]peerKey // by which it is in the directory: the peer's address, an alias
	n      int
}

// conns is told of a listener's connections.
type conns struct{ *Listener }

var _ loop.StreamHandler = conns{}

// begin enters a new connection.
func (ls *Listener) begin(l *loop.Loop, s *loop.Stream, k peerKey) {
	c := ls.t.conns.Get(l)
	*c = conn{}
	s.SetUser(c)
	ls.t.counters[l.Index()].Connections.Add(1)
	ls.know(s, c, k)
}

// know has all loops find s under k, which is the peer's own address.
func (ls *Listener) know(s *loop.Stream, c *conn, k peerKey) {
	c.add(k)
	ls.t.peers.put(k, s.ID())
}

func (c *conn) add(k peerKey) {
	c.keys[c.n] = k
	c.n++
}

// forget is the opposite: nobody is to send on s any more.
func (ls *Listener) forget(s *loop.Stream, c *conn) {
	for _, k := range c.keys[:c.n] {
		ls.t.peers.drop(k, s.ID())
	}
	c.n = 0
}

// Opened enters a connection that was accepted; one that was dialed is there already.
func (h conns) Opened(l *loop.Loop, s *loop.Stream) {
	c := h.t.counters[l.Index()]
	if s.Dialed() {
		c.Connected.Inc()
		return
	}
	c.Accepted.Inc()
	h.begin(l, s, peerKey{s.Remote(), h.index})
}

// Closed forgets the connection.
func (h conns) Closed(l *loop.Loop, s *loop.Stream, why loop.Cause, err error) {
	c := s.User().(*conn)
	h.forget(s, c)
	h.t.counters[l.Index()].closed(why)
	h.t.conns.Put(l, c)
	switch why {
	case loop.NotConnected, loop.ConnectTimeout, loop.Stalled, loop.QueueFull:
		h.complain(l, "a connection has failed", s.Remote(), why, err)
	}
}

// Passed takes what another loop wants sent.
func (h conns) Passed(l *loop.Loop, o *loop.Out) { h.route(l, o) }

// Unsent tells who sent it.
func (h conns) Unsent(l *loop.Loop, o *loop.Out, err error) {
	h.t.counters[l.Index()].Unsent.Inc()
	h.t.recv.SendFailed(l, o.Tag(), err)
}

// Refused counts connections that there is no room for.
func (h conns) Refused(l *loop.Loop, from loop.Addr, err error) {
	h.t.counters[l.Index()].Refused.Inc()
	h.complain(l, "a connection was refused", from, err, nil)
}

// complainEvery is how often a loop logs what is wrong with connections. The counters
// tell how many there were.
const complainEvery = 10 * time.Second

func (h conns) complain(l *loop.Loop, what string, peer loop.Addr, why, err error) {
	if at := h.t.complained.On(l); *at == 0 || l.Now()-*at >= int64(complainEvery) {
		*at = l.Now()
		h.t.log.Warn(what, "socket", h.String(), "peer", peer, "why", why, "error", err)
	}
}

// Received cuts what has arrived into messages (RFC 3261 §18.3) and sends each to
// the loop that owns its call.
func (h conns) Received(l *loop.Loop, s *loop.Stream, b []byte) (n int) {
	c, m, id := s.User().(*conn), h.t.framing.On(l), s.ID()
	pings := 0
	defer func() { h.pong(l, id, pings) }()
	for n < len(b) {
		size, err := c.framer.Next(b[n:], m)
		switch {
		case err == sipparse.ErrKeepAlive && size == 4:
			pings++
		case err == sipparse.ErrKeepAlive: // RFC 3261 §7.5: empty lines before a message
		case err != sipparse.OK:
			h.lost(l, s, c, m, b[n:n+size], err)
			return len(b)
		case size == 0:
			return n
		case !h.take(l, s, c, m, b[n:n+size]):
			return n
		case l.Stream(id) != s || !s.Usable(): // by what the message has led to
			return len(b)
		}
		n += size
	}
	return n
}

// pauseTime is for how long a connection is not read when the loop that owns its
// next message has too much to do.
const pauseTime = 5 * time.Millisecond

// take sends one message to its owner; false if that has no room, and the connection
// has to wait with all that follows.
func (h conns) take(l *loop.Loop, s *loop.Stream, c *conn, m *sipparse.Msg, b []byte) bool {
	to := h.t.ownerOf(l, b)
	if to != l.Index() && !l.MayHandOver(to) {
		h.t.counters[l.Index()].Paused.Inc()
		s.Pause(l, pauseTime)
		return false
	}
	if err := m.Err(); err.FramingLost() {
		h.lost(l, s, c, m, b, err)
		return true
	}
	if h.t.tcp.Aliases && c.n == 1 && !s.Dialed() && m.IsRequest() {
		h.alias(s, m)
	}
	h.t.deliver(l, s, b, 0, to)
	return true
}

// deliver copies b into a slot for its owner.
func (t *Transport) deliver(l *loop.Loop, s *loop.Stream, b []byte, note uint16, to int) {
	if to != l.Index() {
		t.counters[l.Index()].HandedOver.Inc()
	}
	s.Deliver(l, b, note, to)
}

// lost ends a connection of which nobody knows where its next message begins: what
// can be answered is, then it is closed.
func (h conns) lost(l *loop.Loop, s *loop.Stream, c *conn, m *sipparse.Msg, b []byte, err sipparse.Error) {
	h.t.counters[l.Index()].FramingErrors.Inc()
	answer := m.IsRequest() && m.Method() != sipparse.Ack && err.Status() != 0 && m.Replyable()
	h.forget(s, c)
	s.Finish(l, answer)
	if answer {
		h.t.deliver(l, s, b, uint16(err), h.t.ownerOf(l, b))
	}
}

// Fault returns what is wrong with the framing of a message that came by a stream; OK
// if nothing is, as far as its transport knows.
func Fault(s *loop.Slot) sipparse.Error { return sipparse.Error(s.Note()) }

var pongs = func() (b []byte) {
	for range 1024 {
		b = append(b, "\r\n"...)
	}
	return b
}()

// pong answers n pings (RFC 5626 §3.5.1), between messages.
func (h conns) pong(l *loop.Loop, id loop.StreamID, n int) {
	if n == 0 {
		return
	}
	h.t.counters[l.Index()].Pings.Add(uint64(n))
	for n > 0 && !h.t.tcp.DropPings {
		s := l.Stream(id)
		if s == nil || !s.Usable() {
			return
		}
		some := min(n, len(pongs)/2)
		n -= some
		o := l.NewOut()
		o.Set(append(o.Buf()[:0], pongs[:2*some]...))
		if h.tcp.Take(l, o, id, s.Remote(), loop.Addr{}) {
			s.Enqueue(l, o)
		}
		l.Free(o)
	}
}

// alias believes a request that its connection may be used to reach the sender by its
// sent-by port (RFC 5923 §5.1), but only for the address that it came from. There may
// be others behind that address: what leads to one of them stays his, as in OpenSIPS.
func (h conns) alias(s *loop.Stream, m *sipparse.Msg) {
	via := m.TopVia()
	if via == nil {
		return
	}
	var p sipparse.Param
	for it := sipparse.ParamsIn(m.Buf(), via.Params); it.Next(&p); {
		if sipparse.EqualFoldString(p.Name.Of(m.Buf()), "alias") {
			port := uint16(via.Port)
			if port == 0 {
				port = TCP.DefaultPort()
			}
			h.addAlias(s, port)
			return
		}
	}
}
