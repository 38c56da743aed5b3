package siptest

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script/syntax"
)

// A world is where a scenario plays: over real sockets in real time, or in memory in
// virtual time.
type world interface {
	listen() socket
	start(config string, vars map[string]string, args []string) (Target, error)
	now() time.Time
	pass(d time.Duration) // lets time pass
	// exact reports whether nothing but the scenario makes time pass.
	exact() bool
}

// A socket is what an actor sends and receives by.
type socket interface {
	Addr() string
	SendBytes(to string, b []byte)
	// Next returns the next message, or nil if none comes within d.
	Next(d time.Duration) *Message
}

// A realWorld has real sockets, and a proxy that a Starter starts.
type realWorld struct {
	tb      testing.TB
	starter Starter
}

func (w *realWorld) listen() socket       { return Listen(w.tb) }
func (w *realWorld) now() time.Time       { return time.Now() }
func (w *realWorld) pass(d time.Duration) { time.Sleep(d) } // the scenario asks for it, such as for a retransmission
func (w *realWorld) exact() bool          { return false }

func (w *realWorld) start(config string, vars map[string]string, args []string) (Target, error) {
	return w.starter(w.tb, config, vars, args), nil
}

// A virtualWorld is a Net.
type virtualWorld struct {
	tb testing.TB
	*Net
	alter func(*module.Env)
	edit  func(*syntax.Config)
}

func newVirtualWorld(tb testing.TB) *virtualWorld { return &virtualWorld{tb: tb, Net: NewNet()} }

func (w *virtualWorld) now() time.Time       { return time.Unix(0, w.Now()) }
func (w *virtualWorld) pass(d time.Duration) { w.Run(d, nil) }
func (w *virtualWorld) exact() bool          { return true }

func (w *virtualWorld) listen() socket {
	s := &memorySocket{w: w}
	s.addr = w.Listen(func(from loop.Addr, b []byte) {
		m := parseMessage(b, from.AddrPort())
		m.At = w.now()
		s.in = append(s.in, m)
	})
	return s
}

// start knows of the arguments only the number of loops.
func (w *virtualWorld) start(config string, vars map[string]string, args []string) (Target, error) {
	cfg := VirtualConfig{Script: config, Vars: vars, alter: w.alter, edit: w.edit}
	for i := range args {
		if args[i] == "-n" && i+1 < len(args) {
			n, err := strconv.Atoi(args[i+1])
			if err != nil {
				return nil, err
			}
			cfg.Loops = n
		}
	}
	return startVirtual(w.tb, w.Net, cfg)
}

// A memorySocket is an address on a Net.
type memorySocket struct {
	w    *virtualWorld
	addr loop.Addr
	in   []*Message
}

func (s *memorySocket) Addr() string { return s.addr.String() }

func (s *memorySocket) SendBytes(to string, b []byte) {
	s.w.tb.Helper()
	addr, err := netip.ParseAddrPort(to)
	if err != nil {
		s.w.tb.Fatalf("sending to %s: %v", to, err)
	}
	s.w.Send(s.addr, loop.AddrFrom(addr), b)
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
