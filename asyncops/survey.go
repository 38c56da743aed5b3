package asyncops

import (
	"container/heap"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A Survey asks which operations are pending. It goes from loop to loop, and looks at a
// few at a time, so that no loop is held up however many there are.
type Survey struct {
	Loop  int           // only of this one; -1: of all
	Older time.Duration // only those that have waited for so long
	Limit int           // list no more than so many: those that have waited longest
}

// scanPage and lookPage are how many operations are counted, and described, before the
// loop goes on with its work.
const (
	scanPage = 4096
	lookPage = 64
)

// ErrNoAnswer is of loops that did not answer in time.
var ErrNoAnswer = errors.New("a loop does not answer")

// Run returns how many operations are pending, and the oldest of them, the oldest first.
// Now is the loops' time of the answer. It is for management, never for loops.
func (q Survey) Run(ctx context.Context, g *loop.Group, s *Set) (count int, oldest []Pending, now int64, err error) {
	now = g.Now()
	w := walk{Survey: q, ctx: ctx, g: g, s: s, before: now - int64(q.Older)}
	for i := range g.Len() {
		if q.Loop < 0 || q.Loop == i {
			if err := w.count(i); err != nil {
				return 0, nil, 0, err
			}
		}
	}
	oldest, err = w.describe()
	return w.n, oldest, now, err
}

// A walk is a Survey under way.
type walk struct {
	Survey
	ctx    context.Context
	g      *loop.Group
	s      *Set
	before int64
	n      int
	found  youngest
}

// count goes through the entries of loop i.
func (w *walk) count(i int) error {
	for next := 0; next >= 0; {
		at, ok := loop.Ask(w.ctx, w.g, i, func(l *loop.Loop) page { return w.page(l, next) })
		if !ok {
			return ErrNoAnswer
		}
		w.n += at.n
		for _, c := range at.found {
			w.keep(c)
		}
		next = at.next
	}
	return nil
}

// A page is what one look at a loop brings.
type page struct {
	n, next int
	found   []candidate
}

// A candidate is an operation that may be among those that are listed.
type candidate struct {
	loop  int
	token Token
	began int64
}

// page runs on the loop, perhaps after nobody waits for it any more: it changes nothing
// of w.
func (w *walk) page(l *loop.Loop, from int) (p page) {
	p.next = w.s.On(l).Scan(from, scanPage, func(tok Token, began int64) {
		if began > w.before {
			return
		}
		p.n++
		p.found = append(p.found, candidate{l.Index(), tok, began})
	})
	return p
}

// keep keeps c if it is among the oldest so far.
func (w *walk) keep(c candidate) {
	switch {
	case len(w.found) < w.Limit:
		heap.Push(&w.found, c)
	case w.Limit > 0 && c.began < w.found[0].began:
		w.found[0] = c
		heap.Fix(&w.found, 0)
	}
}

// describe asks for what is to be listed. What has ended meanwhile is left out.
func (w *walk) describe() (list []Pending, err error) {
	byLoop := map[int][]Token{}
	for _, c := range w.found {
		byLoop[c.loop] = append(byLoop[c.loop], c.token)
	}
	for i, tokens := range byLoop {
		for part := range slices.Chunk(tokens, lookPage) {
			some, ok := loop.Ask(w.ctx, w.g, i, func(l *loop.Loop) (some []Pending) {
				for _, tok := range part {
					if p, ok := w.s.On(l).Look(l, tok); ok {
						some = append(some, p)
					}
				}
				return some
			})
			if !ok {
				return nil, ErrNoAnswer
			}
			list = append(list, some...)
		}
	}
	slices.SortFunc(list, func(a, b Pending) int { return int(a.Began - b.Began) })
	return list, nil
}

// youngest is a heap of candidates with the youngest in front.
type youngest []candidate

func (y youngest) Len() int           { return len(y) }
func (y youngest) Less(i, j int) bool { return y[i].began > y[j].began }
func (y youngest) Swap(i, j int)      { y[i], y[j] = y[j], y[i] }
func (y *youngest) Push(c any)        { *y = append(*y, c.(candidate)) }
func (y *youngest) Pop() any {
	last := len(*y) - 1
	c := (*y)[last]
	*y = (*y)[:last]
	return c
}
