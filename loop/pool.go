package loop

import "github.com/fastsips/fastsips/internal/chunk"

// A Pool keeps spare objects for each loop: plain stacks, no locks. What is got
// on a loop goes back on the same loop. It never lets go of one.
type Pool[T any] struct{ spare Local[spares[T]] }

// spares are those of one loop.
type spares[T any] struct {
	free  []*T
	fresh chunk.Of[T]
}

// NewPool makes an empty Pool for each loop of g.
func NewPool[T any](g *Group) Pool[T] {
	return Pool[T]{NewLocal(g, func(int) (s spares[T]) { return s })}
}

// Get returns a spare T as it was put back, or a new one.
func (p Pool[T]) Get(l *Loop) *T {
	s := p.spare.On(l)
	n := len(s.free)
	if n == 0 {
		return s.fresh.New()
	}
	t := s.free[n-1]
	s.free = s.free[:n-1]
	return t
}

// Put gives t back.
func (p Pool[T]) Put(l *Loop, t *T) {
	s := p.spare.On(l)
	s.free = append(s.free, t)
}
