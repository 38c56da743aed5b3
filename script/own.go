package script

import (
	"errors"
	"strings"

	"github.com/fastsips/fastsips/script/syntax"
)

// Own is a string with a syntax of its own, which load reads when the script is compiled:
// only it knows which of the variables in the string are meant, and as what. A variable in
// the place of the string is a Literal of that one piece.
func Own[T any](name, doc string, load func(*Literal) (T, error)) Param[T] {
	return own(ParamOwn, name, doc, load)
}

// OwnFormat is Own for a syntax in which all that looks like a variable is one.
func OwnFormat[T any](name, doc string, load func(*Literal) (T, error)) Param[T] {
	return own(ParamStr, name, doc, load)
}

func own[T any](kind ParamKind, name, doc string, load func(*Literal) (T, error)) Param[T] {
	return Param[T]{info: ParamInfo{Name: name, Doc: doc, Kind: kind}, bind: func(b *binder, x syntax.Expr) getter[T] {
		l := literalOf(b, x)
		if l == nil {
			b.refuse(x, "a string or a variable", "")
			return none[T]()
		}
		v, err := load(l)
		var r *Refusal
		switch {
		case errors.As(err, &r):
			b.error(x.At(), b.param.Name+": "+r.Msg, r.Hint)
		case err != nil:
			b.refuse(x, "right: "+err.Error(), "")
		case len(l.waits) == 0:
			return constant(v)
		default:
			return func(c *Ctx) (T, bool) { l.ask(c); return v, true }
		}
		return none[T]()
	}}
}

// A Literal is an argument as it was written.
type Literal struct {
	Pieces []Piece
	waits  []*varExpr // what may have to be waited for is read before the function runs
}

func literalOf(b *binder, x syntax.Expr) *Literal {
	l := new(Literal)
	switch x := x.(type) {
	case *syntax.Var:
		l.Pieces = []Piece{{l: l, b: b, v: x}}
	case *syntax.StrLit:
		for _, p := range x.Parts {
			l.Pieces = append(l.Pieces, Piece{Text: p.Text, l: l, b: b, v: p.Var})
		}
	default:
		return nil
	}
	return l
}

// Sole returns the variable that the argument consists of, nil if there is more or less.
func (l *Literal) Sole() *Piece {
	if len(l.Pieces) == 1 && l.Pieces[0].IsVar() {
		return &l.Pieces[0]
	}
	return nil
}

func (l *Literal) ask(c *Ctx) {
	for _, x := range l.waits {
		x.eval(c)
	}
}

// A Piece is text or a variable.
type Piece struct {
	Text string
	l    *Literal
	b    *binder
	v    *syntax.Var
}

// IsVar says that it looks like a variable.
func (p *Piece) IsVar() bool { return p.v != nil }

// Name is that of the variable, without what follows.
func (p *Piece) Name() string { return p.v.Name }

// Inner is the constant name in parentheses, as of $avp(name); "" if it is computed.
func (p *Piece) Inner() string {
	if hasVars(p.v.Inner) {
		return ""
	}
	return textOf(p.v.Inner)
}

// Ref makes it a variable to be read. What is wrong with it is reported.
func (p *Piece) Ref() VarRef {
	x := p.b.c.variable(p.v)
	if x != nil && x.waits() {
		p.l.waits = append(p.l.waits, x)
	}
	return VarRef{x}
}

// InList is a list of variables that the function reads: "$rU;$si", or one variable.
func InList(name, doc string) Param[[]VarRef] {
	return own(ParamInList, name, doc, func(l *Literal) (list []VarRef, err error) {
		for i := range l.Pieces {
			if p := &l.Pieces[i]; p.IsVar() {
				list = append(list, p.Ref())
			} else if strings.Trim(p.Text, ";, \t\r\n") != "" {
				return nil, errors.New(`a list of variables is "$rU;$si"`)
			}
		}
		return list, nil
	})
}
