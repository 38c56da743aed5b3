package module

// Check has check look at each value that is written for a declared parameter, before it
// is set. Its error is told with the place of the value.
func (p *Params) Check(name string, check func(Value) error) {
	q := p.byName[name]
	set := q.set
	q.set = func(v Value) error {
		if err := check(v); err != nil {
			return err
		}
		return set(v)
	}
}

// Checked is String for a text that check may refuse.
func (p *Params) Checked(v *string, name, def, doc string, check func(string) error) {
	p.String(v, name, def, doc)
	p.Check(name, func(x Value) error { return check(x.Str) })
}
