package syntax

import (
	"fmt"
	"strings"
)

// dump writes a tree as nested lists, so that tests can show what a statement means.
func dump(n any) string {
	switch n := n.(type) {
	case *Block:
		return list("block", n.Stmts)
	case *If:
		if n.Else != nil {
			return fmt.Sprintf("(if %s %s %s)", dump(n.Cond), dump(n.Then), dump(n.Else))
		}
		return fmt.Sprintf("(if %s %s)", dump(n.Cond), dump(n.Then))
	case *While:
		return fmt.Sprintf("(while %s %s)", dump(n.Cond), dump(n.Body))
	case *ForEach:
		return fmt.Sprintf("(for %s %s %s)", dump(n.Iter), dump(n.Coll), dump(n.Body))
	case *Switch:
		return fmt.Sprintf("(switch %s%s)", dump(n.Operand), each(n.Cases))
	case *Case:
		if n.Label == nil {
			return list("default", n.Body)
		}
		return list("case "+dump(n.Label), n.Body)
	case *Break:
		return "break"
	case *Exit:
		return "exit"
	case *Drop:
		return "drop"
	case *Return:
		return list("return", n.Values)
	case *Assert:
		if n.Text == nil {
			return fmt.Sprintf("(assert %s)", dump(n.Cond))
		}
		return fmt.Sprintf("(assert %s %s)", dump(n.Cond), dump(n.Text))
	case *Assign:
		return fmt.Sprintf("(%s %s %s)", n.Op, dump(n.Var), dump(n.Value))
	case *ExprStmt:
		return dump(n.X)
	case *Async:
		word := "async"
		if n.Block {
			word = "async-block"
		}
		if n.All {
			word = "async-all"
		}
		s := word + " -> " + n.Resume.Name
		if n.Timeout != nil {
			s += " within " + dump(n.Timeout)
		}
		return list(s, n.Calls)
	case *Launch:
		s := "(launch " + dump(n.Call)
		if n.Report != nil {
			s += " -> " + n.Report.Name
		}
		if n.Param != nil {
			s += " " + dump(n.Param)
		}
		if n.Timeout != nil {
			s += " within " + dump(n.Timeout)
		}
		return s + ")"
	}
	return dumpExpr(n)
}

func dumpExpr(n any) string {
	switch n := n.(type) {
	case nil:
		return "_"
	case *NumLit:
		return fmt.Sprint(n.Value)
	case *StrLit:
		if n.Bare {
			return n.Value
		}
		return fmt.Sprintf("%q", dumpParts(n.Parts))
	case *Null:
		return "NULL"
	case *IPLit:
		return n.Text
	case *Var:
		return dumpVar(n)
	case *Call:
		return list(n.Name, n.Args)
	case *RouteCall:
		return fmt.Sprintf("(route %s%s)", dump(n.Name), each(n.Args))
	case *Unary:
		return fmt.Sprintf("(%s %s)", n.Op, dump(n.X))
	case *Binary:
		return fmt.Sprintf("(%s %s %s)", n.Op, dump(n.X), dump(n.Y))
	case *Bracket:
		return fmt.Sprintf("[%s]", dump(n.X))
	}
	return fmt.Sprintf("%T?", n)
}

func dumpVar(v *Var) string {
	var b strings.Builder
	b.WriteString("$(")
	if v.Context != "" {
		b.WriteString("<" + v.Context + ">")
	}
	b.WriteString(v.Name)
	if v.HasInner {
		b.WriteString("(" + dumpParts(v.Inner) + ")")
	}
	if x := v.Index; x != nil {
		switch {
		case x.All:
			b.WriteString("[*]")
		case x.Append:
			b.WriteString("[append]")
		case x.Insert:
			b.WriteString("[insert]")
		case x.InsertAfter:
			b.WriteString("[insertAfter]")
		case x.Var != nil:
			b.WriteString("[" + dumpVar(x.Var) + "]")
		default:
			fmt.Fprintf(&b, "[%d]", x.N)
		}
	}
	for _, t := range v.Transforms {
		b.WriteString("{" + t.Class + "." + t.Name)
		for _, a := range t.Args {
			b.WriteString("|" + dumpParts(a))
		}
		b.WriteString("}")
	}
	return b.String() + ")"
}

func dumpParts(parts []Part) string {
	s := ""
	for _, p := range parts {
		if p.Var != nil {
			s += dumpVar(p.Var)
		} else {
			s += p.Text
		}
	}
	return s
}

func list[T any](head string, items []T) string { return "(" + head + each(items) + ")" }

func each[T any](items []T) string {
	s := ""
	for _, x := range items {
		s += " " + dump(x)
	}
	return s
}
