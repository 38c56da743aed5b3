package core

import (
	"time"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// timeVars read the clock of the loop: the time of what woke it up.
func timeVars() []*script.Var {
	return []*script.Var{
		{Name: "Ts", Doc: "seconds since 1970", Get: func(c *script.Ctx, _ *script.Arg) script.Value { return script.IntValue(int32(wall(c).Unix())) }},
		{Name: "Tsm", Doc: "microseconds of the second", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(wall(c).Nanosecond() / 1000))
		}},
		{Name: "TS", Doc: "seconds since 1970 when the proxy was started", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.IntValue(int32(proxy.From(c).Proxy().Started().Unix()))
		}},
		{Name: "Tf", Doc: "local time: Thu Jan  1 12:00:00 2026", Get: func(c *script.Ctx, _ *script.Arg) script.Value {
			return script.StrValue(wall(c).AppendFormat(c.Alloc(32)[:0], time.ANSIC))
		}},
		{Name: "time", Doc: "local time in a format of strftime: $time(%Y-%m-%d %H:%M:%S)", Inner: script.NeedsInner, Get: getTime},
	}
}

func wall(c *script.Ctx) time.Time { return proxy.From(c).Loop().Wall() }

// maxTime is how long a formatted time may become, as in OpenSIPS.
const maxTime = 127

// getTime is NULL for a format that gives nothing, or too much.
func getTime(c *script.Ctx, a *script.Arg) script.Value {
	b := appendTime(c.Alloc(maxTime + 1)[:0], a.Name, wall(c))
	if len(b) > maxTime {
		return script.Null
	}
	return text(b)
}
