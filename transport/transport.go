// Package transport is RFC 3261 §18 for fastsips: the listeners that socket=
// lines ask for, which loop a message belongs to, and sending.
//
// Every datagram is looked at once by the loop that received it, for its Call-ID
// only: owner = hash(Call-ID) mod N. When that is another loop, the slot goes
// there as it is. From then on everything of the call happens on that loop.
//
// The messages of a TCP connection are cut out of it by their Content-Length and then
// are treated like datagrams. A connection stays on one loop; the others find it in a
// directory, and pass on to it what they send. The package refuses to parse more than a Call-ID: what a message means is proxy's business.
package transport

import (
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport/steer"
)

// A Proto is a transport protocol.
type Proto uint8

// The protocols; only UDP and TCP can be sent to yet.
const (
	UDP Proto = iota
	TCP
	TLS
	WS
	WSS
	SCTP
)

var protoName = [...]string{UDP: "UDP", TCP: "TCP", TLS: "TLS", WS: "WS", WSS: "WSS", SCTP: "SCTP"}

var protoParam = [...]string{UDP: "udp", TCP: "tcp", TLS: "tls", WS: "ws", WSS: "wss", SCTP: "sctp"}

// String returns the name as a Via header writes it.
func (p Proto) String() string { return protoName[p] }

// ProtoOf reads a protocol name in any case.
func ProtoOf(b []byte) (Proto, bool) {
	for p, name := range protoName {
		if sipparse.EqualFoldString(b, name) {
			return Proto(p), true
		}
	}
	return 0, false
}

// Reliable reports whether p sees to it that what is sent arrives (RFC 3261 §17).
func (p Proto) Reliable() bool { return p != UDP }

// Param returns the name as a transport parameter writes it.
func (p Proto) Param() string { return protoParam[p] }

// DefaultPort returns the port of p where none is written (RFC 3261 §19.1.2).
func (p Proto) DefaultPort() uint16 {
	switch p {
	case TLS, WSS:
		return 5061
	default:
		return 5060
	}
}

// A Flow says which way a message came or goes: listener, local address and the
// peer. It is a plain value without pointers, kept by whatever has to answer.
type Flow struct {
	Local    loop.Addr // source address to send from; matters for wildcard listeners
	Remote   loop.Addr
	Conn     loop.StreamID // TCP: the connection to send on if it is still there
	Listener uint16
	Proto    Proto
	NoDial   bool // TCP: by a connection that is there already, or not at all
}

// Receiver gets the messages of a loop. Datagram, which is for those of streams too,
// may retain s. SendFailed tells, on the loop that sent it, that what was sent with tag
// has not left. Unreachable tells that an ICMP error came about a datagram to remote that
// began with head; false means that another loop may know more of it.
type Receiver interface {
	Datagram(l *loop.Loop, ls *Listener, s *loop.Slot)
	SendFailed(l *loop.Loop, tag uint64, err error)
	Unreachable(l *loop.Loop, remote loop.Addr, head []byte) bool
}

// Config is fixed once Open is called.
type Config struct {
	Listeners []ListenerConfig
	Bonds     []BondConfig
	RecvBuf   int  // bytes asked for as SO_RCVBUF; zero leaves the kernel's default
	SendBuf   int  // bytes asked for as SO_SNDBUF; zero leaves the kernel's default
	ICMP      bool // listen to ICMP errors (RFC 3261 §18.4)
	TCP       TCPConfig
	IP        loop.IPOptions // of all sockets, but for a TOS of their own
	Steering  steer.Mode     // how the kernel may choose the socket of a datagram
}

// ipOptions are those of one listener.
func (c *Config) ipOptions(lc *ListenerConfig) loop.IPOptions {
	o := c.IP
	if lc.TOS > 0 {
		o.TOS = lc.TOS
	}
	o.Fragment = lc.Frag
	return o
}

// Transport is the open listeners.
type Transport struct {
	group      *loop.Group
	listeners  []*Listener
	bonds      []*Listener // what stands for several of them
	owner      steer.Owner
	recv       Receiver
	localIPs   []ownAddr                // for wildcard listeners
	aliases    []Alias                  // further names, fixed once the group runs
	aliasFuncs []func(host []byte) bool // likewise; what they know changes
	counters   []*Counters              // by loop
	log        *slog.Logger

	tcp        TCPConfig
	peers      *directory
	conns      loop.Pool[conn]
	framing    loop.Local[sipparse.Msg]
	complained loop.Local[int64] // when something was last logged about connections
}

// Open binds all listeners. It must be called before the group starts. The
// error of a taken address says "address in use".
func Open(g *loop.Group, cfg Config, recv Receiver, log *slog.Logger) (*Transport, error) {
	t := &Transport{group: g, owner: steer.NewOwner(g.Len()), recv: recv, localIPs: readLocalIPs(), log: log, tcp: cfg.TCP}
	t.openStreams()
	for range g.Len() {
		t.counters = append(t.counters, new(Counters))
	}
	for _, lc := range cfg.Listeners {
		if err := t.listen(lc, &cfg); err != nil {
			return nil, err
		}
	}
	if err := t.openBonds(cfg.Bonds); err != nil {
		return nil, err
	}
	for _, ls := range t.listeners {
		log.Info("listening", "socket", ls.String())
	}
	t.steer(cfg.Steering)
	return t, nil
}

