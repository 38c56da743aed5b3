package sqlops

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/script"
)

// Columns is an argument such as ["name", "age"].
type columns struct {
	list  []text
	whole script.VarRef // a variable with all of it
}

// Pairs is an argument such as [{"name": "$rU"}, {"age": {">=": 18}}].
type pairs struct {
	list  []pair
	whole script.VarRef
	only  bool // no operators: values to be set
}

// A pair is a column and the value it is set to or compared with.
type pair struct {
	column text
	op     db.Op
	value  value
}

// The forms, for hints.
const (
	columnsForm = `write ["name", "age"]`
	setForm     = `write [{"name": "$rU"}, {"age": 18}]`
	filterForm  = `write [{"name": "$rU"}, {"age": {">=": 18}}]`
)

func loadColumns(l *script.Literal) (*columns, error) {
	if v := l.Sole(); v != nil {
		return &columns{whole: v.Ref()}, nil
	}
	list, err := readColumns(l.Pieces)
	return &columns{list: list}, refusal(err, columnsForm)
}

func loadFilter(l *script.Literal) (*pairs, error) { return loadPairs(l, false) }
func loadSet(l *script.Literal) (*pairs, error)    { return loadPairs(l, true) }

func loadPairs(l *script.Literal, only bool) (*pairs, error) {
	if v := l.Sole(); v != nil {
		return &pairs{whole: v.Ref(), only: only}, nil
	}
	list, err := readPairs(l.Pieces, only)
	return &pairs{list: list, only: only}, refusal(err, form(only))
}

func form(only bool) string {
	if only {
		return setForm
	}
	return filterForm
}

func refusal(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &script.Refusal{Msg: err.Error(), Hint: hint}
}

// in returns what the argument says in a run: a variable's value is read now, and what a
// peer put into it is JSON too then.
func (x *columns) in(c *script.Ctx) ([]text, error) {
	if x == nil || !x.whole.Valid() {
		if x == nil {
			return nil, nil
		}
		return x.list, nil
	}
	b, ok := c.Text(x.whole.Get(c))
	if !ok {
		return nil, errors.New("columns are NULL")
	}
	return readColumns([]script.Piece{{Text: string(b)}})
}

func (x *pairs) in(c *script.Ctx) ([]pair, error) {
	if x == nil {
		return nil, nil
	}
	if !x.whole.Valid() {
		return x.list, nil
	}
	b, ok := c.Text(x.whole.Get(c))
	if !ok {
		return nil, errors.New("the filter or the columns are NULL")
	}
	return readPairs([]script.Piece{{Text: string(b)}}, x.only)
}

func readColumns(p []script.Piece) (list []text, err error) {
	r := &reader{pieces: p}
	r.list(func() { list = append(list, r.name()) })
	return list, r.end()
}

func readPairs(p []script.Piece, only bool) (list []pair, err error) {
	r := &reader{pieces: p}
	r.list(func() {
		r.object(func() { list = append(list, r.pair(only)) })
	})
	if only && r.err == nil && len(list) == 0 {
		return nil, errors.New("there is no column to be set")
	}
	return list, r.end()
}

// pair reads "column": value or "column": {"operator": value}.
func (r *reader) pair(only bool) (p pair) {
	p.column = r.plainName()
	r.expect(':')
	if r.next() != '{' {
		p.value = r.value()
	} else {
		r.object(func() {
			p.op = r.operator(only)
			r.expect(':')
			p.value = r.value()
		})
	}
	if p.value.null && !only {
		switch p.op {
		case db.Equal, db.IsNull:
			p.op = db.IsNull
		case db.NotEqual, db.NotNull:
			p.op = db.NotNull
		default:
			r.fail("null can only be compared by = and !=")
		}
	} else if p.op == db.IsNull || p.op == db.NotNull {
		r.fail(`"is" and "is not" are for null`)
	}
	return p
}

// operators are those that there are, by the way they are written.
var operators = map[string]db.Op{"=": db.Equal, "!=": db.NotEqual, "<>": db.NotEqual, "<": db.Less, "<=": db.LessEqual,
	">": db.Greater, ">=": db.GreaterEqual, "like": db.Like, "not like": db.NotLike, "is": db.IsNull, "is not": db.NotNull}

func (r *reader) operator(only bool) db.Op {
	s, fixed := r.string().fixed()
	op, known := operators[strings.ToLower(strings.Join(strings.Fields(s), " "))]
	switch {
	case r.err != nil:
	case only && (!fixed || s != "="):
		r.fail("a column that is set has no operator")
	case !fixed:
		r.fail("an operator cannot be a variable")
	case !known:
		list := []string{}
		for name := range operators {
			list = append(list, name)
		}
		slices.Sort(list)
		r.fail(fmt.Sprintf("unknown operator %q; there are %s", s, strings.Join(list, ", ")))
	}
	return op
}

