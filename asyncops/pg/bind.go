package pg

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"github.com/fastsips/fastsips/asyncops/db"
)

// Bounds of what is bound to one query.
const (
	maxParams     = 1<<16 - 1 // the protocol counts them in 16 bits
	maxParamBytes = 8 << 20
)

// params are the values that a text's $1, $2 … stand for, as Bind sends them: a
// length of four bytes and the value in text format; NULL is the length -1.
type params struct {
	values []byte
	n      int
}

// Bind adds the value of the next parameter, $1 first. The server reads it as the
// type that the statement needs there. SetText drops what was bound.
func (q *Query) Bind(a db.Arg) {
	p := &q.params
	if p.n++; !p.fits(len(a.B)) {
		return
	}
	at := len(p.values)
	p.values = append(p.values, 0, 0, 0, 0)
	switch a.Kind {
	case db.Null:
		binary.BigEndian.PutUint32(p.values[at:], 1<<32-1)
		return
	case db.Int:
		p.values = strconv.AppendInt(p.values, a.N, 10)
	case db.Float:
		p.values = strconv.AppendFloat(p.values, a.F, 'g', -1, 64)
	case db.Text:
		p.values = append(p.values, a.B...)
	case db.Blob:
		p.values = hex.AppendEncode(append(p.values, '\\', 'x'), a.B)
	}
	binary.BigEndian.PutUint32(p.values[at:], uint32(len(p.values)-at-4))
}

// fits keeps memory bounded. What did not fit shows in n, beyond maxParams, and
// fails the query.
func (p *params) fits(size int) bool {
	if len(p.values)+size > maxParamBytes {
		p.n = maxParams + 1
	}
	return p.n <= maxParams
}

func (p *params) clear() {
	if cap(p.values) > maxPooled {
		p.values = nil
	}
	p.values, p.n = p.values[:0], 0
}

// appendParse appends Parse: name stands for text from now on, "" until the next
// Parse. The server infers the types of the parameters.
func appendParse(dst []byte, name string, text []byte) []byte {
	dst = appendHeader(dst, 'P', len(name)+1+len(text)+1+2)
	dst = append(append(dst, name...), 0)
	dst = append(append(dst, text...), 0)
	return append(dst, 0, 0)
}

// appendDescribe asks for the columns of a statement.
func appendDescribe(dst []byte, name string) []byte { return appendNamed(dst, 'D', name) }

// appendCloseStatement forgets a statement, or nothing if there is none.
func appendCloseStatement(dst []byte, name string) []byte { return appendNamed(dst, 'C', name) }

func appendNamed(dst []byte, kind byte, name string) []byte {
	dst = appendHeader(dst, kind, 1+len(name)+1)
	return append(append(append(dst, 'S'), name...), 0)
}

// appendExecute appends Bind to the unnamed portal, all in text format, and its
// execution to the last row, and Sync.
func appendExecute(dst []byte, name string, p *params) []byte {
	dst = appendHeader(dst, 'B', 1+len(name)+1+2+2+len(p.values)+2)
	dst = append(append(append(dst, 0), name...), 0)
	dst = append(dst, 0, 0, byte(p.n>>8), byte(p.n))
	dst = append(append(dst, p.values...), 0, 0)
	dst = append(dst, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0)
	return append(dst, 'S', 0, 0, 0, 4)
}

func appendHeader(dst []byte, kind byte, size int) []byte {
	return binary.BigEndian.AppendUint32(append(dst, kind), uint32(4+size))
}
