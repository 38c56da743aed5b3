// Package mi_datagram is OpenSIPS's mi_datagram module: management requests, JSON-RPC
// 2.0, by UDP or a UNIX socket. package mi/datagram does the work.
package mi_datagram

import (
	"errors"
	"io/fs"
	"net"
	"time"

	"github.com/fastsips/fastsips/mi/datagram"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A Module is one loaded mi_datagram.
type Module struct {
	cfg    datagram.Config
	mode   int
	pretty bool
	server *datagram.Server
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Func("socket_name", "where to listen: the path of a UNIX socket, or udp:address:port; it must be set", func(s string) (err error) {
		m.cfg.Address, err = datagram.ParseAddress(s)
		return err
	})
	p.Millis(&m.cfg.Patience, "socket_timeout", 2*time.Second, "how long a client may not take its answer, which is dropped then")
	p.IntRange(&m.mode, "unix_socket_mode", 0o660, 0, 0o777, "permissions of the UNIX socket (432 is 0660 in octal)")
	p.User(&m.cfg.UID, "unix_socket_user", "its owner, a name or a number; as the process if not set")
	p.Group(&m.cfg.GID, "unix_socket_group", "its group, likewise")
	p.Bool(&m.pretty, "pretty_printing", false, "indent the answers")
	p.Ignored("children_count", "commands run one at a time, and no client holds up another")
	p.Ignored("socket_buf_size", "a datagram has up to 65457 bytes")
	p.Ignored("reply_indent", "answers are JSON")
	p.Ignored("trace_destination", "requests are not traced")
	p.Ignored("trace_bwlist", "requests are not traced")
}

// Start makes the socket, so that two processes do not start with the same.
func (m *Module) Start(e *module.Env) (err error) {
	if m.cfg.Address.Name == "" {
		return errors.New("socket_name is not set")
	}
	m.cfg.Mode = fs.FileMode(m.mode)
	m.cfg.Log = e.Shared.(*proxy.Core).Group.Logger()
	m.cfg.Serve = e.Management().Answerer(m.pretty)
	if m.server, err = datagram.Listen(m.cfg); err != nil {
		return err
	}
	if at, err := net.ResolveUDPAddr("udp", m.cfg.Address.Name); m.cfg.Address.Network == "udp" && err == nil && !at.IP.IsLoopback() {
		m.cfg.Log.Warn("mi_datagram: whoever can send to this address may give commands; their senders' addresses prove nothing", "address", m.cfg.Address.Name)
	}
	return nil
}

// Open begins to read.
func (m *Module) Open(*module.Env) error {
	m.server.Run()
	return nil
}

// Close removes the socket.
func (m *Module) Close() error {
	if m.server == nil {
		return nil
	}
	return m.server.Close()
}
