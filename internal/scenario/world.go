package scenario

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A World is where a scenario plays: over real sockets in real time, or in memory in
// virtual time. It may be a [Resolver] too.
type World interface {
	Listen() Socket
	Start(config string, vars map[string]string, args []string) (Target, error)
	Time() time.Time
	Pass(d time.Duration) // lets time pass
	// Exact reports whether nothing but the scenario makes time pass.
	Exact() bool
}

// A Target is the proxy that a scenario plays against.
type Target interface {
	Address() string // host:port that requests are sent to
	// Wait waits for a line of the log from number from on, and returns it and the
	// number of the next.
	Wait(substr string, from int, within time.Duration) (line string, next int, err error)
	Log() []string
	Stop() error
}

// A Socket is what a user agent sends and receives by. It may be a [StreamSocket] too.
type Socket interface {
	Addr() string
	SendBytes(to string, b []byte) error
	// Next returns the next message, or nil if none comes within d.
	Next(d time.Duration) *Message
}

// A StreamSocket can speak TCP.
type StreamSocket interface {
	UseStream() error
	Stream() Stream // nil before UseStream
}

// A Stream is the TCP side of a user agent.
type Stream interface {
	Close(reset bool) // all connections
	Deafen()          // takes no more
	Connections() int
	Pongs() <-chan struct{}  // CRLF that came alone
	Closed() <-chan struct{} // connections that the peer has closed
}

// A Resolver is a World in which a name server can be started.
type Resolver interface {
	StartDNS() NameServer
	FreePort() int // nobody's
}

// A NameServer answers from a zone.
type NameServer interface {
	Zone(text string) error
	Address() string
	Close()
}

// A VirtualWorld is a [Net], on which a scenario starts a proxy. Config is what Start
// starts from; it sets Script, Vars and Loops.
type VirtualWorld struct {
	*Net
	Config VirtualConfig
	Dir    string // [dir] in a script
	// Check, if set, says what is wrong with a message that a user agent gets.
	Check func(b []byte) error
	// Proxy is what Start has started.
	Proxy *Virtual
}

// Time is the virtual time.
func (w *VirtualWorld) Time() time.Time { return time.Unix(0, w.Now()) }

// Pass lets it pass.
func (w *VirtualWorld) Pass(d time.Duration) { w.Run(d, nil) }

// Exact reports that it is exact.
func (w *VirtualWorld) Exact() bool { return true }

// Listen gives a user agent an address.
func (w *VirtualWorld) Listen() Socket {
	s := &memorySocket{w: w}
	s.addr = w.Net.Listen(func(from loop.Addr, b []byte) {
		m := ParseMessage(b, from.AddrPort())
		if w.Check != nil && m.Err == nil {
			m.Err = w.Check(b)
		}
		m.At = w.Time()
		s.in = append(s.in, m)
	})
	return s
}

// Start knows of the arguments only the number of loops and -o.
func (w *VirtualWorld) Start(config string, vars map[string]string, args []string) (Target, error) {
	cfg := w.Config
	cfg.Script, cfg.Vars = config, vars
	for i := range args {
		if args[i] == "-n" && i+1 < len(args) {
			n, err := strconv.Atoi(args[i+1])
			if err != nil {
				return nil, err
			}
			cfg.Loops = n
		}
		if args[i] == "-o" && i+1 < len(args) {
			cfg.Options = append(cfg.Options, args[i+1])
		}
	}
	v, err := StartVirtual(w.Net, cfg, w.Dir)
	if err != nil {
		return nil, err
	}
	w.Proxy = v
	return v, nil
}

// A memorySocket is an address on a Net.
type memorySocket struct {
	w    *VirtualWorld
	addr loop.Addr
	in   []*Message
}

func (s *memorySocket) Addr() string { return s.addr.String() }

func (s *memorySocket) SendBytes(to string, b []byte) error {
	addr, err := netip.ParseAddrPort(to)
	if err != nil {
		return fmt.Errorf("sending to %s: %w", to, err)
	}
	s.w.Send(s.addr, loop.AddrFrom(addr), b)
	return nil
}

// Next lets as little time pass as it takes.
func (s *memorySocket) Next(d time.Duration) *Message {
	if !s.w.Run(d, func() bool { return len(s.in) > 0 }) {
		return nil
	}
	m := s.in[0]
	s.in = s.in[1:]
	return m
}
