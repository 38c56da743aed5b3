package format

import "github.com/fastsips/fastsips/script/syntax"

// A place is a line and a column of the file.
type place struct{ line, col int32 }

// marks say what the tree knows of tokens, by their places.
type marks struct {
	stmt   map[place]int  // a statement begins here, on a line of its own, so deep
	inline map[place]bool // a statement that goes on with the line of what governs it
	other  map[place]int  // what is behind this else is governed by an if so deep
	binary map[place]bool // an operator between two operands
	unary  map[place]bool // ! or ~
	routes map[place]bool // a route block begins here
	src    *syntax.Source
}

func at(s syntax.Span) place { return place{s.Line, s.Col} }

func marksOf(cfg *syntax.Config) *marks {
	m := &marks{stmt: map[place]int{}, inline: map[place]bool{}, other: map[place]int{}, binary: map[place]bool{},
		unary: map[place]bool{}, routes: map[place]bool{}, src: cfg.Sources[0]}
	for _, r := range cfg.Routes {
		if r.Src != m.src {
			continue
		}
		m.routes[at(r.Span)] = true
		m.list(r.Body.Stmts, 1)
		syntax.Walk(r, m.operators)
	}
	return m
}

func (m *marks) operators(n any) bool {
	switch n := n.(type) {
	case *syntax.Binary:
		m.binary[at(n.Span)] = true
	case *syntax.Unary:
		m.unary[at(n.Span)] = true
	}
	return true
}

func (m *marks) list(list []syntax.Stmt, depth int) {
	for _, s := range list {
		m.stmt[at(s.At())] = depth
		m.below(s, depth)
	}
}

// below marks what is inside of a statement.
func (m *marks) below(s syntax.Stmt, depth int) {
	switch s := s.(type) {
	case *syntax.Block:
		m.list(s.Stmts, depth+1)
	case *syntax.If:
		m.body(s.Then, depth)
		if s.Else != nil {
			m.other[at(s.Else.At())] = depth
			m.body(s.Else, depth)
		}
	case *syntax.While:
		m.body(s.Body, depth)
	case *syntax.ForEach:
		m.body(s.Body, depth)
	case *syntax.Switch:
		for _, c := range s.Cases {
			m.stmt[at(c.Span)] = depth
			m.list(c.Body, depth+1)
		}
	case *syntax.Async:
		if s.Block {
			for _, c := range s.Calls {
				m.stmt[at(c.Span)] = depth + 1
			}
		}
		if s.All {
			m.inline[at(s.Paren)] = true
		}
	}
}

// body marks the statement that an if, a while or a for governs.
func (m *marks) body(s syntax.Stmt, depth int) {
	_, block := s.(*syntax.Block)
	_, chain := s.(*syntax.If)
	_, behindElse := m.other[at(s.At())]
	if block || chain && behindElse {
		m.inline[at(s.At())] = true
		m.below(s, depth)
		return
	}
	m.stmt[at(s.At())] = depth + 1
	m.below(s, depth+1)
}
