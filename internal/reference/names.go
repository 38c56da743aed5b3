package reference

import (
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// signatures are those whose first argument may be left out.
var signatures = map[string]string{"xlog": "xlog([level,] text)", "log": "log([level,] text)"}

// Signature writes f(a, b[, c[, d]]).
func Signature(f *script.Func) string {
	if s := signatures[f.Name]; s != "" {
		return s
	}
	text, open := f.Name+"(", 0
	for i, p := range f.Params {
		comma := ", "
		if i == 0 {
			comma = ""
		}
		if p.Optional {
			text += "["
			open++
		}
		text += comma + p.Name
	}
	return text + strings.Repeat("]", open) + ")"
}

var kindText = map[script.ParamKind]string{
	script.ParamInt: "integer", script.ParamStr: "string", script.ParamStatic: "string without variables",
	script.ParamVar: "variable", script.ParamOut: "variable, is written", script.ParamOutList: "variables, are written",
	script.ParamRegex: "regular expression", script.ParamRoute: "name of a route", script.ParamLevel: "log level",
	script.ParamSubst: "substitution", script.ParamText: "text without variables",
	script.ParamInList: "variables", script.ParamOwn: "string",
}

// KindOf says what p is.
func KindOf(p script.ParamInfo) string {
	if p.Optional {
		return kindText[p.Kind] + ", optional"
	}
	return kindText[p.Kind]
}

// Routes names the route types of a set.
func Routes(in script.Routes) (list []string) {
	for k := range syntax.NRouteKinds {
		if in&script.In(k) != 0 {
			list = append(list, k.String())
		}
	}
	return list
}

// Forms shows how v is written: $name(inner), $(name(inner)[n]), and its old names.
func Forms(v *script.Var) []string {
	inner := map[script.Inner]string{script.NeedsInner: "(name)", script.OptionalInner: "[(name)]"}[v.Inner]
	forms := []string{"$" + v.Name + inner}
	if v.Indexed {
		forms = append(forms, "$("+v.Name+strings.Trim(inner, "[]")+"[n])")
	}
	for _, a := range v.Aliases {
		forms = append(forms, "$"+a+inner)
	}
	return forms
}
