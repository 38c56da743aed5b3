package textdb

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/dbwork"
)

// execute carries out a Job's Statement.
func (d *DB) execute(j *dbwork.Job) error {
	s, err := decode(j.Text)
	if err != nil {
		return err
	}
	t, err := d.table(s.Table)
	if err != nil {
		return err
	}
	x := execution{t: t, s: s, j: j}
	if want := x.want(); j.Args.Len() != want {
		return &dbwork.Error{State: "07001", Message: fmt.Sprintf("%d values for %d places", j.Args.Len(), want)}
	}
	if err := x.bind(); err != nil {
		return err
	}
	switch s.Verb {
	case db.Select:
		return x.selectRows()
	case db.Insert:
		err = x.insert()
	case db.Update:
		x.update()
	case db.Delete:
		x.delete()
	case db.Replace:
		err = x.replace()
	}
	if err == nil && j.Affected > 0 {
		d.changed(t)
	}
	return err
}

// An execution is one statement on one table.
type execution struct {
	t     *table
	s     *db.Statement
	j     *dbwork.Job
	set   []int   // columns
	vals  []value // of set, row by row
	where []condition
}

type condition struct {
	col int
	op  db.Op
	v   value
}

// want is how many values the statement takes.
func (x *execution) want() int {
	n := len(x.s.Set) * max(x.s.Rows, 1)
	for _, c := range x.s.Where {
		if c.Op != db.IsNull && c.Op != db.NotNull {
			n++
		}
	}
	return n
}

// bind finds the columns, and gives the values their types.
func (x *execution) bind() (err error) {
	for _, name := range x.s.Set {
		i, err := x.column(name)
		if err != nil {
			return err
		}
		x.set = append(x.set, i)
	}
	n := 0
	for range max(x.s.Rows, 1) {
		for _, col := range x.set {
			v, err := x.t.columns[col].from(x.j.Args.At(n))
			if err != nil {
				return err
			}
			if v.null && !x.t.columns[col].null && (col != x.t.auto || x.s.Verb == db.Update) {
				return &dbwork.Error{State: "23502", Message: "column " + x.t.columns[col].name + " cannot be NULL"}
			}
			x.vals = append(x.vals, v)
			n++
		}
	}
	for _, c := range x.s.Where {
		w := condition{op: c.Op}
		if w.col, err = x.column(c.Column); err != nil {
			return err
		}
		if c.Op != db.IsNull && c.Op != db.NotNull {
			if w.v, err = x.t.columns[w.col].from(x.j.Args.At(n)); err != nil {
				return err
			}
			n++
		}
		x.where = append(x.where, w)
	}
	return nil
}

func (x *execution) column(name string) (int, error) {
	if i := x.t.column(name); i >= 0 {
		return i, nil
	}
	return 0, &dbwork.Error{State: "42703", Message: fmt.Sprintf("there is no column %q in table %q", name, x.s.Table)}
}

// from makes a value of an argument.
func (c *column) from(a db.Arg) (value, error) {
	number := c.kind == integer || c.kind == float
	switch {
	case a.Kind == db.Null:
		return value{null: true}, nil
	case c.kind == integer && a.Kind == db.Int:
		return value{n: a.N}, nil
	case c.kind == float && a.Kind == db.Float:
		return value{f: a.F}, nil
	case number && a.Kind == db.Int:
		return value{f: float64(a.N)}, nil
	case number && a.Kind == db.Float:
		return value{n: int64(a.F)}, nil
	case a.Kind == db.Int:
		return value{s: fmt.Sprint(a.N)}, nil
	case a.Kind == db.Float:
		return value{s: fmt.Sprint(a.F)}, nil
	case number:
		v, err := c.read(string(a.B))
		if err != nil {
			return v, &dbwork.Error{State: "22P02", Message: err.Error()}
		}
		return v, nil
	}
	return value{s: string(a.B)}, nil
}

// holds reports whether the conditions, or one where that is enough, are met by row.
func (x *execution) holds(row []value) bool {
	for _, w := range x.where {
		if x.meets(&w, row[w.col]) == x.s.Any {
			return x.s.Any
		}
	}
	return !x.s.Any || len(x.where) == 0
}

// meets reports whether a value meets a condition. NULL meets none but IsNull.
func (x *execution) meets(w *condition, v value) bool {
	switch {
	case w.op == db.IsNull:
		return v.null
	case w.op == db.NotNull:
		return !v.null
	}
	return !v.null && !w.v.null && x.t.columns[w.col].compare(w.op, v, w.v)
}

func (c *column) compare(op db.Op, a, b value) bool {
	if op == db.Like || op == db.NotLike {
		return like(c.text(a), c.text(b)) == (op == db.Like)
	}
	n := order(c.kind, a, b)
	switch op {
	case db.Equal:
		return n == 0
	case db.NotEqual:
		return n != 0
	case db.Less:
		return n < 0
	case db.LessEqual:
		return n <= 0
	case db.Greater:
		return n > 0
	}
	return n >= 0
}

func order(k kind, a, b value) int {
	switch {
	case a.null || b.null:
		return cmp.Compare(rank(a), rank(b))
	case k == integer:
		return cmp.Compare(a.n, b.n)
	case k == float:
		return cmp.Compare(a.f, b.f)
	}
	return strings.Compare(a.s, b.s)
}

