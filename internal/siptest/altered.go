package siptest

import (
	"os"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// load loads a configuration as cmd/fastsips does, with what how changes in it.
func load(text []byte, shared *proxy.Core, how VirtualConfig, d *syntax.Diags) *module.Loaded {
	cfg := syntax.Parse("fastsips.cfg", text, os.ReadFile, d)
	if how.edit != nil {
		how.edit(cfg)
	}
	return module.LoadAltered(cfg, all.Catalogue, core.New(), shared, how.alter, d)
}
