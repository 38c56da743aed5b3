package scenario

import (
	"maps"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// load loads a configuration as cmd/fastsips does, with what how changes in it.
func load(text []byte, shared *proxy.Core, how VirtualConfig, d *syntax.Diags) *module.Loaded {
	catalogue := maps.Clone(all.Catalogue)
	maps.Copy(catalogue, how.Modules)
	return module.LoadAltered(parse(text, how, d), catalogue, core.New(), shared, how.Alter, d)
}

func parse(text []byte, how VirtualConfig, d *syntax.Diags) *syntax.Config {
	cfg := all.ParseText(all.Options{File: how.Name, Preprocessor: how.Preprocessor, Strict: how.Strict}, text, d)
	if how.Edit != nil {
		how.Edit(cfg)
	}
	return cfg
}