// rank puts NULL first.
func rank(v value) int {
	if v.null {
		return 0
	}
	return 1
}

// like reports whether s is as pattern says: % is any text, _ any byte.
func like(s, pattern string) bool {
	star, from := -1, 0
	i, p := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '%':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '_' || pattern[p] == s[i]):
			i, p = i+1, p+1
		case star >= 0:
			from++
			i, p = from, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "%") == ""
}

// matching returns the rows that meet all conditions, in order.
func (x *execution) matching() ([][]value, error) {
	var rows [][]value
	for _, row := range x.t.rows {
		if x.holds(row) {
			rows = append(rows, row)
		}
	}
	if x.s.Order == "" {
		return rows, nil
	}
	keys := strings.Split(x.s.Order, ",")
	for _, key := range slices.Backward(keys) {
		words := strings.Fields(key)
		if len(words) == 0 || len(words) > 2 {
			return nil, &dbwork.Error{State: "42601", Message: fmt.Sprintf("%q is no order", x.s.Order)}
		}
		col, err := x.column(words[0])
		if err != nil {
			return nil, err
		}
		sign := 1
		if len(words) == 2 && strings.EqualFold(words[1], "desc") {
			sign = -1
		}
		slices.SortStableFunc(rows, func(a, b []value) int { return sign * order(x.t.columns[col].kind, a[col], b[col]) })
	}
	return rows, nil
}

func (x *execution) selectRows() error {
	rows, err := x.matching()
	if err != nil {
		return err
	}
	if len(x.s.Columns) == 1 && strings.EqualFold(x.s.Columns[0], "count(*)") {
		x.j.AddColumn("count(*)")
		x.j.AddInt(int64(len(rows)))
		return nil
	}
	var cols []int
	for _, name := range x.s.Columns {
		if name == "*" {
			cols = x.all(cols)
			continue
		}
		i, err := x.column(name)
		if err != nil {
			return err
		}
		cols = append(cols, i)
	}
	if len(x.s.Columns) == 0 {
		cols = x.all(cols)
	}
	for _, i := range cols {
		x.j.AddColumn(x.t.columns[i].name)
	}
	if x.s.Limit > 0 {
		rows = rows[:min(len(rows), x.s.Limit)]
	}
	for _, row := range rows {
		if x.j.Full() || !x.give(row, cols) {
			return dbwork.ErrTooBig
		}
	}
	return nil
}

func (x *execution) all(cols []int) []int {
	for i := range x.t.columns {
		cols = append(cols, i)
	}
	return cols
}

// types are those of results.
var types = [...]db.Type{text: db.TypeText, integer: db.TypeInt, float: db.TypeFloat, blob: db.TypeBlob}

// give adds a row to the result; false if there is no room.
func (x *execution) give(row []value, cols []int) bool {
	for _, i := range cols {
		if row[i].null {
			x.j.AddNull()
		} else if c := &x.t.columns[i]; !x.j.AddText([]byte(c.text(row[i])), types[c.kind]) {
			return false
		}
	}
	return true
}

// maxRows is how many rows a table may have.
const maxRows = 1 << 20

func (x *execution) insert() error {
	n := max(x.s.Rows, 1)
	if len(x.t.rows)+n > maxRows {
		return &dbwork.Error{State: "53100", Message: "the table has too many rows"}
	}
	var rows [][]value
	last := x.t.last
	for i := range n {
		row := make([]value, len(x.t.columns))
		for k := range row {
			row[k].null = true
		}
		for k, col := range x.set {
			row[col] = x.vals[i*len(x.set)+k]
		}
		if a := x.t.auto; a >= 0 {
			if row[a].null {
				row[a] = value{n: last + 1}
			}
			last = max(last, row[a].n)
			x.j.LastInsert = row[a].n
		}
		for k, c := range x.t.columns {
			if row[k].null && !c.null {
				return &dbwork.Error{State: "23502", Message: "column " + c.name + " cannot be NULL"}
			}
		}
		rows = append(rows, row)
	}
	x.t.rows, x.t.last = append(x.t.rows, rows...), last
	x.j.Affected = int64(n)
	return nil
}

func (x *execution) update() {
	for _, row := range x.t.rows {
		if x.holds(row) {
			for k, col := range x.set {
				row[col] = x.vals[k]
			}
			x.j.Affected++
		}
	}
}

func (x *execution) delete() {
	before := len(x.t.rows)
	x.t.rows = slices.DeleteFunc(x.t.rows, x.holds)
	x.j.Affected = int64(before - len(x.t.rows))
}

// replace changes the rows that have the values of the key, or adds one.
func (x *execution) replace() error {
	if len(x.s.Key) == 0 {
		return &dbwork.Error{State: "0A000", Message: "a table of text has no key: use sql_update() or sql_insert()"}
	}
	for _, name := range x.s.Key {
		k := slices.Index(x.s.Set, name)
		if k < 0 {
			return x.insert()
		}
		x.where = append(x.where, condition{x.set[k], db.Equal, x.vals[k]})
	}
	if x.update(); x.j.Affected == 0 {
		return x.insert()
	}
	return nil
}
