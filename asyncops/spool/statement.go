package spool

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
)

// A statement is carried out on loop 0: the goroutine makes its text, posts it and leaves
// it alone until the answer has come.
type statement struct {
	*worker
	task   loop.Task
	shapes map[string]*shape

	what     db.Statement
	text     []byte
	args     db.Args
	counting bool
}

// maxShapes is how many shapes are remembered; a script may make up names of tables.
const maxShapes = 256

// An answer is what became of it.
type answer struct {
	verdict verdict
	outcome asyncops.Outcome
	state   string
	message []byte
	count   int64
}

// A verdict says what to do.
type verdict uint8

const (
	taken   verdict = iota
	refused         // the statement itself is at fault: it will never be taken
	untaken         // it was not carried out; another time it may be
	unknown         // nobody knows whether it was carried out
)

func (s *statement) init(w *worker) {
	s.worker, s.shapes = w, map[string]*shape{}
	s.task.Run = s.start
}

// insert begins an INSERT of some rows of one shape; false: it cannot be made.
func (s *statement) insert(rows []row, group []int) bool {
	head, _, err := shapeOf(rows[group[0]].data)
	if err != nil {
		return false
	}
	sh := s.shape(head)
	s.args.Reset()
	for _, i := range group {
		_, values, _ := shapeOf(rows[i].data)
		if !bind(values, len(sh.columns), s.args.Add) {
			return false
		}
	}
	s.what = db.Statement{Verb: db.Insert, Table: sh.table, Set: sh.columns, Rows: len(group)}
	return s.post(false)
}

// count begins to ask how many rows there are like r.
func (s *statement) count(r *row) bool {
	head, values, err := shapeOf(r.data)
	if err != nil {
		return false
	}
	sh := s.shape(head)
	s.what = db.Statement{Verb: db.Select, Table: sh.table, Columns: []string{"count(*)"}}
	s.args.Reset()
	i := 0
	whole := bind(values, len(sh.columns), func(a db.Arg) {
		is := db.Condition{Column: sh.columns[i], Op: db.Equal}
		if i++; a.Kind == db.Null {
			is.Op = db.IsNull
		} else {
			s.args.Add(a)
		}
		s.what.Where = append(s.what.Where, is)
	})
	return whole && s.post(true)
}

func (s *statement) shape(head []byte) *shape {
	if sh := s.shapes[string(head)]; sh != nil {
		return sh
	}
	if len(s.shapes) >= maxShapes {
		clear(s.shapes)
	}
	sh := parseShape(head)
	s.shapes[string(head)] = sh
	return sh
}

// post hands it to the loop.
func (s *statement) post(count bool) (ok bool) {
	var err error
	if s.text, err = s.cfg.DB.Dialect().Compile(s.text[:0], &s.what); err != nil {
		return false
	}
	s.counting = count
	s.cfg.Set.Group.Mailbox(0).Post(&s.task)
	return true
}

// start runs on the loop.
func (s *statement) start(l *loop.Loop) {
	q := s.cfg.DB.Query(l)
	if n, native := q.(db.Native); native {
		n.SetStatement(&s.what)
	} else {
		q.SetText(s.text)
	}
	for i := range s.args.Len() {
		q.Bind(s.args.At(i))
	}
	if _, out, pending := s.cfg.Set.Begin(l, q, s.cfg.Timeout, s); !pending {
		s.Resume(l, q, out)
	}
}

// Resume takes the answer, on the loop; the goroutine waits for it, so that there is room.
func (s *statement) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(db.Query)
	a := answer{outcome: out}
	state, message := q.Err()
	a.state, a.message = string(state), append([]byte(nil), message...)
	a.verdict = judge(out, a.state)
	if a.verdict == taken && s.counting {
		a.verdict = untaken
		if q.Rows() == 1 {
			b, _ := q.Value(0, 0)
			if n, err := strconv.ParseInt(string(b), 10, 64); err == nil {
				a.count, a.verdict = n, taken
			}
		}
	}
	q.Free(l)
	s.batch.answers <- a
}

// judge says what an outcome means for a statement that is atomic by itself.
func judge(out asyncops.Outcome, state string) verdict {
	switch out {
	case asyncops.Completed:
		return taken
	case asyncops.Overloaded, asyncops.Unavailable:
		return untaken
	case asyncops.Failed:
		return blame(state)
	}
	return unknown
}

// blame tells by the SQLSTATE, or SQLite's code, who is at fault: the data and the names
// (classes 21, 22, 23, 42, 0A), or the server. Where the connection broke (08, 57, or no
// state at all) the statement may have been carried out.
func blame(state string) verdict {
	if len(state) == 5 {
		switch state[:2] {
		case "21", "22", "23", "42", "0A":
			return refused
		case "25", "28", "3D", "40", "53":
			return untaken
		}
		return unknown
	}
	code, err := strconv.Atoi(state)
	if err != nil {
		return unknown
	}
	switch code & 0xff {
	case 1, 18, 19, 20, 25: // ERROR, TOOBIG, CONSTRAINT, MISMATCH, RANGE
		return refused
	case 5, 6, 8, 13, 14: // BUSY, LOCKED, READONLY, FULL, CANTOPEN
		return untaken
	}
	return unknown
}

// describe shows a row in a log line.
func describe(s *shape, values []byte) string {
	var b strings.Builder
	i := 0
	bind(values, len(s.columns), func(a db.Arg) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(s.columns[i])
		i++
		switch a.Kind {
		case db.Int:
			fmt.Fprintf(&b, "=%d", a.N)
		case db.Text:
			fmt.Fprintf(&b, "=%q", a.B[:min(len(a.B), 128)])
		}
	})
	return b.String()
}
