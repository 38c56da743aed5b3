package redis

import (
	"bytes"
	"errors"
)

// Bounds on what a server may send.
const (
	maxLine  = 64 << 10  // bytes of a status, an error, a number
	maxDepth = 16        // aggregates within aggregates
	maxBulk  = 512 << 20 // bytes of a string: what Redis allows by default
	maxCount = 1 << 30   // elements of an aggregate
)

var errProtocol = errors.New("the server broke the protocol")

// A decoder takes replies as they come, a byte or a megabyte at a time. It is RESP3
// without streamed types, which no server sends unasked, and therefore RESP2 as well.
type decoder struct {
	line  []byte // begun, its end has not come
	kind  byte   // of the string that is being read
	left  int    // bytes of it that are to come, its CRLF included; 0: a line is next
	node  int    // of that string
	push  bool   // what is being read is not an answer but a message out of turn; stays until the next begins
	depth int
	stack [maxDepth]level
}

// A level is an aggregate that is not complete.
type level struct {
	left      int  // elements to come
	node      int  // its own
	attribute bool // what it says of the value behind it is not kept
}

// next reads from b and returns how much it took. When done, a whole reply was read
// and is in r; d.push says that it was a message out of turn, which is not kept. With
// nil for r, which may change meanwhile, the reply is passed over.
func (d *decoder) next(b []byte, r *Reply) (n int, done bool, err error) {
	for n < len(b) {
		var used int
		if d.left > 0 {
			used, done, err = d.bulk(b[n:], r)
		} else {
			used, done, err = d.header(b[n:], r)
		}
		if n += used; done || err != nil {
			return n, done, err
		}
	}
	return n, false, nil
}

// idle reports whether a reply begins with what comes next.
func (d *decoder) idle() bool { return d.left == 0 && d.depth == 0 && len(d.line) == 0 }

// header reads a line.
func (d *decoder) header(b []byte, r *Reply) (n int, done bool, err error) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		d.line = append(d.line, b...)
		return len(b), false, d.checkLine(len(d.line))
	}
	line := b[:end]
	if len(d.line) > 0 {
		d.line = append(d.line, line...)
		line = d.line
	}
	if err := d.checkLine(len(line)); err != nil || len(line) < 2 || line[len(line)-1] != '\r' {
		return end + 1, false, errProtocol
	}
	done, err = d.value(line[0], line[1:len(line)-1], r)
	d.line = d.line[:0]
	return end + 1, done, err
}

func (d *decoder) checkLine(n int) error {
	if n > maxLine {
		return errProtocol
	}
	return nil
}

// value takes the line of a value.
func (d *decoder) value(kind byte, line []byte, r *Reply) (done bool, err error) {
	if d.depth == 0 {
		d.push = false
	}
	switch kind {
	case '+', '-', ',', '(':
		return d.text(kind, line, r)
	case ':':
		n, ok := parseInt(line)
		return d.number(n, ok, r)
	case '#':
		ok := len(line) == 1 && (line[0] == 't' || line[0] == 'f')
		var n int64
		if ok && line[0] == 't' {
			n = 1
		}
		return d.number(n, ok, r)
	case '_':
		return d.null(len(line) == 0, r)
	case '$', '!', '=':
		return d.beginBulk(kind, line, r)
	case '*', '~', '%', '|', '>':
		return d.beginAggregate(kind, line, r)
	}
	return false, errProtocol
}

// sink returns where values go: nowhere if nobody wants them.
func (d *decoder) sink(r *Reply) *Reply {
	if r == nil || r.over || d.push {
		return nil
	}
	for i := range d.depth {
		if d.stack[i].attribute {
			return nil
		}
	}
	return r
}

// text is a value that is its line.
func (d *decoder) text(kind byte, line []byte, r *Reply) (bool, error) {
	if bytes.IndexByte(line, '\r') >= 0 {
		return false, errProtocol
	}
	if r := d.sink(r); r != nil {
		if _, ok := r.add(kindOf(kind), int64(len(line)), len(line)); ok {
			r.data = append(r.data, line...)
		}
	}
	return d.ended(r), nil
}

