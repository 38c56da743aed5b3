package syntax

// Walk calls visit for n, a statement, an expression, a *Block, *Case, *Route or
// *RouteRef, and for all that is below it, in source order; variables inside of
// format strings and of other variables included. When visit returns false it
// stays above what is below that node.
func Walk(n any, visit func(n any) bool) {
	w := walker(visit)
	w.node(n)
}

type walker func(n any) bool

func (w walker) node(n any) {
	if missing(n) || !w(n) {
		return
	}
	switch n := n.(type) {
	case *Route:
		w.node(n.Body)
	case *Case:
		w.node(n.Label)
		stmts(w, n.Body)
	case Stmt: // every node is one by its method set
		w.stmt(n)
	}
}

// missing reports a nil node of whatever type; recovery leaves such holes.
func missing(n any) bool {
	switch n := n.(type) {
	case nil:
		return true
	case *Block:
		return n == nil
	case *Var:
		return n == nil
	case *Call:
		return n == nil
	case *RouteRef:
		return n == nil
	case *StrLit:
		return n == nil
	}
	return false
}

func stmts[T any](w walker, list []T) {
	for _, n := range list {
		w.node(n)
	}
}

func (w walker) stmt(n any) {
	switch n := n.(type) {
	case *Block:
		stmts(w, n.Stmts)
	case *If:
		w.node(n.Cond)
		w.node(n.Then)
		w.node(n.Else)
	case *While:
		w.node(n.Cond)
		w.node(n.Body)
	case *ForEach:
		w.node(n.Iter)
		w.node(n.Coll)
		w.node(n.Body)
	case *Switch:
		w.node(n.Operand)
		stmts(w, n.Cases)
	case *Return:
		stmts(w, n.Values)
	case *Assert:
		w.node(n.Cond)
		w.node(n.Text)
	case *Assign:
		w.node(n.Var)
		w.node(n.Value)
	case *ExprStmt:
		w.node(n.X)
	case *Async:
		stmts(w, n.Calls)
		w.node(n.Resume)
		w.node(n.Timeout)
	case *Launch:
		w.node(n.Call)
		w.node(n.Report)
		w.node(n.Param)
		w.node(n.Timeout)
	default:
		w.expr(n)
	}
}

func (w walker) expr(n any) {
	switch n := n.(type) {
	case *StrLit:
		w.parts(n.Parts)
	case *Var:
		w.parts(n.Inner)
		if n.Index != nil {
			w.node(n.Index.Var)
		}
		for _, t := range n.Transforms {
			for _, arg := range t.Args {
				w.parts(arg)
			}
		}
	case *Call:
		stmts(w, n.Args)
	case *RouteCall:
		w.node(n.Name)
		stmts(w, n.Args)
	case *Unary:
		w.node(n.X)
	case *Binary:
		w.node(n.X)
		w.node(n.Y)
	case *Bracket:
		w.node(n.X)
	}
}

func (w walker) parts(parts []Part) {
	for _, p := range parts {
		w.node(p.Var)
	}
}
