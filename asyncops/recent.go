package asyncops

// A Recent keeps things by their texts, so many and no more: the one that was not
// asked for the longest goes first. The zero Recent is empty.
type Recent[T any] struct {
	by    map[string]*kept[T]
	order Queue[kept[T]] // least recent first
}

type kept[T any] struct {
	text  string
	of    *T
	place Place[kept[T]]
}

// Get returns what is kept for text, nil if there is nothing.
func (r *Recent[T]) Get(text []byte) *T {
	k := r.by[string(text)]
	if k == nil {
		return nil
	}
	r.order.Remove(&k.place)
	r.order.Push(&k.place, k)
	return k.of
}

// Has is Get without asking for it.
func (r *Recent[T]) Has(text []byte) bool { return r.by[string(text)] != nil }

// Len is how many are kept.
func (r *Recent[T]) Len() int { return len(r.by) }

// Put keeps t for text, for which nothing is kept. Out is what had to go for it, so
// that at most most are kept; nil if nothing had to.
func (r *Recent[T]) Put(text []byte, t *T, most int) (out *T) {
	if r.by == nil {
		r.by = map[string]*kept[T]{}
	}
	if first := r.order.First(); first != nil && len(r.by) >= most {
		out = first.of
		r.remove(first)
	}
	k := &kept[T]{text: string(text), of: t}
	r.by[k.text] = k
	r.order.Push(&k.place, k)
	return out
}

// Drop takes t out if it is what is kept for text.
func (r *Recent[T]) Drop(text string, t *T) {
	if k := r.by[text]; k != nil && k.of == t {
		r.remove(k)
	}
}

// Clear takes everything out.
func (r *Recent[T]) Clear() { *r = Recent[T]{} }

func (r *Recent[T]) remove(k *kept[T]) {
	delete(r.by, k.text)
	r.order.Remove(&k.place)
}
