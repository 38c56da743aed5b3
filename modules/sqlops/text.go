package sqlops

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/script"
)

// A text is a string of a JSON argument, with variables in it.
type text []textPart

// A textPart is bytes or a variable.
type textPart struct {
	b []byte
	v script.VarRef
}

// fixed returns a text without variables.
func (t text) fixed() (s string, ok bool) {
	for _, p := range t {
		if p.v.Valid() {
			return "", false
		}
		s += string(p.b)
	}
	return s, true
}

// in returns the text in a run.
func (t text) in(c *script.Ctx) []byte {
	var b []byte
	if len(t) == 1 && !t[0].v.Valid() {
		return t[0].b
	}
	for _, p := range t {
		if p.v.Valid() {
			b = c.AppendValue(b, p.v.Get(c))
		} else {
			b = append(b, p.b...)
		}
	}
	return b
}

// A value is what a column is set to, or compared with.
type value struct {
	arg  db.Arg        // a constant
	text text          // a string
	v    script.VarRef // a variable that is not in quotes
	null bool          // it is null
}

// in returns the value in a run. A variable that is NULL is NULL.
func (x *value) in(c *script.Ctx) db.Arg {
	switch {
	case x.v.Valid():
		return argOf(c, x.v.Get(c))
	case x.text == nil:
		return x.arg
	case len(x.text) == 1 && x.text[0].v.Valid():
		b, ok := c.Text(x.text[0].v.Get(c))
		if !ok {
			return db.Arg{}
		}
		return db.TextArg(b)
	}
	return db.TextArg(x.text.in(c))
}