func kindOf(c byte) Kind {
	switch c {
	case '+':
		return Status
	case '-', '!':
		return Error
	case '%':
		return Map
	case '*', '~':
		return Array
	}
	return String
}

func (d *decoder) number(n int64, ok bool, r *Reply) (bool, error) {
	if !ok {
		return false, errProtocol
	}
	if r := d.sink(r); r != nil {
		r.add(Int, n, 0)
	}
	return d.ended(r), nil
}

func (d *decoder) null(ok bool, r *Reply) (bool, error) {
	if !ok {
		return false, errProtocol
	}
	if r := d.sink(r); r != nil {
		r.add(Null, 0, 0)
	}
	return d.ended(r), nil
}

// beginBulk takes the length of a string.
func (d *decoder) beginBulk(kind byte, line []byte, r *Reply) (bool, error) {
	n, ok := parseInt(line)
	if ok && n == -1 && kind == '$' {
		return d.null(true, r)
	}
	if !ok || n < 0 || n > maxBulk {
		return false, errProtocol
	}
	if r := d.sink(r); r != nil {
		d.node, _ = r.add(kindOf(kind), n, int(n))
	}
	d.kind, d.left = kind, int(n)+2
	return false, nil
}

// bulk takes what has come of a string.
func (d *decoder) bulk(b []byte, r *Reply) (n int, done bool, err error) {
	n = min(len(b), d.left)
	text := b[:min(n, max(d.left-2, 0))]
	if !d.crlf(b[len(text):n]) {
		return n, false, errProtocol
	}
	s := d.sink(r)
	if s != nil {
		s.data = append(s.data, text...)
	}
	if d.left -= n; d.left > 0 {
		return n, false, nil
	}
	if s != nil && d.kind == '=' {
		s.verbatim(d.node)
	}
	return n, d.ended(r), nil
}

// crlf checks what should be a piece of the end of a string; it is called before left
// goes down.
func (d *decoder) crlf(b []byte) bool {
	for i, c := range b {
		if c != "\r\n"[2-min(d.left, 2)+i] {
			return false
		}
	}
	return true
}

// verbatim takes the name of a text's format off: "txt:".
func (r *Reply) verbatim(i int) {
	if v := &r.items[i]; v.n >= 4 && r.data[v.off+3] == ':' {
		v.off, v.n = v.off+4, v.n-4
	}
}

// beginAggregate takes the number of elements.
func (d *decoder) beginAggregate(kind byte, line []byte, r *Reply) (bool, error) {
	n, ok := parseInt(line)
	if ok && n == -1 && kind == '*' {
		return d.null(true, r)
	}
	if !ok || n < 0 || n > maxCount || d.depth == maxDepth || kind == '>' && d.depth > 0 {
		return false, errProtocol
	}
	if kind == '%' || kind == '|' {
		n *= 2
	}
	lv := level{left: int(n), attribute: kind == '|'}
	switch s := d.sink(r); {
	case kind == '>':
		d.push = true
	case s != nil && kind != '|':
		lv.node, _ = s.add(kindOf(kind), n, 0)
	}
	if n == 0 && lv.attribute {
		return false, nil
	}
	if n == 0 {
		return d.ended(r), nil
	}
	d.stack[d.depth] = lv
	d.depth++
	return false, nil
}

// ended counts a value that is complete, and the aggregates that end with it. It
// reports whether the whole reply is complete.
func (d *decoder) ended(r *Reply) bool {
	for d.depth > 0 {
		lv := &d.stack[d.depth-1]
		if lv.left--; lv.left > 0 {
			return false
		}
		d.depth--
		if lv.attribute {
			return false // the value that it is about comes now
		}
		if s := d.sink(r); s != nil {
			s.items[lv.node].next = uint32(len(s.items))
		}
	}
	return true
}
