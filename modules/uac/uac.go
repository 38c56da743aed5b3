// Package uac is OpenSIPS's uac module: a proxy that does what only a user agent client
// may. It changes From and To, in such a way that each side of a dialog sees its own
// throughout, and it answers the challenges of other servers.
package uac

import (
	"errors"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// The restore_modes, in the order of the parameter's choices.
const (
	auto = iota
	manual
	none
)

// A side is one of the two headers that are changed.
type side uint8

// The sides.
const (
	from side = iota
	to
)

func (s side) other() side { return to - s }

// A Module is one loaded uac.
type Module struct {
	mode     int
	param    [2]string // of Record-Route, by side
	password string
	source   credentials // of module uac_auth; nil: it is not loaded
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares parameters and functions.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.Choice(&m.mode, "restore_mode", "who gives later requests of a dialog the From and To that their side knows: the module; the script, with uac_restore_from() and uac_restore_to(); nobody, and replies stay as they are, too", "auto", "manual", "none")
	p.String(&m.password, "restore_passwd", "", "what the original URIs are mixed with in Record-Route; it hides them from the eye, no more")
	p.String(&m.param[from], "rr_from_store_param", "vsf", "parameter of Record-Route that the From can be restored with; it has an x behind it where it holds what the callee is shown")
	p.String(&m.param[to], "rr_to_store_param", "vst", "parameter of Record-Route for the To, likewise")
	p.IntFunc("force_dialog", "make a dialog of every call whose From or To is changed: the dialog module, which that needs, is not there yet", func(n int) error {
		if n != 0 {
			return errors.New("there is no dialog module yet; leave it out: Record-Route says what is needed")
		}
		return nil
	})
	e.Depends("", "tm")
	authenticates := func() bool { return e.Calls("uac_auth") }
	e.DependsWhen(authenticates, "for the credentials of uac_auth()", "uac_auth")
	e.DependsWhen(func() bool { return m.mode != none || authenticates() }, "for what it keeps in Record-Route", "rr")
	e.Funcs = m.functions()
}

// Start has loose_route() tell the module of requests in a dialog.
func (m *Module) Start(e *module.Env) error {
	if m.mode != none {
		for _, name := range m.param {
			if !isParamName(name) {
				return errors.New("rr_from_store_param and rr_to_store_param must be names of URI parameters")
			}
		}
		if m.param[from] == m.param[to] {
			return errors.New("rr_from_store_param and rr_to_store_param must be different")
		}
	}
	if rr, ok := e.Module("rr").(interface{ AppendsFromTag() bool }); ok && m.mode != none && !rr.AppendsFromTag() {
		return errors.New(`restore_mode needs modparam("rr", "append_fromtag", 1), to know which way a request goes`)
	}
	set := &e.Shared.(*proxy.Core).Settings
	set.Routed = append(set.Routed, m.routed)
	m.source, _ = e.Module("uac_auth").(credentials)
	return nil
}

func (m *Module) functions() []*script.Func {
	const in = script.R | script.F | script.B
	display := script.Opt(script.Str("display", `the new display name, in quotes or not; "" takes it off; left out: as it is`))
	uri := script.Str("uri", `the new URI; "" leaves it as it is`)
	return []*script.Func{
		script.Func2("uac_replace_from", "Change display name and URI of From. Replies get back what was there. -1: that is no URI or name, or too long; in a dialog with restore_mode auto, which does it by itself.", in, display, uri,
			func(c *script.Ctx, display, uri []byte) script.Ret { return m.replace(c, from, display, uri) }),
		script.Func2("uac_replace_to", "Change display name and URI of To, likewise.", in, display, uri,
			func(c *script.Ctx, display, uri []byte) script.Ret { return m.replace(c, to, display, uri) }),
		script.Func0("uac_restore_from", "After loose_route(), with restore_mode manual: what uac_replace_from() changed, as this side knows it. -1: nothing was.", in,
			func(c *script.Ctx) script.Ret { return yes(m.restore(proxy.From(c), from)) }),
		script.Func0("uac_restore_to", "What uac_replace_to() changed, likewise.", in,
			func(c *script.Ctx) script.Ret { return yes(m.restore(proxy.From(c), to)) }),
		script.Func1("uac_auth", "Answer the 401 or 407 that a failure_route looks at, with a credential of uac_auth: t_relay() sends the request again to who has asked. -1: nothing in it can be answered, or the answer was refused.", in,
			script.Opt(algorithmsParam()), m.auth),
		script.Func1("uac_inc_cseq", "Raise the CSeq number; later requests of the dialog, replies and what PRACK says of it follow. -1: of this request that cannot be.", in,
			script.Checked(script.Int("cseq", "by how much, from 1"), positive), incCSeq),
	}
}

func positive(n int32) error {
	if n < 1 {
		return errors.New("must be 1 or more")
	}
	return nil
}

func yes(ok bool) script.Ret {
	if ok {
		return 1
	}
	return -1
}
