package usrloc

// Places is how many places d has its records at, for Range. It does not change.
func (d *Domain) Places() int { return len(d.table.segments) }

// Range calls f with the records of d at the places from, up to and without to: each
// record has its place for good. A place has some hundred records at the most, with ten
// million there are. What is changed meanwhile may come or not. Anybody may call it.
func (d *Domain) Range(from, to int, f func(Record)) {
	for i := from; i < to; i++ {
		if g := d.table.segments[i].Load(); g != nil && g.used.Load() > 0 {
			g.each(f)
		}
	}
}

func (g *segment) each(f func(Record)) {
	list := g.places(g.n)
	for k := range list {
		if r, _ := thaw(list[k].Load()); r.Len() > 0 {
			f(r)
		}
	}
}
