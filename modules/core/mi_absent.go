package core

import (
	"context"

	"github.com/fastsips/fastsips/mi"
)

// absentCommands are commands of OpenSIPS's core for what fastsips does not have. They
// say so, with what there is instead, where a client would get -32601 and think of
// another version.
func (m management) absentCommands() []*mi.Command {
	absent := func(reason string) func(context.Context) (any, error) {
		return func(context.Context) (any, error) { return nil, mi.Errorf(500, "Not supported").With(reason) }
	}
	provisioning := absent("there is no provisioning interface (pi_http): change the tables by SQL, and have the module reload them")
	profiling := absent("no process is profiled by itself: perf and Go's profiler see the event loops")
	tracing := absent("there is no tracing of connections yet: there is no destination to trace to")
	byID, byPID := mi.Int("id", "of core:ps"), mi.Int("pid", "of a process")
	level := mi.Int("level", "0 off, 1 on")
	one := func(p mi.Param[int]) mi.Recipe {
		return mi.Recipe1(p, func(ctx context.Context, _ int) (any, error) { return profiling(ctx) })
	}
	two := func(p, q mi.Param[int]) mi.Recipe {
		return mi.Recipe2(p, q, func(ctx context.Context, _, _ int) (any, error) { return profiling(ctx) })
	}
	return []*mi.Command{
		{Name: "core:pi_list", Doc: "An error: there is no provisioning interface.", Recipes: []mi.Recipe{mi.Recipe0(provisioning)}},
		{Name: "core:pi_reload", Doc: "An error: there is no provisioning interface.", Recipes: []mi.Recipe{mi.Recipe0(provisioning)}},
		{Name: "core:profiling_proc", Doc: "An error: processes are not profiled by themselves.", Recipes: []mi.Recipe{
			mi.Recipe0(profiling), one(byID), one(byPID), one(level), two(byID, level), two(byPID, level)}},
		{Name: "proto_tcp:trace", Aliases: []string{"tcp_trace"}, Doc: "An error: there is no tracing yet.", Recipes: []mi.Recipe{
			mi.Recipe0(tracing), mi.Recipe1(mi.Str("trace_mode", "on or off"), func(ctx context.Context, _ string) (any, error) { return tracing(ctx) })}},
	}
}
