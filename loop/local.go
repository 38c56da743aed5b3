package loop

// A Local is one T per loop. Without a *Loop there is no way to reach one, so a T
// needs no lock. The Ts do not share cache lines.
type Local[T any] struct{ slots []padded[T] }

type padded[T any] struct {
	v T
	_ [64]byte
}

// NewLocal makes the Ts; init gives loop i's, and may be nil for zero ones.
func NewLocal[T any](g *Group, init func(i int) T) Local[T] {
	x := Local[T]{slots: make([]padded[T], g.Len())}
	if init != nil {
		for i := range x.slots {
			x.slots[i].v = init(i)
		}
	}
	return x
}

// On returns l's T.
func (x Local[T]) On(l *Loop) *T { return &x.slots[l.index].v }
