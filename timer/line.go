package timer

import "math"

// A Line is timers that all take the same time and cannot be stopped: what lingers after
// a transaction, say. They fire in the order in which they were armed, so a queue is all
// they need. It is read and written from end to end, where a timer of its own on the wheel
// would be met cold whenever it moves down a level.
type Line struct {
	w     *Wheel
	after int64
	kind  Kind
	last  int64 // the tick of the last one
	first *lineChunk
	end   *lineChunk
	n     int
}

// A waiting timer of a line.
type waiting struct {
	tick int64
	ref  uint64
}

const lineChunkSize = 255 // with the rest 4 KiB

type lineChunk struct {
	next       *lineChunk
	head, tail int
	list       [lineChunkSize]waiting
}

// Line returns w's line of timers of kind k that fire the time after, above 0, from when
// they are armed.
func (w *Wheel) Line(after int64, k Kind) *Line {
	for _, q := range w.lines {
		if q.after == after && q.kind == k {
			return q
		}
	}
	c := w.newChunk()
	q := &Line{w: w, after: after, kind: k, first: c, end: c}
	w.lines = append(w.lines, q)
	return q
}

// Arm lets ref fire when the line's time has passed since now, or with the line's last
// one if that is later: now does not go back.
func (q *Line) Arm(now int64, ref uint64) {
	c := q.end
	if c.tail == lineChunkSize {
		c = q.extend()
	}
	q.last = max(q.last, ceilTick(now+q.after))
	c.list[c.tail] = waiting{q.last, ref}
	c.tail++
	q.n++
	q.w.armed++
}

// extend puts another chunk behind the last.
func (q *Line) extend() *lineChunk {
	c := q.w.newChunk()
	q.end.next, q.end = c, c
	return c
}

func (w *Wheel) newChunk() *lineChunk {
	c := w.spare
	if c == nil {
		w.chunks++
		return new(lineChunk)
	}
	w.spare, c.next = c.next, nil
	return c
}

// next is the tick of the first timer.
func (q *Line) next() int64 {
	if q.n == 0 {
		return math.MaxInt64
	}
	return q.first.list[q.first.head].tick
}

// fire fires all that is due at a tick.
func (q *Line) fire(tick int64, fire func(k Kind, ref uint64)) {
	for q.next() <= tick {
		c := q.first
		ref := c.list[c.head].ref
		if c.head++; c.head == c.tail {
			q.leave(c)
		}
		q.n--
		q.w.armed--
		fire(q.kind, ref)
	}
}

// leave gives up a chunk whose timers have all fired; the last one is used again.
func (q *Line) leave(c *lineChunk) {
	c.head, c.tail = 0, 0
	if c.next != nil {
		q.first = c.next
		c.next, q.w.spare = q.w.spare, c
	}
}

// soonest returns the line whose first timer is due first, and when.
func (w *Wheel) soonest() (first *Line, at int64) {
	at = math.MaxInt64
	for _, q := range w.lines {
		if t := q.next(); t < at {
			first, at = q, t
		}
	}
	return first, at
}
