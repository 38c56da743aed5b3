// Package nathelper is OpenSIPS's nathelper module: it finds out which user agents are
// behind a NAT, puts the addresses that they are really at into their messages, and keeps
// the NAT's bindings open.
package nathelper

import (
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse/sdp"
)

// A Module is one loaded nathelper.
type Module struct {
	reg *script.Registry

	received int32  // number of received_avp; noAVP: not set
	mark     string // nortpproxy_str, from Start on without its line end
	skip     struct{ origin, media bool }
	pings    pingSettings
	pinger   *pinger // nil: natping_interval is 0
	sessions loop.Local[sdp.Session]
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares parameters and functions.
func (m *Module) Setup(e *module.Env) {
	m.reg = e.Registry()
	m.parameters(&e.Params)
	m.pings.parameters(&e.Params, m.reg)
	e.Funcs = m.functions()
	e.Commands = m.commands()
}

func (m *Module) functions() []*script.Func {
	const everywhere = script.R | script.F | script.O | script.B | script.L
	return []*script.Func{
		script.Func1("nat_uac_test", "Whether the sender of the message seems to be behind a NAT: whether one of the tests says so.", everywhere,
			flags("tests", uacTests, "tests, with commas"), m.uacTest),
		script.Func2("fix_nated_contact", "Put the address that the message came from into its Contacts. -1: a Contact is broken, or params are none.", everywhere,
			script.Opt(script.Str("params", `URI parameters to add: ";ata=cisco"`)), script.Opt(flags("flags", contactFlags, "with commas")), fixContact),
		script.Func0("restore_nated_ruri", "Undo what fix_nated_contact() with preserve-uri has done to the R-URI: the address becomes the destination URI, and the R-URI is "+
			"what the phone has called itself. -1: there is no parameter org in it.", script.R|script.B|script.L, restoreRURI),
		script.Func3("fix_nated_sdp", "Change the session descriptions of the message. -1: there is no body, or no address to rewrite.", everywhere,
			flags("flags", sdpFlags, "what to do, with commas"), script.Opt(script.Str("ip", "the address to write; if left out, where the message came from")),
			script.Opt(script.Str("sdp_fields", `lines to add, each with its line end in front: "\r\na=x-attr1"`)), m.fixSDP),
		script.Func0("fix_nated_register", "Set the $avp of received_avp, which registrar's save() reads, to the URI that the request came from. -1: received_avp is not set.", script.R, m.fixRegister),
		script.Func1("add_rcv_param", "Add the URI that the request came from to its Contacts as a parameter received, for another registrar.", script.R,
			script.OptInt("flag", "not 0: a parameter of the Contact URI, not of the Contact", 0), addReceived),
	}
}

// Start makes each loop's space for session descriptions, and the pinger if there are to
// be pings.
func (m *Module) Start(e *module.Env) error {
	m.mark = strings.TrimRight(m.mark, "\r\n")
	m.sessions = loop.NewLocal(e.Shared.(*proxy.Core).Group, func(int) sdp.Session { return sdp.Session{} })
	if m.pings.interval == 0 {
		return nil
	}
	m.pinger = new(pinger)
	return m.pinger.start(e, &m.pings)
}

// Open begins to send pings.
func (m *Module) Open(*module.Env) error {
	if m.pinger == nil {
		return nil
	}
	return m.pinger.open()
}

// Close ends the pings.
func (m *Module) Close() error {
	if m.pinger != nil {
		m.pinger.ended.Store(true)
	}
	return nil
}

// Report writes the counters of pings.
func (m *Module) Report(line func(string)) {
	if m.pinger == nil {
		return
	}
	var sent, unknown, answers, removed uint64
	for _, c := range m.pinger.counters {
		sent, unknown, answers, removed = sent+c.Sent.Load(), unknown+c.Unknown.Load(), answers+c.Answers.Load(), removed+c.Removed.Load()
	}
	line(fmt.Sprintf("nathelper pings=%d unreachable=%d answers=%d removed=%d", sent, unknown, answers, removed))
}
