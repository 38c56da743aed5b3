// Package event_datagram is OpenSIPS's event_datagram module: events go to whoever has
// subscribed as JSON-RPC notifications in datagrams, over UDP or a UNIX socket.
package event_datagram

import (
	"errors"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A Module is one loaded event_datagram.
type Module struct{ sinks sinks }

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares nothing: the module is used by subscribe_event.
func (m *Module) Setup(*module.Env) {}

// Start lets the event bus send by this module.
func (m *Module) Start(e *module.Env) error {
	core := e.Shared.(*proxy.Core)
	m.sinks.log = core.Group.Logger()
	core.Events.AddTransport("udp", udpTransport{m})
	core.Events.AddTransport("unix", unixTransport{m})
	return nil
}

// Close ends the senders.
func (m *Module) Close() error {
	m.sinks.close()
	return nil
}

// Report tells how many events were sent and lost.
func (m *Module) Report(line func(string)) { m.sinks.report(line) }

var (
	errAddress = errors.New("event_datagram: want udp:host:port")
	errPath    = errors.New("event_datagram: want unix:/path of up to 107 bytes")
)

type udpTransport struct{ m *Module }

// Open takes host:port; a name is looked up by the sender, when it first sends.
func (t udpTransport) Open(socket string) (event.Sink, error) {
	host, port, err := net.SplitHostPort(socket)
	n, numErr := strconv.Atoi(port)
	if err != nil || numErr != nil || host == "" || n < 1 || n > 65535 {
		return nil, errAddress
	}
	return t.m.sinks.open("udp", net.JoinHostPort(host, port))
}

type unixTransport struct{ m *Module }

// maxPath is what the kernel takes as the path of a UNIX socket.
const maxPath = 107

// Open takes a path.
func (t unixTransport) Open(socket string) (event.Sink, error) {
	if !filepath.IsAbs(socket) || len(socket) > maxPath || strings.ContainsRune(socket, 0) {
		return nil, errPath
	}
	return t.m.sinks.open("unixgram", socket)
}
