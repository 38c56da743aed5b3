// Package proto_tcp is OpenSIPS's proto_tcp module. SIP over TCP is built in: see
// package transport. What is here are its parameters.
package proto_tcp

import (
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/transport"
)

// A Module is one loaded proto_tcp.
type Module struct {
	port        int
	sendTimeout time.Duration
	pingPong    bool
	drop        bool
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.IntRange(&m.port, "tcp_port", 5060, 1, 65535, "port of the tcp sockets that are written without one")
	p.Millis(&m.sendTimeout, "tcp_send_timeout", 10*time.Second, "milliseconds in which a peer has to read what waits for it; then its connection is closed")
	p.Bool(&m.pingPong, "tcp_crlf_pingpong", true, "answer CRLF CRLF with CRLF (RFC 5626)")
	p.Bool(&m.drop, "tcp_crlf_drop", false, "do not answer it in any case")
	for note, names := range map[string][]string{
		"a message may come in any number of pieces; tcp_max_msg_time bounds it":       {"tcp_max_msg_chunks"},
		"nothing is ever written but asynchronously; tcp_write_queue bounds it":        {"tcp_async", "tcp_async_max_postponed_chunks", "tcp_async_local_write_timeout"},
		"messages of one connection are handled in parallel, those of a call in order": {"tcp_parallel_handling"},
		"there is no tracing yet": {"trace_destination", "trace_on", "trace_filter_route"},
	} {
		for _, n := range names {
			p.Ignored(n, note)
		}
	}
}

// Start hands over what the parameters say.
func (m *Module) Start(e *module.Env) error {
	set := &e.Shared.(*proxy.Core).Settings
	set.TCP.Limits.Write, set.TCP.DropPings = m.sendTimeout, !m.pingPong || m.drop
	set.DefaultPort(transport.TCP, m.port)
	return nil
}
