package loop

// A Pool keeps spare objects for each loop: plain stacks, no locks. What is got
// on a loop goes back on the same loop.
type Pool[T any] struct{ free Local[[]*T] }

// NewPool makes an empty Pool for each loop of g.
func NewPool[T any](g *Group) Pool[T] {
	return Pool[T]{NewLocal(g, func(int) []*T { return nil })}
}

// Get returns a spare T as it was put back, or a new one.
func (p Pool[T]) Get(l *Loop) *T {
	free := p.free.On(l)
	n := len(*free)
	if n == 0 {
		return new(T)
	}
	t := (*free)[n-1]
	*free = (*free)[:n-1]
	return t
}

// Put gives t back.
func (p Pool[T]) Put(l *Loop, t *T) {
	free := p.free.On(l)
	*free = append(*free, t)
}
