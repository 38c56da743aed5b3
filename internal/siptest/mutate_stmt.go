package siptest

import "github.com/fastsips/fastsips/script/syntax"

// statementKinds are the statements by the names of the list, with what makes one.
var statementKinds = map[string]func(syntax.Stmt) bool{
	"if / else":  is[*syntax.If],
	"while":      is[*syntax.While],
	"for-each":   is[*syntax.ForEach],
	"switch":     is[*syntax.Switch],
	"break":      is[*syntax.Break],
	"return":     is[*syntax.Return],
	"exit":       is[*syntax.Exit],
	"drop":       is[*syntax.Drop],
	"assert":     is[*syntax.Assert],
	"assignment": is[*syntax.Assign],
	"async":      isAsync(false),
	"async_all":  isAsync(true),
	"launch":     is[*syntax.Launch],
	"route call": func(s syntax.Stmt) bool {
		x, ok := s.(*syntax.ExprStmt)
		return ok && is[*syntax.RouteCall](x.X)
	},
	"log": calls("log"), "xlog": calls("xlog"), "xdbg": calls("xdbg"), "error": calls("error"),
}

func isAsync(all bool) func(syntax.Stmt) bool {
	return func(s syntax.Stmt) bool {
		x, ok := s.(*syntax.Async)
		return ok && x.All == all
	}
}

func is[T any](s syntax.Stmt) bool {
	_, ok := s.(T)
	return ok
}

func calls(name string) func(syntax.Stmt) bool {
	return func(s syntax.Stmt) bool {
		x, ok := s.(*syntax.ExprStmt)
		if !ok {
			return false
		}
		c, ok := x.X.(*syntax.Call)
		return ok && c.Name == name
	}
}

// A remover takes the statements of one kind out of a script; of an if it leaves
// what is done when the condition is true.
type remover func(syntax.Stmt) bool

func (r remover) config(cfg *syntax.Config) {
	for _, route := range cfg.Routes {
		if route.Body != nil {
			r.list(route.Body.Stmts)
		}
	}
}

func (r remover) list(list []syntax.Stmt) {
	for i := range list {
		list[i] = r.stmt(list[i])
	}
}

func (r remover) stmt(s syntax.Stmt) syntax.Stmt {
	switch n := s.(type) {
	case *syntax.Block:
		r.list(n.Stmts)
	case *syntax.If:
		n.Then = r.stmt(n.Then)
		if n.Else != nil {
			n.Else = r.stmt(n.Else)
		}
		if r(s) {
			return n.Then
		}
	case *syntax.While:
		n.Body = r.stmt(n.Body)
	case *syntax.ForEach:
		n.Body = r.stmt(n.Body)
	case *syntax.Switch:
		for _, c := range n.Cases {
			r.list(c.Body)
		}
	}
	if r(s) {
		return &syntax.Block{Span: s.At()}
	}
	return s
}

// statementWord is what a text has that has such a statement.
var statementWord = map[string]string{
	"if / else": "if", "while": "while", "for-each": "for", "switch": "switch", "break": "break", "return": "return", "exit": "exit", "drop": "drop",
	"assert": "assert", "assignment": "route", "async": "async", "async_all": "async_all", "launch": "launch", "route call": "route", "log": "log", "xlog": "xlog", "xdbg": "xdbg", "error": "error",
}
