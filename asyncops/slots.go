package asyncops

// Slots names pointers by small numbers, which is what a timer can carry.
type Slots[T any] struct {
	all  []*T
	free []uint32
}

// Add returns p's number.
func (s *Slots[T]) Add(p *T) uint32 {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		s.all[i] = p
		return i
	}
	s.all = append(s.all, p)
	return uint32(len(s.all) - 1)
}

// At returns whom ref names, nil if nobody.
func (s *Slots[T]) At(ref uint64) *T { return s.all[ref] }

// Remove makes i free for another.
func (s *Slots[T]) Remove(i uint32) {
	s.all[i] = nil
	s.free = append(s.free, i)
}

// Len returns how many there are.
func (s *Slots[T]) Len() int { return len(s.all) - len(s.free) }

// All yields each of them; any of them may be removed meanwhile.
func (s *Slots[T]) All(yield func(*T) bool) {
	for i := 0; i < len(s.all); i++ {
		if p := s.all[i]; p != nil && !yield(p) {
			return
		}
	}
}