// value reads a string, a number, null or a variable.
func (r *reader) value() (v value) {
	switch b := r.next(); {
	case b == '"':
		if v.text = r.string(); v.text == nil {
			v.arg = db.TextArg([]byte{})
		}
	case b == variable:
		v.v = r.pieces[0].Ref()
		r.pieces = r.pieces[1:]
	case b == 'n' && r.word() == "null":
		v.null = true
	case b == '-' || b >= '0' && b <= '9':
		v.arg = r.number()
	default:
		r.fail("a value is a string in quotes, a number, null or a variable, not " + r.shown())
	}
	return v
}

// name reads the name of a column.
func (r *reader) name() text {
	if r.next() != '"' {
		r.fail("the name of a column needs quotes: " + r.shown())
		return nil
	}
	t := r.string()
	if s, fixed := t.fixed(); fixed && r.err == nil && !db.IsColumn(s) {
		r.fail(fmt.Sprintf("%q is no name of a column", s))
	}
	return t
}

// plainName is name without what only a SELECT has.
func (r *reader) plainName() text {
	t := r.name()
	if s, fixed := t.fixed(); fixed && strings.ContainsAny(s, "*(") {
		r.fail(fmt.Sprintf("%q is no name of a column", s))
	}
	return t
}

func (r *reader) number() db.Arg {
	s := r.word()
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return db.IntArg(n)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		r.fail(fmt.Sprintf("%q is no number", s))
	}
	return db.FloatArg(f)
}

// A reader reads JSON in which variables stand for values or parts of strings. After the
// first error it only goes on.
type reader struct {
	pieces []script.Piece
	at     int // in the first one's text
	err    error
}

// What next returns beside the bytes of the text.
const (
	variable = -1 - iota
	atEnd
)

func (r *reader) fail(msg string) {
	if r.err == nil {
		r.err = errors.New(msg)
	}
}

// peek returns the next byte.
func (r *reader) peek() int {
	for len(r.pieces) > 0 {
		p := &r.pieces[0]
		switch {
		case p.IsVar():
			return variable
		case r.at < len(p.Text):
			return int(p.Text[r.at])
		}
		r.pieces, r.at = r.pieces[1:], 0
	}
	return atEnd
}

// next is peek behind blanks. After an error nothing follows.
func (r *reader) next() int {
	if r.err != nil {
		return atEnd
	}
	for {
		switch b := r.peek(); b {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return b
		}
	}
}

// shown is what follows, for messages.
func (r *reader) shown() string {
	switch r.next() {
	case atEnd:
		return "it ends there"
	case variable:
		return "$" + r.pieces[0].Name()
	}
	s := r.pieces[0].Text[r.at:]
	return strconv.Quote(s[:min(len(s), 12)])
}

func (r *reader) expect(b int) {
	if r.next() != b {
		r.fail(fmt.Sprintf("%q is missing: %s", rune(b), r.shown()))
		return
	}
	r.at++
}

// list reads [item, item, ...].
func (r *reader) list(item func()) {
	r.expect('[')
	if r.next() == ']' {
		r.at++
		return
	}
	r.items(']', item)
}

// object reads {item, item, ...}; at least one.
func (r *reader) object(item func()) {
	r.expect('{')
	r.items('}', item)
}

func (r *reader) items(end int, item func()) {
	for r.err == nil {
		item()
		if r.next() == end {
			r.at++
			return
		}
		r.expect(',')
	}
}

// word reads letters, digits and what numbers are made of.
func (r *reader) word() string {
	s := r.pieces[0].Text[r.at:]
	n := 0
	for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z' || s[n] >= '0' && s[n] <= '9' || s[n] == '-' || s[n] == '+' || s[n] == '.') {
		n++
	}
	r.at += n
	return s[:n]
}

// string reads "text with $variables".
func (r *reader) string() (t text) {
	var b []byte
	flush := func() {
		if len(b) > 0 {
			t, b = append(t, textPart{b: b}), nil
		}
	}
	r.expect('"')
	for r.err == nil {
		switch ch := r.peek(); {
		case ch == variable:
			flush()
			t = append(t, textPart{v: r.pieces[0].Ref()})
			r.pieces = r.pieces[1:]
		case ch == atEnd:
			r.fail("a string is not closed")
		case ch == '"':
			r.at++
			flush()
			return t
		case ch == '\\':
			b = r.escape(b)
		default:
			b = append(b, byte(ch))
			r.at++
		}
	}
	return t
}

// escapes are those of one letter (RFC 8259 §7).
var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (r *reader) escape(b []byte) []byte {
	s := r.pieces[0].Text[r.at+1:]
	if s == "" {
		r.fail("a backslash escapes nothing")
		return b
	}
	if to, ok := escapes[s[0]]; ok {
		r.at += 2
		return append(b, to)
	}
	if s[0] == 'u' && len(s) >= 5 {
		if n, err := strconv.ParseUint(s[1:5], 16, 16); err == nil {
			r.at += 6
			return utf8.AppendRune(b, rune(n))
		}
	}
	r.fail(fmt.Sprintf("unknown escape %q", `\`+s[:1]))
	return b
}

// end returns the first error, or that something follows.
func (r *reader) end() error {
	if r.next() != atEnd {
		r.fail("nothing may follow: " + r.shown())
	}
	return r.err
}
