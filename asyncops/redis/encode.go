package redis

import (
	"math"
	"slices"
	"strconv"
)

// An encoder writes commands as RESP wants them: arrays of bulk strings. The number
// of arguments goes in front and is known only at the end, so what is written of the
// command in hand is moved up then; it is short.
type encoder struct {
	text  []byte
	from  int    // where the command in hand begins
	args  uint32 // of it
	parts uint8  // commands that are complete
}

// arg appends an argument to the command in hand.
func (e *encoder) arg(b []byte) {
	e.text = append(appendLength(e.text, '$', len(b)), b...)
	e.endArg()
}

func (e *encoder) argString(s string) {
	e.text = append(appendLength(e.text, '$', len(s)), s...)
	e.endArg()
}

func (e *encoder) argInt(n int64) {
	var digits [20]byte
	e.arg(strconv.AppendInt(digits[:0], n, 10))
}

func (e *encoder) endArg() {
	e.text = append(e.text, '\r', '\n')
	e.args++
}

// end completes the command in hand, if there is one.
func (e *encoder) end() {
	if e.args == 0 || e.parts == math.MaxUint8 {
		return
	}
	var head [16]byte
	e.text = slices.Insert(e.text, e.from, appendLength(head[:0], '*', int(e.args))...)
	e.from, e.args = len(e.text), 0
	e.parts++
}

// command makes one command the whole of e.
func (e *encoder) command(args []string) {
	e.reset()
	for _, a := range args {
		e.argString(a)
	}
	e.end()
}

func (e *encoder) reset() { e.text, e.from, e.args, e.parts = e.text[:0], 0, 0, 0 }

func appendLength(b []byte, kind byte, n int) []byte {
	b = strconv.AppendInt(append(b, kind), int64(n), 10)
	return append(b, '\r', '\n')
}

// nextArg takes the first argument off what arg has written.
func nextArg(b []byte) (arg, rest []byte) {
	n, i := 0, 1
	for ; b[i] != '\r'; i++ {
		n = 10*n + int(b[i]-'0')
	}
	i += 2
	return b[i : i+n], b[i+n+2:]
}

// skipParts leaves out the first n complete commands of b.
func skipParts(b []byte, n uint8) []byte {
	for ; n > 0; n-- {
		args, i := 0, 1
		for ; b[i] != '\r'; i++ {
			args = 10*args + int(b[i]-'0')
		}
		for b = b[i+2:]; args > 0; args-- {
			_, b = nextArg(b)
		}
	}
	return b
}
