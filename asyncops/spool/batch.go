package spool

import (
	"time"
)

// A batch is the first rows, while they are written. Their statements go one after the
// other: rows of one shape at once, and before, where there is doubt, a question for each
// of them. It is in the hands of the goroutine but while a statement is under way.
type batch struct {
	*worker
	answers chan answer // room for the one that may come
	ask     statement

	busy    bool
	retried bool           // the last one failed
	waited  int            // rows that there were when it was put off
	n       int            // rows
	found   map[string]int // rows that are in the database, by their bytes, and are accounted for
	asked   int            // the row that is asked for; -1: none
	hits    int            // rows of the window that were there
	group   []int          // rows of the statement that is under way
}

func (b *batch) init(w *worker) {
	b.worker, b.answers, b.asked = w, make(chan answer, 1), -1
	b.ask.init(w)
}

// begin takes the first rows.
func (b *batch) begin() {
	b.busy, b.waited = true, 0
	b.n = min(len(b.rows), window)
	b.found, b.hits = map[string]int{}, 0
	if b.doubting {
		for i := range b.rows[:b.n] {
			b.rows[i].doubt = true
		}
	}
	b.next()
}

// next has the next statement carried out, or is done with the batch.
func (b *batch) next() {
	for i := range b.rows[:b.n] {
		if r := &b.rows[i]; r.doubt && !r.done {
			b.asked = i
			if b.ask.count(r) {
				return
			}
			b.reject(r, "", []byte(errRow.Error()))
		}
	}
	b.asked = -1
	for b.choose() {
		if b.ask.insert(b.rows, b.group) {
			return
		}
		for _, i := range b.group {
			b.reject(&b.rows[i], "", []byte("a name is none, or the row is damaged"))
		}
	}
	b.end()
}

// choose makes the group: the first row that is left, and all of its shape.
func (b *batch) choose() bool {
	b.group = b.group[:0]
	var first string
	for i := range b.rows[:b.n] {
		r := &b.rows[i]
		if r.done {
			continue
		}
		head, _, _ := shapeOf(r.data)
		if len(b.group) == 0 {
			first = string(head)
		} else if string(head) != first || r.alone {
			continue
		}
		b.group = append(b.group, i)
		if r.alone {
			break
		}
	}
	return len(b.group) > 0
}

// end takes the rows out.
func (b *batch) end() {
	if b.doubting && b.hits == 0 {
		b.doubting = false // what follows is later than what is not there
	}
	if b.failing {
		b.failing = false
		b.log.Info("the database takes rows again", "waiting", b.counts.Queued.Load())
	}
	b.busy, b.retried, b.pause, b.retryAt = false, false, 0, time.Time{}
	b.written(b.n)
}

// answered takes what became of the statement.
func (b *batch) answered(a answer) {
	switch {
	case a.verdict == refused:
		b.refusal(a)
	case a.verdict != taken:
		b.later(a)
		return
	case b.asked >= 0:
		b.counted(a.count)
	default:
		for _, i := range b.group {
			b.rows[i].done = true
		}
		b.counts.Written.Add(uint64(len(b.group)))
	}
	b.next()
}

// counted takes how many rows there are that are like the one asked for.
func (b *batch) counted(n int64) {
	r := &b.rows[b.asked]
	r.doubt = false
	if id := string(r.data); int64(b.found[id]) < n {
		b.found[id]++
		b.hits++
		r.done = true
		b.counts.Found.Add(1)
	}
}

// refusal is the database's word that it does not take a statement. One of several rows is
// tried row by row.
func (b *batch) refusal(a answer) {
	if b.asked >= 0 {
		b.reject(&b.rows[b.asked], a.state, a.message)
		return
	}
	if len(b.group) == 1 {
		b.reject(&b.rows[b.group[0]], a.state, a.message)
		return
	}
	for _, i := range b.group {
		b.rows[i].alone = true
	}
}

// reject gives a row up.
func (b *batch) reject(r *row, state string, message []byte) {
	r.done, r.doubt = true, false
	b.counts.Rejected.Add(1)
	head, values, err := shapeOf(r.data)
	if err != nil {
		b.log.Error("a row is lost: it is damaged")
		return
	}
	s := parseShape(head)
	b.log.Error("a row is lost: the database refuses it", "table", s.table, "row", describe(s, values), "sqlstate", state, "why", string(message))
}

// later tries again after a while.
func (b *batch) later(a answer) {
	if a.verdict == unknown && b.asked < 0 {
		for _, i := range b.group {
			b.rows[i].doubt = true
		}
	}
	b.counts.Retries.Add(1)
	b.busy, b.retried, b.asked = false, true, -1
	b.pause = min(max(2*b.pause, firstPause), longPause)
	b.retryAt = time.Now().Add(b.pause)
	if !b.failing {
		b.failing = true
		b.log.Warn("the database takes no rows; they wait", "waiting", b.counts.Queued.Load(), "outcome", a.outcome.String(), "sqlstate", a.state, "why", string(a.message))
	}
}
