package proxy

import "github.com/fastsips/fastsips/internal/chunk"

// A pool recycles one loop's objects: a plain stack, no locks. It never lets go of one.
type pool[T any] struct {
	free  []*T
	made  int
	fresh chunk.Of[T]
}

func (p *pool[T]) get() *T {
	if n := len(p.free); n > 0 {
		t := p.free[n-1]
		p.free = p.free[:n-1]
		return t
	}
	p.made++
	return p.fresh.New()
}

// out is how many have been got and not put back.
func (p *pool[T]) out() int { return p.made - len(p.free) }

func (p *pool[T]) put(t *T) { p.free = append(p.free, t) }
