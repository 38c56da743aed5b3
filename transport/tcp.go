package transport

import (
	"net/netip"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// TCPConfig says how connections are treated. Zero fields take their defaults.
type TCPConfig struct {
	Limits    loop.StreamLimits
	Max       int  // connections of the process; default 2048
	Backlog   int  // connections that may wait to be accepted, for each loop and listener
	Aliases   bool // believe ;alias in a Via (RFC 5923)
	DropPings bool // do not answer CRLF CRLF

	KeepAlive                         bool // by the kernel
	KeepIdle, KeepInterval, KeepCount int  // seconds, seconds, probes

	// Disconnected is told of each connection that has been there and is no more; may be nil.
	Disconnected func(l *loop.Loop, p Proto, local, remote loop.Addr)
}

// openStreams prepares what connections need.
func (t *Transport) openStreams() {
	if t.tcp.Max <= 0 {
		t.tcp.Max = 2048
	}
	t.group.SetMaxStreams(t.tcp.Max)
	t.peers = newDirectory(2 * t.tcp.Max)
	t.conns = loop.NewPool[conn](t.group)
	t.framing = loop.NewLocal[sipparse.Msg](t.group, nil)
	t.complained = loop.NewLocal[int64](t.group, nil)
}

func (t *Transport) listenTCP(ls *Listener, bind netip.AddrPort, cfg *Config, ip loop.IPOptions) error {
	c := &cfg.TCP
	tcp, err := t.group.ListenTCP(loop.TCPConfig{
		Bind: bind, Backlog: c.Backlog, Limits: c.Limits, IP: ip,
		KeepAlive: c.KeepAlive, KeepIdle: c.KeepIdle, KeepInterval: c.KeepInterval, KeepCount: c.KeepCount,
		Handler: conns{ls},
		Recv:    func(l *loop.Loop, s *loop.Slot) { t.message(l, ls, s) },
	})
	if err != nil {
		return err
	}
	ls.tcp, ls.addr = tcp, tcp.Addr()
	return nil
}

// sendStream sends o by a connection: f's own if that is still there, else the one
// that is known to lead to f.Remote, else one that is made, unless f forbids it.
func (t *Transport) sendStream(l *loop.Loop, ls *Listener, f *Flow, o *loop.Out) {
	o.Bind(f.NoDial)
	if ls.tcp.Take(l, o, f.Conn, f.Remote, f.Local) {
		ls.route(l, o)
	}
}

// route has o leave on a connection of this loop, or passes it on to the loop that
// has one, or that makes one: each peer has its own such loop, so that two loops do
// not make two.
func (ls *Listener) route(l *loop.Loop, o *loop.Out) {
	id := o.Stream()
	if ls.leaveOn(l, o, id) {
		return
	}
	k := peerKey{o.To(), ls.index}
	if known := ls.t.peers.find(k); known != id && ls.leaveOn(l, o, known) {
		return
	}
	if o.Bound() {
		l.Fail(o, loop.NotConnected)
		return
	}
	o.SetStream(loop.StreamID{})
	if home := int(ls.t.peers.hash(k) >> 32 % uint64(l.Count())); home != l.Index() {
		l.PassOn(o, home)
		return
	}
	ls.dial(l, o, k)
}

// leaveOn sends o on the connection id; false if there is none, or it leads to another
// machine: some IDs have been through the hands of others.
func (ls *Listener) leaveOn(l *loop.Loop, o *loop.Out, id loop.StreamID) bool {
	if id.IsZero() {
		return false
	}
	if id.Loop() != l.Index() {
		o.SetStream(id)
		l.PassOn(o, id.Loop())
		return true
	}
	c := l.Stream(id)
	if c == nil || !c.Takes() || !c.Remote().SameIP(o.To()) {
		return false
	}
	c.Enqueue(l, o)
	return true
}

// dial makes a connection for o. From now on all loops find it.
func (ls *Listener) dial(l *loop.Loop, o *loop.Out, k peerKey) {
	s, err := ls.tcp.Dial(l, o.To(), o.From())
	if err != nil {
		ls.t.counters[l.Index()].ConnectFailed.Inc()
		l.Fail(o, err)
		return
	}
	ls.begin(l, s, k)
	s.Enqueue(l, o)
}
