// Package all makes a proxy of a configuration: it knows every module that
// loadmodule can select. cmd/fastsips and the tests that run a proxy in process do
// that in the same manner.
//
// It starts nothing that a caller has not asked for: Load only reads and checks,
// Start acquires, and the loops are the caller's to set going.
package all

import (
	"errors"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// Load checks a configuration. What its parameters say goes into shared. All that is
// wrong is added to d.
func Load(cfg *syntax.Config, shared *proxy.Core, d *syntax.Diags) *module.Loaded {
	return module.Load(cfg, Catalogue, core.New(), shared, d)
}

// Start acquires everything, databases and sockets, for a configuration without
// errors, on loops that do not run yet. Whoever calls it calls loaded.Close in the
// end, also after an error, and loaded.Open once the loops run.
func Start(shared *proxy.Core, group *loop.Group, loaded *module.Loaded) (*proxy.Proxy, error) {
	shared.Group = group
	shared.Ops = asyncops.NewSet(group, shared.Settings.AsyncTimeout)
	for _, in := range loaded.Modules {
		shared.Events.Declare(in.Env.Events...)
	}
	if err := loaded.Start(); err != nil {
		return nil, err
	}
	if len(shared.Settings.Listeners) == 0 {
		return nil, errors.New("the configuration has no socket= line")
	}
	return proxy.New(shared, loaded.Program)
}
