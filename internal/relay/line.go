package relay

// batch is how much later than its time a piece may leave, so that several leave
// together.
const batch = 200e3 // ns

// A held is n bytes of a connection's answers that leave at due; n < 0 is their end.
type held struct {
	p   *pair
	n   int
	due int64
}

// A line is what is under way, oldest first: a ring, its length a power of two. Since
// all answers are held for the same time, none is due before the one in front of it.
type line struct {
	ring    []held
	head, n int
}

// push puts a piece behind the others; it does not leave before them.
func (q *line) push(h held) {
	if q.n == len(q.ring) {
		q.grow()
	}
	if q.n > 0 {
		h.due = max(h.due, q.ring[(q.head+q.n-1)&(len(q.ring)-1)].due)
	}
	q.ring[(q.head+q.n)&(len(q.ring)-1)] = h
	q.n++
}

func (q *line) grow() {
	ring := make([]held, max(64, 2*len(q.ring)))
	for i := range q.n {
		ring[i] = q.ring[(q.head+i)&(len(q.ring)-1)]
	}
	q.ring, q.head = ring, 0
}

// pop returns the first piece if it is due.
func (q *line) pop(now int64) (h held, ok bool) {
	if q.n == 0 || q.ring[q.head].due > now {
		return h, false
	}
	h = q.ring[q.head]
	q.ring[q.head] = held{}
	q.head = (q.head + 1) & (len(q.ring) - 1)
	q.n--
	return h, true
}

// wait is how long nothing is due, with room for others to come due with it; -1: for ever.
func (q *line) wait(now int64) int64 {
	if q.n == 0 {
		return -1
	}
	return max(0, q.ring[q.head].due+batch-now)
}
