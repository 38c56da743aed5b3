// Package script_helper is OpenSIPS's script_helper module: what nearly every script does
// with requests inside of a dialog, done before the script.
package script_helper

import (
	"errors"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/module"
)

// A Module is one loaded script_helper.
type Module struct{ sequential string }

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Preluder = (*Module)(nil)

// Setup declares the parameters and what is needed.
func (m *Module) Setup(e *module.Env) {
	e.Params.String(&m.sequential, "sequential_route", "", "route that runs before a request inside of a dialog is relayed; where it ends by exit it is taken to have seen to that")
	e.Params.IntFunc("use_dialog", "1: create and match dialogs; there is no module dialog yet, so that only 0 is accepted", func(n int) error {
		if n != 0 {
			return errors.New("there is no module dialog yet: write 0")
		}
		return nil
	})
	e.Params.Ignored("create_dialog_flags", "for use_dialog, which there is not yet")
	for _, name := range [...]string{"rr", "sl", "tm"} {
		e.Depends("", name)
	}
}

// Prelude is what runs before the main route: requests inside of a dialog, CANCELs and
// retransmissions do not get there, others are record-routed.
func (m *Module) Prelude() string {
	sequential := ""
	if m.sequential != "" {
		sequential = "route(" + strconv.Quote(m.sequential) + ");"
	}
	return strings.Replace(prelude, "SEQUENTIAL", sequential, 1)
}

const prelude = `
if ($tt != NULL) {
	if ($rm == "INVITE")
		record_route();
	if (!loose_route()) {
		if ($rm == "ACK") {
			if (t_check_trans())
				t_relay();
		} else
			sl_send_reply(404, "Not Here");
		exit;
	}
}
if ($rm == "CANCEL") {
	if (t_check_trans())
		t_relay();
	exit;
}
t_check_trans();
if ($tt != NULL) {
	SEQUENTIAL
	if (!t_relay())
		sl_send_reply(500, "Server Internal Error");
	exit;
}
if ($rm != "REGISTER" && $rm != "MESSAGE")
	record_route();
`
