package acc

import (
	"github.com/fastsips/fastsips/asyncops/spool"
	"github.com/fastsips/fastsips/loop"
)

// A shapes holds the beginnings of rows of a table, made once.
type shapes struct {
	plain, full, missed []byte
}

// columns of a row: those that each has, and then of what there is an account of.
func (m *Module) columns(full, missed bool) []string {
	list := append([]string(nil), m.names.method, m.names.fromTag, m.names.toTag, m.names.callID, m.names.code, m.names.reason, m.names.time)
	if !full {
		return list
	}
	list = append(append(list, namesOf(m.extra.db)...), namesOf(m.leg.db)...)
	list = append(list, "setuptime", "created")
	if !missed {
		list = append(list, "duration", "ms_duration")
	}
	return list
}

func (m *Module) shapesOf(table string) (s shapes) {
	s.plain = spool.AppendShape(nil, table, m.columns(false, false))
	s.full = spool.AppendShape(nil, table, m.columns(true, false))
	s.missed = spool.AppendShape(nil, table, m.columns(true, true))
	return s
}

// shape returns how a record's row begins.
func (m *Module) shape(r *record) []byte {
	var s *shapes
	switch string(r.table) {
	case string(m.accTable):
		s = &m.accShapes
	case string(m.missedTable):
		s = &m.missedShapes
	default:
		made := m.shapesOf(string(r.table))
		s = &made
	}
	switch {
	case r.a == nil:
		return s.plain
	case r.missedRow(m):
		return s.missed
	}
	return s.full
}

// missedRow reports whether the row has no columns for durations: those of missed calls,
// and what acc_db_request() puts in the same table.
func (r *record) missedRow(m *Module) bool {
	return r.kind == missedRecord || r.kind == requestRecord && string(r.table) == string(m.missedTable)
}

// insert has the rows of a record written: one, or with leg_fields of the database one for
// each leg. False: there was no room.
func (m *Module) insert(l *loop.Loop, r *record) bool {
	if m.spool == nil {
		return false
	}
	n := 1
	if r.a != nil && len(m.leg.db) > 0 {
		n = r.a.nlegs
	}
	ok := true
	for leg := range n {
		ok = m.insertLeg(l, r, leg) && ok
	}
	return ok
}

func (m *Module) insertLeg(l *loop.Loop, r *record, leg int) bool {
	s := m.scratch.On(l)
	b := append(s.row[:0], m.shape(r)...)
	for _, v := range [...][]byte{r.method, r.fromTag, r.toTag, r.callID, r.codeText(), r.reason} {
		b = spool.AppendText(b, v)
	}
	b = spool.AppendTime(b, r.at)
	if r.a != nil {
		for _, f := range m.extra.db {
			b = spool.AppendText(b, r.a.extra[f.tag].text)
		}
		for _, f := range m.leg.db {
			b = spool.AppendText(b, r.a.legs[leg][f.tag].text)
		}
		b = r.appendTimes(b, r.missedRow(m))
	}
	s.row = b
	return m.spool.Put(l, b)
}

// appendTimes appends setuptime and created, and of others than missed calls the durations.
func (r *record) appendTimes(b []byte, missed bool) []byte {
	if r.cdr {
		b = spool.AppendTime(spool.AppendInt(b, r.setup), r.created)
	} else {
		b = spool.AppendNull(spool.AppendInt(b, 0))
	}
	if missed {
		return b
	}
	return spool.AppendInt(spool.AppendInt(b, r.duration), r.milliseconds)
}