func (t *Transport) listen(lc ListenerConfig, cfg *Config) error {
	if lc.Proto != UDP && lc.Proto != TCP {
		return fmt.Errorf("socket=%s: only udp and tcp listeners are there yet", lc)
	}
	for _, bind := range lc.Binds {
		ls := &Listener{t: t, index: uint16(len(t.listeners)), proto: lc.Proto, readers: lc.Readers}
		open := t.listenUDP
		if lc.Proto == TCP {
			open = t.listenTCP
		}
		if err := open(ls, bind, cfg, cfg.ipOptions(&lc)); err != nil {
			return fmt.Errorf("socket=%s: %w", lc, err)
		}
		ls.init(lc)
		t.listeners = append(t.listeners, ls)
	}
	return nil
}

func (t *Transport) listenUDP(ls *Listener, bind netip.AddrPort, cfg *Config, ip loop.IPOptions) error {
	c := loop.UDPConfig{
		Bind: bind, RecvBuf: cfg.RecvBuf, SendBuf: cfg.SendBuf, IP: ip, Readers: ls.readers,
		Recv:      func(l *loop.Loop, s *loop.Slot) { t.datagram(l, ls, s) },
		SendError: func(l *loop.Loop, o *loop.Out, err error) { t.recv.SendFailed(l, o.Tag(), err) },
	}
	if cfg.ICMP {
		c.Unreachable = func(l *loop.Loop, s *loop.Slot, _ error) { t.unreachable(l, s) }
	}
	u, err := t.group.ListenUDP(c)
	if err == nil {
		ls.udp, ls.addr = u, u.Addr()
	}
	return err
}

// datagram sends s to the loop that owns its call, or up. Steering by the kernel
// may make this check a formality; it stays the truth.
func (t *Transport) datagram(l *loop.Loop, ls *Listener, s *loop.Slot) {
	if s.Home() != l.Index() { // whose loop has looked
		t.message(l, ls, s)
		return
	}
	b, c := s.Bytes(), t.counters[l.Index()]
	if isKeepAlive(b) {
		c.KeepAlives.Inc()
		return
	}
	switch to := t.ownerOf(l, b); {
	case to != l.Index():
		c.HandedOver.Inc()
		l.HandOver(s, to)
		return
	case t.owner.Loops() > 1:
		c.Steered.Inc()
	}
	t.message(l, ls, s)
}

// message takes one that is this loop's business.
func (t *Transport) message(l *loop.Loop, ls *Listener, s *loop.Slot) {
	t.counters[l.Index()].Received.Inc()
	t.recv.Datagram(l, ls, s)
}

// ownerOf returns the index of the loop that b is for; this one where that cannot be
// known.
func (t *Transport) ownerOf(l *loop.Loop, b []byte) int {
	if t.owner.Loops() > 1 {
		if id := sipparse.PeekCallID(b); id != nil {
			return t.owner.Of(id)
		}
	}
	return l.Index()
}

// isKeepAlive recognises what phones send to keep a NAT binding: line ends, or
// NULs (RFC 5626 §4.4 and older habits).
func isKeepAlive(b []byte) bool {
	if len(b) > 4 {
		return false
	}
	for _, c := range b {
		if c != '\r' && c != '\n' && c != 0 {
			return false
		}
	}
	return true
}

// Owner returns the function that names a call's loop.
func (t *Transport) Owner() steer.Owner { return t.owner }

// Listeners returns the open listeners in the order of their socket= lines.
func (t *Transport) Listeners() []*Listener { return t.listeners }

// Listener returns the i-th listener; a Flow names it so.
func (t *Transport) Listener(i uint16) *Listener { return t.listeners[i] }

// Counters returns the counters of loop i, for reading.
func (t *Transport) Counters(i int) *Counters { return t.counters[i] }

// Send queues o to f's peer. The caller keeps o.
func (t *Transport) Send(l *loop.Loop, f *Flow, o *loop.Out) {
	ls := t.listeners[f.Listener]
	if ls.tcp != nil {
		t.sendStream(l, ls, f, o)
		return
	}
	ls.udp.Send(l, o, f.Remote, f.Local)
}

// Pick returns the listener to reach remote by: prefer when it can, else the first of
// the same protocol and address family, at prefer's address if there is one; nil when
// there is none.
func (t *Transport) Pick(p Proto, remote loop.Addr, prefer *Listener) (first *Listener) {
	if prefer != nil && prefer.reaches(p, remote) {
		return prefer
	}
	for _, ls := range t.listeners {
		switch {
		case !ls.reaches(p, remote):
		case prefer == nil || ls.addr.SameIP(prefer.addr):
			return ls
		case first == nil:
			first = ls
		}
	}
	return first
}

// IsMine reports whether host (a name or literal, no brackets needed) and port
// (0: any) are an address or alias that this proxy listens on.
func (t *Transport) IsMine(host []byte, port int) bool {
	return t.Find(host, port) != nil || t.isAlias(host, port)
}

// Find returns the listener that host and port name, or nil.
func (t *Transport) Find(host []byte, port int) *Listener {
	for _, ls := range t.listeners {
		if ls.Is(host, port) {
			return ls
		}
	}
	return nil
}

// IsMineAnyPort is [Transport.IsMine] where port 0 stands for every port.
func (t *Transport) IsMineAnyPort(host []byte, port int) bool {
	if port != 0 {
		return t.IsMine(host, port)
	}
	for _, ls := range t.listeners {
		if ls.isHost(host) {
			return true
		}
	}
	return t.isAlias(host, 0)
}

// FlowFrom returns the flow back to where s came from.
func (ls *Listener) FlowFrom(s *loop.Slot) Flow {
	f := Flow{Remote: s.From(), Conn: s.Stream(), Listener: ls.index, Proto: ls.proto}
	if ls.wildcard {
		f.Local = s.To()
	}
	return f
}
