// Package mi is OpenSIPS's management interface: commands as typed data, how they
// are found by name, and JSON-RPC 2.0 around them.
//
// A transport (a FIFO, later HTTP) hands a request's bytes to [Table.Serve] and
// gets the bytes of the answer. Commands run one at a time on the goroutine of
// whoever asks, never on a loop: one that needs what a loop owns posts a task there
// and waits no longer than its context. The package knows nothing of SIP, loops or
// files, and refuses to keep a command that does not say what it does.
package mi

import (
	"context"
	"encoding/json"
	"strings"
)

// A Command is one management command, for running it, for help, and for the
// documentation.
type Command struct {
	// Name is canonical, "module:command", as OpenSIPS 4 writes it: "tcp:list".
	Name string
	// Aliases are the flat names of OpenSIPS 3 and before: "list_tcp_conns". A bare
	// command that is the only one of its name ("uptime") needs no alias.
	Aliases []string
	Doc     string
	// Recipes are the ways of calling it; which one is meant shows in the number and
	// the names of the parameters.
	Recipes []Recipe
}

// Module returns the part of the name before the colon.
func (c *Command) Module() string {
	module, _, _ := strings.Cut(c.Name, ":")
	return module
}

// Local returns the part of the name behind the colon.
func (c *Command) Local() string {
	_, local, _ := strings.Cut(c.Name, ":")
	return local
}

// A Recipe is one way of calling a command. Make one with Recipe0 ... Recipe5.
//
// What run returns is marshalled by encoding/json: a struct, an [Object] whose
// members keep their order, a string. Nil means "OK". An error is an *[Error]; any
// other becomes one with code 500. run is not on a loop; it must be back when ctx
// is done.
type Recipe struct {
	Params []ParamInfo
	run    func(ctx context.Context, args []json.RawMessage) (any, error)
}

// OK is the result of a command that has nothing else to say.
const OK = "OK"

// Recipe0 is a way of calling a command without parameters.
func Recipe0(run func(context.Context) (any, error)) Recipe {
	return Recipe{run: func(ctx context.Context, _ []json.RawMessage) (any, error) { return run(ctx) }}
}

// Recipe1 is a way of calling a command with one parameter.
func Recipe1[A any](a Param[A], run func(context.Context, A) (any, error)) Recipe {
	return Recipe{Params: infos(a.ParamInfo), run: func(ctx context.Context, args []json.RawMessage) (any, error) {
		var t taker
		x := take(&t, a, args[0])
		if t.err != nil {
			return nil, t.err
		}
		return run(ctx, x)
	}}
}

// Recipe2 is a way of calling a command with two parameters.
func Recipe2[A, B any](a Param[A], b Param[B], run func(context.Context, A, B) (any, error)) Recipe {
	return Recipe{Params: infos(a.ParamInfo, b.ParamInfo), run: func(ctx context.Context, args []json.RawMessage) (any, error) {
		var t taker
		x, y := take(&t, a, args[0]), take(&t, b, args[1])
		if t.err != nil {
			return nil, t.err
		}
		return run(ctx, x, y)
	}}
}

// Recipe3 is a way of calling a command with three parameters.
func Recipe3[A, B, C any](a Param[A], b Param[B], c Param[C], run func(context.Context, A, B, C) (any, error)) Recipe {
	return Recipe{Params: infos(a.ParamInfo, b.ParamInfo, c.ParamInfo), run: func(ctx context.Context, args []json.RawMessage) (any, error) {
		var t taker
		x, y, z := take(&t, a, args[0]), take(&t, b, args[1]), take(&t, c, args[2])
		if t.err != nil {
			return nil, t.err
		}
		return run(ctx, x, y, z)
	}}
}

// Recipe4 is a way of calling a command with four parameters.
func Recipe4[A, B, C, D any](a Param[A], b Param[B], c Param[C], d Param[D], run func(context.Context, A, B, C, D) (any, error)) Recipe {
	return Recipe{Params: infos(a.ParamInfo, b.ParamInfo, c.ParamInfo, d.ParamInfo), run: func(ctx context.Context, args []json.RawMessage) (any, error) {
		var t taker
		w, x, y, z := take(&t, a, args[0]), take(&t, b, args[1]), take(&t, c, args[2]), take(&t, d, args[3])
		if t.err != nil {
			return nil, t.err
		}
		return run(ctx, w, x, y, z)
	}}
}

// Recipe5 is a way of calling a command with five parameters.
func Recipe5[A, B, C, D, E any](a Param[A], b Param[B], c Param[C], d Param[D], e Param[E],
	run func(context.Context, A, B, C, D, E) (any, error)) Recipe {
	params := infos(a.ParamInfo, b.ParamInfo, c.ParamInfo, d.ParamInfo, e.ParamInfo)
	return Recipe{Params: params, run: func(ctx context.Context, args []json.RawMessage) (any, error) {
		var t taker
		v, w, x := take(&t, a, args[0]), take(&t, b, args[1]), take(&t, c, args[2])
		y, z := take(&t, d, args[3]), take(&t, e, args[4])
		if t.err != nil {
			return nil, t.err
		}
		return run(ctx, v, w, x, y, z)
	}}
}

func infos(list ...ParamInfo) []ParamInfo { return list }
