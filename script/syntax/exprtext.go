package syntax

import (
	"strconv"
	"strings"
)

// Text writes an expression as it would be written, on one line: for messages and
// traces. Brackets are those that its meaning needs.
func Text(x any) string {
	switch x := x.(type) {
	case *NumLit:
		return strconv.Itoa(int(x.Value))
	case *StrLit:
		if x == nil || x.Bare {
			return litText(x)
		}
		return strconv.Quote(litText(x))
	case *Null:
		return "NULL"
	case *IPLit:
		return x.Text
	case *Var:
		return varText(x)
	case *Call:
		return x.Name + "(" + textList(x.Args) + ")"
	case *RouteCall:
		return "route(" + strings.Join(append([]string{routeName(x)}, texts(x.Args)...), ", ") + ")"
	case *Unary:
		return x.Op + operandText(x.X)
	case *Binary:
		return operandText(x.X) + " " + x.Op + " " + operandText(x.Y)
	case *Bracket:
		return "[" + Text(x.X) + "]"
	}
	return ""
}

func litText(x *StrLit) string {
	if x == nil {
		return ""
	}
	return x.Value
}

// routeName is a route's name without quotes, as route(name) is mostly written.
func routeName(x *RouteCall) string {
	if lit, ok := x.Name.(*StrLit); ok && lit.Static {
		return lit.Value
	}
	return Text(x.Name)
}

func operandText(x Expr) string {
	if _, ok := x.(*Binary); ok {
		return "(" + Text(x) + ")"
	}
	return Text(x)
}

func texts(list []Expr) (out []string) {
	for _, x := range list {
		out = append(out, Text(x))
	}
	return out
}

func textList(list []Expr) string { return strings.Join(texts(list), ", ") }

func varText(v *Var) string {
	if v == nil {
		return ""
	}
	text := v.Name
	if v.HasInner {
		text += "(" + partsText(v.Inner) + ")"
	}
	if v.Context == "" && v.Index == nil && len(v.Transforms) == 0 {
		return "$" + text
	}
	if v.Context != "" {
		text = "<" + v.Context + ">" + text
	}
	text += indexText(v.Index)
	for _, t := range v.Transforms {
		text += "{" + t.Class + "." + t.Name
		for _, a := range t.Args {
			text += "," + partsText(a)
		}
		text += "}"
	}
	return "$(" + text + ")"
}

func indexText(x *Index) string {
	switch {
	case x == nil:
		return ""
	case x.All:
		return "[*]"
	case x.Append:
		return "[append]"
	case x.Var != nil:
		return "[" + varText(x.Var) + "]"
	}
	return "[" + strconv.Itoa(int(x.N)) + "]"
}

func partsText(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.Var != nil {
			b.WriteString(varText(p.Var))
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}
