// Package reference prints what scripts can name from the declarations that the
// checker and the run-time use: for fastsips functions, and for the pages of docs/.
package reference

import (
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// Declared is what one module, the core or the language itself declares.
type Declared struct {
	Name, Folder string // as loadmodule knows it; below modules/
	Funcs        []*script.Func
	Vars         []*script.Var
	Transforms   []*script.TransformDef
	Params       []*module.Param // of the core: the global ones
	Commands     []*mi.Command
}

// Language is the name of what needs no module at all.
const Language = "language"

// Declarations sets up every module of the catalogue, after the language and the
// core.
func Declarations() []Declared {
	var list []Declared
	r := script.NewRegistry()
	list = append(list, Declared{Name: Language, Folder: module.CoreName,
		Funcs: unique(r.Funcs, func(f *script.Func) string { return f.Name }),
		Vars:  unique(r.Vars, func(v *script.Var) string { return v.Name }),
		Transforms: unique(r.Transforms, func(t *script.TransformDef) string {
			return t.Class + "." + t.Name
		})})
	text := ""
	for _, name := range slices.Sorted(maps.Keys(all.Catalogue)) {
		text += fmt.Sprintf("loadmodule %q\n", name+".so")
	}
	var d syntax.Diags
	loaded := module.Load(syntax.Parse("all.cfg", []byte(text), nil, &d), all.Catalogue, core.New(), new(proxy.Core), &d)
	for _, in := range loaded.Modules {
		e := in.Env
		params := e.Params.List()
		if in.Name == module.CoreName {
			params = e.Globals.List()
		}
		list = append(list, Declared{in.Name, path.Base(reflect.TypeOf(in.Module).Elem().PkgPath()), e.Funcs, e.Vars, e.Transforms, params, e.Commands})
	}
	return list
}

// unique lists what a registry holds, without aliases.
func unique[T any](m map[string]T, name func(T) string) []T {
	var list []T
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if name(m[key]) == key {
			list = append(list, m[key])
		}
	}
	return list
}
