package rr

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// rrParams reads $rr_params: without the first semicolon.
func rrParams(c *script.Ctx, _ *script.Arg) script.Value {
	x := proxy.From(c)
	if x.Req == nil || len(x.Req.Routed()) == 0 {
		return script.Null
	}
	return script.StrValue(x.Req.Routed()[1:])
}

func checkRouteParam(c *script.Ctx, re *script.Regexp) script.Ret {
	params := proxy.From(c).Req.Routed()
	return yes(len(params) > 0 && re.Match(params))
}

// isDirection compares ftag with the From tag. A Route without ftag counts as
// downstream; without a Route of ours the direction is unknown.
func (m *Module) isDirection(c *script.Ctx, direction []byte) script.Ret {
	x := proxy.From(c)
	if x.Req.Routed() == nil || !m.fromTag {
		return -1
	}
	up := x.Req.Upstream()
	switch {
	case sipparse.EqualFoldString(direction, "upstream"):
		return yes(up)
	case sipparse.EqualFoldString(direction, "downstream"):
		return yes(!up)
	}
	return -1
}
