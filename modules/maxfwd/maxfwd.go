// Package maxfwd is OpenSIPS's maxfwd module: the hop counter of RFC 3261 §20.22.
package maxfwd

import (
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A Module is one loaded maxfwd.
type Module struct{ limit int }

// New returns the module.
func New() module.Module { return new(Module) }

// Setup declares the parameter and the functions.
func (m *Module) Setup(e *module.Env) {
	e.Params.IntRange(&m.limit, "max_limit", 256, 1, 256, "greatest value that leaves this proxy")
	e.Funcs = []*script.Func{
		script.Func1("mf_process_maxfwd_header",
			"Count the hop: 1 decremented, 2 header added with max, -1 it was 0, -2 it is broken.",
			script.R, script.Int("max", "value of a new header"), m.process),
		script.Func1("is_maxfwd_lt", "Whether Max-Forwards is less than n. -2: it is missing or broken.", script.R|script.F|script.B,
			script.Int("n", "limit"), lessThan),
	}
}

// maxValue is the greatest Max-Forwards that there is (RFC 3261 §20.22).
const maxValue = 255

func (m *Module) process(c *script.Ctx, maximum int32) script.Ret {
	x := proxy.From(c)
	msg := &x.Req.Msg
	n, present, err := msg.MaxForwards()
	switch {
	case err != sipparse.OK:
		return -2
	case !present:
		x.SetMaxForwards(min(int(max(maximum, 0)), m.limit, maxValue))
		return 2
	case n == 0:
		return -1
	}
	x.SetMaxForwards(min(n-1, m.limit))
	return 1
}

func lessThan(c *script.Ctx, n int32) script.Ret {
	v, present, err := proxy.From(c).Req.Msg.MaxForwards()
	if err != sipparse.OK || !present {
		return -2
	}
	if v < int(n) {
		return 1
	}
	return -1
}
