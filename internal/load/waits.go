package load

import "time"

// A wait is a time at which something may be done about a call.
type wait struct {
	id
	state state
	due   int64
}

// A waits is a queue of them in order of time, for all have waited the same.
type waits struct {
	ring    []wait
	head, n int
}

func (q *waits) push(w wait) {
	if q.n == len(q.ring) {
		ring := make([]wait, max(1024, 2*len(q.ring)))
		for i := range q.n {
			ring[i] = q.ring[(q.head+i)%len(q.ring)]
		}
		q.ring, q.head = ring, 0
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = w
	q.n++
}

func (q *waits) pop(now int64) (w wait, ok bool) {
	if q.n == 0 || q.ring[q.head].due > now {
		return w, false
	}
	w = q.ring[q.head]
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	return w, true
}

// repeats are the intervals between copies of a request: T1 doubled up to T2.
var repeats = [...]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second}

// expire sends again what has not been answered, ends what has been held, and gives up calls.
func (r *run) expire(now int64) {
	for level := range r.repeat {
		for w, ok := r.repeat[level].pop(now); ok; w, ok = r.repeat[level].pop(now) {
			if c := r.find(w.id); c != nil && c.state == w.state {
				r.sendAgain(c, w.id)
				next := min(level+1, len(repeats)-1)
				r.repeat[next].push(wait{w.id, w.state, now + int64(repeats[next])})
			}
		}
	}
	for w, ok := r.held.pop(now); ok; w, ok = r.held.pop(now) {
		if c := r.find(w.id); c != nil {
			r.hangUp(c, w.id, now)
		}
	}
	for w, ok := r.late.pop(now); ok; w, ok = r.late.pop(now) {
		if c := r.find(w.id); c != nil {
			r.end(c, w.id, failed)
		}
	}
}

// await has a request sent again unless its call leaves this state.
func (r *run) await(c *call, k id, now int64) {
	r.repeat[0].push(wait{k, c.state, now + int64(repeats[0])})
}
