package sipparse

import (
	"bytes"
	"strconv"
	"testing"
)

// An op is an edit as a caller makes it.
type op struct {
	kind     byte // 'd', 'i', 'r'
	off, end int
	text     string
}

// applyNaively does what the comment on Edits says, byte by byte. Sets are in the
// order in which they count as made.
func applyNaively(buf []byte, from, to int, sets ...[]op) (out []byte, body int) {
	var ops []op
	for _, set := range sets {
		var made []op
		for _, x := range set {
			if x.kind == 'r' && overlapsReplace(x, made) {
				continue
			}
			made = append(made, x)
		}
		for _, x := range made {
			if x.kind != 'r' || !overlapsReplace(x, ops) {
				ops = append(ops, x)
			} else {
				ops = append(ops, op{kind: 'x', off: x.off, end: x.end}) // still blocks others
			}
		}
	}
	gone := make([]bool, len(buf))
	texts := make([]string, len(buf)+1)
	var covers []op
	for _, x := range ops {
		if x.kind == 'd' || x.kind == 'r' && !overlapsDelete(x, ops) {
			covers = append(covers, x)
			for i := x.off; i < x.end; i++ {
				gone[i] = true
			}
		}
	}
	for _, x := range ops {
		if x.kind == 'i' && !inside(x.off, covers) || x.kind == 'r' && !overlapsDelete(x, ops) {
			texts[x.off] += x.text
		}
	}
	for i := from; i <= to; i++ {
		out = append(out, texts[i]...)
		if i < to && !gone[i] {
			out = append(out, buf[i])
		}
		if i == bytes.Index(buf, []byte("\r\n\r\n"))+3 {
			body = len(out)
		}
	}
	return out, body
}

func overlapsReplace(x op, ops []op) bool {
	for _, y := range ops {
		if (y.kind == 'r' || y.kind == 'x') && y.off < x.end && y.end > x.off {
			return true
		}
	}
	return false
}

func overlapsDelete(x op, ops []op) bool {
	for _, y := range ops {
		if y.kind == 'd' && y.off < x.end && y.end > x.off {
			return true
		}
	}
	return false
}

func inside(at int, covers []op) bool {
	for _, y := range covers {
		if y.off < at && at < y.end {
			return true
		}
	}
	return false
}

// ops reads a program of edits: four bytes each, on the message's own bytes but the
// end of its headers and its Content-Length, which are not ours to edit.
func ops(program []byte, m *Msg) (a, b []op) {
	start, cl := int(m.start), int(m.firstField(HdrContentLength).off)
	body, end := int(m.body), int(m.end)
	for ; len(program) >= 4; program = program[4:] {
		lo, hi := start, cl
		if program[0]&4 != 0 {
			lo, hi = body, end
		}
		x := op{kind: "dir"[int(program[0]>>4)%3]}
		x.off = lo + int(program[1])%(hi-lo+1)
		x.end = min(x.off+int(program[2])%16, hi)
		switch {
		case x.kind == 'i':
			x.end = x.off
		case x.off == x.end: // an empty Replace is an Insert, an empty Delete is nothing
			continue
		}
		if x.kind != 'd' {
			x.text = strconv.Itoa(int(program[3]))
		}
		if program[0]&8 == 0 {
			a = append(a, x)
		} else {
			b = append(b, x)
		}
	}
	return a, b
}

func (e *Edits) do(x op) {
	s := span(x.off, x.end)
	switch x.kind {
	case 'd':
		e.Delete(s)
	case 'i':
		e.Insert(s.Off, []byte(x.text))
	case 'r':
		e.Replace(s, []byte(x.text))
	}
}

// The walk gives what the naive way gives, whatever the edits, also after others
// have been taken back.
func FuzzEdits(f *testing.F) {
	f.Add([]byte("\x00\x05\x05x\x10\x05\x00y\x20\x03\x04z"), uint8(1))
	f.Add([]byte("\x24\x01\x09a\x2c\x02\x03b\x04\x00\x0fc\x1c\x01\x00d"), uint8(0))
	f.Add([]byte("\x20\x01\x09a\x20\x02\x0fb\x00\x00\x0fc\x28\x01\x02d\x08\x00\x0fe"), uint8(2))
	wire := crlfs(edited)
	f.Fuzz(func(t *testing.T, program []byte, keep uint8) {
		if len(program) > 400 {
			return
		}
		m := parse(t, wire)
		setA, setB := ops(program, m)
		var a, b Edits
		for _, x := range setA {
			a.do(x)
		}
		for i, x := range setB { // those from keep on are made, taken back, and made again
			if i == int(keep) {
				mark := b.Mark()
				for _, y := range setB[i:] {
					b.do(y)
				}
				b.Truncate(mark)
			}
			b.do(x)
		}
		want, body := applyNaively(m.buf, int(m.start), int(m.end), setA, setB)
		if n := len(want) - body; n != m.BodySpan().Len() {
			v := m.firstField(HdrContentLength).valueSpan()
			cl := []op{{kind: 'r', off: int(v.Off), end: int(v.End), text: strconv.Itoa(n)}}
			want, _ = applyNaively(m.buf, int(m.start), int(m.end), cl, setA, setB)
		}
		if got := m.AppendEdited([]byte("before"), &a, &b); string(got) != "before"+string(want) {
			t.Errorf("%+v, %+v:\n%q\nwant:\n%q", setA, setB, got, want)
		}
	})
}
