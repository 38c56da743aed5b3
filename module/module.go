// Package module defines what a fastsips module is, and loads a configuration
// with the modules it asks for.
//
// A module's life is explicit: Setup declares parameters, functions and
// variables without touching anything; [Load] applies the configuration's
// parameters, checks and compiles the script; Start acquires; Close releases.
// Nothing registers itself: the program hands Load a [Catalogue], so there is a
// path from every name in a configuration to its code. Every mistake of a
// configuration is reported at once, with its place. The package refuses to
// load code from files: loadmodule selects a built-in module, whatever its path.
package module

import (
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Module adds functions, variables and parameters. [Starter] and [Closer] are
// optional abilities.
type Module interface {
	// Setup declares. It must not touch the network, start a goroutine, look at
	// the values of parameters (they are set later), or change what Env.Shared
	// leads to: modules are also set up to find out what they offer.
	Setup(*Env)
}

// A Starter acquires resources, once parameters are set and the script is
// compiled. Modules start in the order in which they were loaded.
type Starter interface{ Start(*Env) error }

// A Closer releases what Start acquired, even if Start failed half-way. Modules
// close in the reverse order.
type Closer interface{ Close() error }

// A Catalogue lists the modules that loadmodule can select, by OpenSIPS's names.
type Catalogue map[string]func() Module

// An Env is what a module declares in Setup, and what it finds in Start.
type Env struct {
	Name       string // of the module
	Params     Params
	Globals    Globals // for the core module only
	Funcs      []*script.Func
	Vars       []*script.Var
	Transforms []*script.TransformDef
	Events     []*event.Decl
	Commands   []*mi.Command     // of the management interface
	Stats      []*metrics.Stat   // OpenSIPS's names, each with its group
	Engines    []*cachedb.Engine // of the cache_* functions

	// Shared is what the host hands to all modules.
	Shared any

	depends []dependency
	loaded  *Loaded
}

// A dependency is a module that must be loaded too, or one of several.
type dependency struct {
	anyOf []string
	why   string
	when  func() bool // nil: always
}

// Depends declares that one of the named modules must be loaded as well, in any
// order. Why completes "module x needs y ..."; it may be empty.
func (e *Env) Depends(why string, anyOf ...string) {
	if len(anyOf) == 0 {
		panic("BUG: module " + e.Name + " depends on nothing")
	}
	e.DependsWhen(nil, why, anyOf...)
}

// DependsWhen is Depends where only some values of the parameters need it: when is asked
// once they are set.
func (e *Env) DependsWhen(when func() bool, why string, anyOf ...string) {
	e.depends = append(e.depends, dependency{anyOf, why, when})
}

// Calls reports whether the script has a call of this function. In Setup it is for keeping,
// as with Registry: what DependsWhen takes may ask.
func (e *Env) Calls(function string) (found bool) {
	for _, route := range e.loaded.Config.Routes {
		syntax.Walk(route, func(n any) bool {
			call, ok := n.(*syntax.Call)
			found = found || ok && call.Name == function
			return !found
		})
	}
	return found
}

// Program is the compiled script; nil before Start. A reload replaces it: what goes on
// after Start asks the proxy.
func (e *Env) Program() *script.Program { return e.loaded.Program }

// Registry returns what the configuration may name. In Setup it is for keeping, not
// yet for looking things up.
func (e *Env) Registry() *script.Registry { return e.loaded.Registry }

// Module returns another loaded module, or nil.
func (e *Env) Module(name string) Module { return e.loaded.Module(name) }

// Caches returns the key-value stores of all loaded modules. Complete when the script is
// compiled.
func (e *Env) Caches() *cachedb.Registry { return &e.loaded.Caches }

// Management returns the commands of all loaded modules. Complete in Start.
func (e *Env) Management() *mi.Table { return e.loaded.Commands }

// Statistics returns the statistics of all loaded modules. Complete in Start;
// modules may add to them at any time.
func (e *Env) Statistics() *metrics.Stats { return e.loaded.Stats }
