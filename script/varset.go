package script

// dynamicKept is how many computed names a set has memory for in the next run.
const dynamicKept = 64

// A varSet is the $var values of a run and of the runs inside its calls.
type varSet struct {
	vals    []Value
	dynamic map[string]Value // names that no script has as a constant
	home    *arena           // of the run it belongs to
	slots   []content        // of modules, see Slot
}

func (s *varSet) get(id int32) Value {
	if int(id) < len(s.vals) {
		return s.vals[id]
	}
	return Null
}

// set copies v: the run that sets it may end before the one that owns the set.
func (s *varSet) set(id int32, v Value) {
	if n := int(id) + 1; n > len(s.vals) {
		if n > cap(s.vals) {
			s.vals = append(make([]Value, 0, n+8), s.vals...)
		}
		s.vals = s.vals[:n]
	}
	s.vals[id] = s.keep(v)
}

func (s *varSet) keep(v Value) Value {
	switch v.Kind {
	case StrKind:
		v.Str = s.home.copy(v.Str)
	case IntKind:
		v.Str = nil // what an integer is printed by stays behind
	}
	return v
}

func (s *varSet) setDynamic(name []byte, v Value) {
	if s.dynamic == nil {
		s.dynamic = make(map[string]Value)
	}
	s.dynamic[string(name)] = s.keep(v)
}

func (s *varSet) reset() {
	clear(s.vals)
	if len(s.dynamic) > dynamicKept {
		s.dynamic = nil
	}
	clear(s.dynamic)
	s.vals = s.vals[:0]
	for _, x := range s.slots {
		if x != nil {
			x.over()
		}
	}
	s.slots = nil
}

// begin gives the variables the values that a script's runs begin with.
func (s *varSet) begin(initial []Value) { s.vals = append(s.vals[:0], initial...) }
