package loop

import "context"

// Ask has f run on loop i and returns what it makes, for management; never call it on
// a loop. It returns false when ctx is done before, or the loop has ended: f may run
// later all the same, for nobody. Before Start it runs f at once.
func Ask[T any](ctx context.Context, g *Group, i int, f func(*Loop) T) (x T, ok bool) {
	g.mu.Lock()
	posts := g.phase == running && g.virtual == nil
	g.mu.Unlock()
	if !posts {
		g.Do(i, func(l *Loop) { x, ok = f(l), true })
		return x, ok
	}
	answer := make(chan T, 1)
	l := g.loops[i]
	l.Mailbox().Post(&Task{Run: func(l *Loop) { answer <- f(l) }})
	select {
	case x = <-answer:
		return x, true
	case <-l.ended:
	case <-ctx.Done():
	}
	return x, false
}
