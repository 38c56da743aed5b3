package script

// A Slot is a place that a module has in every run: what its functions and variables
// keep between two calls. Like $var, a run shares it with the runs inside its calls.
type Slot[T any] struct {
	n   int
	end func(*T)
}

// NewSlot adds a slot to the runs of r's scripts, while modules are set up. End,
// unless it is nil, is called when a run that used the slot is over, on its loop.
func NewSlot[T any](r *Registry, end func(*T)) *Slot[T] {
	r.slots++
	return &Slot[T]{n: r.slots - 1, end: end}
}

// Of returns what c has in the slot, a zero T at first.
func (s *Slot[T]) Of(c *Ctx) *T {
	if t := s.Look(c); t != nil {
		return t
	}
	x := &slotted[T]{end: s.end}
	for len(c.vars.slots) <= s.n {
		c.vars.slots = append(c.vars.slots, nil)
	}
	c.vars.slots[s.n] = x
	return &x.T
}

// Look is Of, but nil if c has not used the slot.
func (s *Slot[T]) Look(c *Ctx) *T {
	if s.n >= len(c.vars.slots) || c.vars.slots[s.n] == nil {
		return nil
	}
	return &c.vars.slots[s.n].(*slotted[T]).T
}

// A slotted is the content of one slot.
type slotted[T any] struct {
	T   T
	end func(*T)
}

func (s *slotted[T]) over() {
	if s.end != nil {
		s.end(&s.T)
	}
}

// A content is what a set of variables knows of the slots' contents.
type content interface{ over() }
