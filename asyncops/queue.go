package asyncops

import "github.com/fastsips/fastsips/metrics"

// A Queue lists operations in the order of their coming; any of them may leave it.
// It allocates nothing, for each brings its Place along.
type Queue[T any] struct {
	first, last *Place[T]
	n           int
	shown       *metrics.Gauge
}

// A Place is where a T stands in a Queue. It is a field of the T, which therefore
// is in one Queue at a time.
type Place[T any] struct {
	of         *T // nil: in none
	prev, next *Place[T]
}

// NewQueue returns an empty Queue such that g says how many wait, in it and in others
// that have g. One that nobody counts is the zero Queue.
func NewQueue[T any](g *metrics.Gauge) Queue[T] { return Queue[T]{shown: g} }

// count changes how many wait.
func (q *Queue[T]) count(by int) {
	q.n += by
	if q.shown != nil {
		q.shown.Add(int64(by))
	}
}

// Len returns how many wait.
func (q *Queue[T]) Len() int { return q.n }

// First returns who came first, nil if nobody waits.
func (q *Queue[T]) First() *T {
	if q.first == nil {
		return nil
	}
	return q.first.of
}

// Push puts t at the end; p is its Place.
func (q *Queue[T]) Push(p *Place[T], t *T) {
	if p.of != nil {
		panic("BUG: operation queued twice")
	}
	p.of, p.prev = t, q.last
	if q.last == nil {
		q.first = p
	} else {
		q.last.next = p
	}
	q.last = p
	q.count(1)
}

// Pop takes out who came first, nil if nobody waits.
func (q *Queue[T]) Pop() *T {
	t := q.First()
	if t != nil {
		q.Remove(q.first)
	}
	return t
}

// Remove takes out the T of p, which must be in q.
func (q *Queue[T]) Remove(p *Place[T]) {
	if p.of == nil {
		panic("BUG: operation is in no queue")
	}
	if p.prev == nil {
		q.first = p.next
	} else {
		p.prev.next = p.next
	}
	if p.next == nil {
		q.last = p.prev
	} else {
		p.next.prev = p.prev
	}
	*p = Place[T]{}
	q.count(-1)
}
