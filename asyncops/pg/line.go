package pg

// What a window knows of the line: of the network between us and the server, whose
// delay is no sign of a slow server. See docs/decisions/0050-pipelining.md.

// saw notes an answer that came ns after its query was sent, whatever was in front of
// it, as the last of n since then.
func (w *window) saw(now, ns int64, n uint64) {
	w.forget(now)
	s := &w.slots[w.now%windowSeconds]
	if s.line == 0 || ns < s.line {
		s.line = max(ns, 1)
	}
	s.flow = max(s.flow, float64(n)/float64(max(ns, 1)))
}

// line is what the way to the server and back takes, as far as is known: the quickest
// answer's time. 0 if nothing is known.
func (w *window) line(now int64) (least int64) {
	w.forget(now)
	for i := range w.slots {
		if s := w.slots[i].line; s > 0 && (least == 0 || s < least) {
			least = s
		}
	}
	return least
}

// flight is how many queries were under way while answers came as fast as they did at
// best, not counting those that waited at the server: what came, times the line.
func (w *window) flight(now int64) int {
	flow := 0.0
	for i := range w.slots {
		flow = max(flow, w.slots[i].flow)
	}
	return int(flow * float64(w.line(now)))
}

// An outlook is what the last seconds make us expect.
type outlook struct {
	line  int64  // ns
	slow  int64  // ns at the server from which on a query is slow
	depth uint32 // queries that a connection may have
}

// outlook says so for so many connections. Twice what was in flight may be, so that what
// is asked for doubles once per line time until the server is the limit.
func (w *window) outlook(now int64, conns int) outlook {
	return outlook{line: w.line(now), slow: w.threshold(now), depth: uint32(min(max(2*w.flight(now)/max(conns, 1), minDepth), maxDepth))}
}
