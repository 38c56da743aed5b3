// Package proto_udp is OpenSIPS's proto_udp module. SIP over UDP is built in: what is
// here is its parameter.
package proto_udp

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/transport"
)

// A Module is one loaded proto_udp.
type Module struct{ port int }

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameter.
func (m *Module) Setup(e *module.Env) {
	e.Params.IntRange(&m.port, "udp_port", 5060, 1, 65535, "port of the udp sockets that are written without one")
}

// Start sets the port.
func (m *Module) Start(e *module.Env) error {
	e.Shared.(*proxy.Core).Settings.DefaultPort(transport.UDP, m.port)
	return nil
}
