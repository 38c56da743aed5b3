package domain

import (
	"errors"
	"fmt"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

const (
	loaderLoop = 0                // the loop that loads the table, for all
	page       = 1000             // rows at a time: a loop has other work
	maxDomains = 1 << 20          // in memory
	retry      = 5 * time.Second  // after a failure, until there is a table at all
	refresh    = 60 * time.Second // with db_mode 0, where only is_myself() and the like look at it
)

// A loader reads the table into memory, a page after the other, and puts the whole of it
// in the place of the old one. It belongs to loaderLoop.
type loader struct {
	m       *Module
	kind    timer.Kind
	next    map[string]entry // nil: nothing is being loaded
	from    string           // the page under way has what is behind this domain
	last    string           // domain of the last row
	now     []chan<- error   // who waits for this time
	later   []chan<- error   // who has asked since it began, and wants another
	refused string           // the last failure, so that it is logged once
}

// prepare is for Start. It says what is wrong with the names.
func (d *loader) prepare(m *Module) error {
	d.m = m
	d.kind = m.group.NewKind(func(l *loop.Loop, _ uint64) { d.begin(l, nil) })
	_, err := m.db.Dialect().Compile(nil, m.names.selectPage(true))
	return err
}

// selectPage asks for the next rows in the order of the domains.
func (t *columns) selectPage(more bool) *db.Statement {
	s := &db.Statement{Verb: db.Select, Table: t.table, Columns: []string{t.domain, t.attrs, t.subdomain}, Order: t.domain, Limit: page}
	if more {
		s.Where = []db.Condition{{Column: t.domain, Op: db.Greater}}
	}
	return s
}

// begin loads the table; told, if there is one, is sent how it went.
func (d *loader) begin(l *loop.Loop, told chan<- error) {
	if d.next != nil {
		if told != nil {
			d.later = append(d.later, told)
		}
		return
	}
	if told != nil {
		d.now = append(d.now, told)
	}
	d.next, d.last = map[string]entry{}, ""
	d.turn(l)
}

// join is begin for who is content with what is being loaded now.
func (d *loader) join(l *loop.Loop, told chan<- error) {
	if d.next == nil {
		d.begin(l, told)
		return
	}
	d.now = append(d.now, told)
}

// turn asks for the next page.
func (d *loader) turn(l *loop.Loop) {
	q := d.m.db.Query(l)
	more := d.last != ""
	d.from = d.last
	if err := db.Prepare(d.m.db, q, d.m.names.selectPage(more)); err != nil {
		q.Free(l)
		d.end(l, err)
		return
	}
	if more {
		q.Bind(db.TextArg([]byte(d.last)))
	}
	if _, out, pending := d.m.set.Begin(l, q, 0, d); !pending {
		d.Resume(l, q, out)
	}
}

// Resume takes a page.
func (d *loader) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(db.Query)
	rows, err := q.Rows(), error(nil)
	switch out {
	case asyncops.Completed:
		err = d.take(q)
	case asyncops.Failed:
		state, msg := q.Err()
		err = fmt.Errorf("%s (%s)", msg, state)
	default:
		err = errors.New("the database does not answer")
	}
	q.Free(l)
	if err != nil || rows < page || d.last == d.from {
		d.end(l, err)
		return
	}
	d.turn(l)
}

// take adds the rows of a page.
func (d *loader) take(q db.Query) error {
	for row := range q.Rows() {
		name, null := q.Value(row, 0)
		if null {
			continue
		}
		if len(d.next) == maxDomains {
			return fmt.Errorf("more than %d domains", maxDomains)
		}
		attrs, noAttrs := q.Value(row, 1)
		d.last = string(name)
		d.next[string(normal(nil, name))] = entry{attrs: string(attrs), hasAttrs: !noAttrs, subdomains: isTrue(q, row)}
	}
	return nil
}

// end puts what was loaded in its place. A failure leaves what was there.
func (d *loader) end(l *loop.Loop, err error) {
	if err == nil {
		delete(d.next, "")
		d.m.loaded.Store(&domains{d.next})
		d.refused = ""
	} else if d.refused != err.Error() {
		d.refused = err.Error()
		l.Log(-1, fmt.Appendf(nil, "ERROR:domain: the table is not loaded: %s", err))
	}
	d.next = nil
	for _, told := range d.now {
		told <- err
	}
	d.now, d.later = d.later, nil
	switch {
	case len(d.now) > 0:
		d.begin(l, nil)
	case d.m.loaded.Load() == nil:
		l.After(retry, d.kind, 0)
	case d.m.mode == ask:
		l.After(refresh, d.kind, 0)
	}
}
