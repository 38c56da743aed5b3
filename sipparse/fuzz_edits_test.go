package sipparse

import (
	"bytes"
	"slices"
	"strconv"
	"testing"
)

// An op is an edit as a caller makes it.
type op struct {
	kind     byte // 'd', 'i', 'r', 'p', or 'b' for PutBehind: then [off, end) is the owner
	off, end int
	text     string
}

// madeOps leaves out what the comments on Replace and Put say is not made.
func madeOps(set []op) (made []op) {
	for _, x := range set {
		if x.kind == 'r' && overlaps(x, made, 'r') || x.kind == 'p' && slices.ContainsFunc(made, func(y op) bool {
			return overlaps(x, []op{y}, 'p') && (x.off != y.off || x.end != y.end)
		}) {
			continue
		}
		made = append(made, x)
	}
	return made
}

// applyNaively does what the comment on Edits says, byte by byte. Sets are in the
// order in which they count as made.
func applyNaively(buf []byte, from, to int, sets ...[]op) (out []byte, body int) {
	var ops []op
	for _, set := range sets {
		n := len(ops)
		for _, x := range madeOps(set) {
			if x.kind == 'r' && overlaps(x, ops[:n], 'r', 'x') {
				x.kind = 'x' // still blocks others
			}
			ops = append(ops, x)
		}
	}
	gone, deleted := make([]bool, len(buf)), make([]bool, len(buf))
	texts, heads := make([]string, len(buf)+1), make([]string, len(buf)+1)
	var covers []op
	for i, x := range ops {
		if x.kind == 'd' || x.off < x.end && writes(ops, i) {
			covers = append(covers, x)
			for j := x.off; j < x.end; j++ {
				gone[j] = true
				deleted[j] = deleted[j] || x.kind == 'd'
			}
		}
	}
	for i, x := range ops {
		switch {
		case x.kind == 'b':
			if !inside(x.end, covers) && slices.Contains(deleted[x.off:x.end], false) && !putLater(ops, i) {
				texts[x.end] += x.text
			}
		case x.off == x.end && inside(x.off, covers):
		case x.off == x.end && x.kind == 'p':
			if !putLater(ops, i) {
				heads[x.off] = x.text
			}
		case x.off == x.end && x.kind == 'r' && slices.ContainsFunc(ops[:i], func(y op) bool { return y.kind == 'r' && y.off == x.off && y.end == x.end }):
		case x.off == x.end:
			texts[x.off] += x.text
		case writes(ops, i):
			texts[x.off] += x.text
		}
	}
	for i := from; i <= to; i++ {
		out = append(append(out, heads[i]...), texts[i]...)
		if i < to && !gone[i] {
			out = append(out, buf[i])
		}
		if i == bytes.Index(buf, []byte("\r\n\r\n"))+3 {
			body = len(out)
		}
	}
	return out, body
}

// writes reports whether ops[i], a Replace or Put of some bytes, does anything.
func writes(ops []op, i int) bool {
	x := ops[i]
	return x.kind == 'r' && !overlaps(x, ops, 'd', 'p') || x.kind == 'p' && !overlaps(x, ops, 'd') && !overlaps(x, ops[i+1:], 'p')
}

// putLater reports whether a later Put or PutBehind is of the same place.
func putLater(ops []op, i int) bool {
	return slices.ContainsFunc(ops[i+1:], func(y op) bool {
		return y.kind == ops[i].kind && y.off == ops[i].off && y.end == ops[i].end
	})
}

// overlaps reports whether x shares bytes with an op of those kinds.
func overlaps(x op, ops []op, kinds ...byte) bool {
	return slices.ContainsFunc(ops, func(y op) bool {
		return slices.Contains(kinds, y.kind) && y.off < y.end && x.off < x.end && y.off < x.end && y.end > x.off
	})
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
		x := op{kind: "dirpb"[int(program[0]>>4)%5]}
		x.off = lo + int(program[1])%(hi-lo+1)
		x.end = min(x.off+int(program[2])%16, hi)
		switch {
		case x.kind == 'i':
			x.end = x.off
		case x.kind == 'p':
			x.off &^= 3 // so that spans are equal now and then
			x.off = max(x.off, lo)
			x.end = min(x.off+int(program[2])%4, hi)
		case x.off == x.end && x.kind != 'r': // an empty Delete is nothing
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
	case 'p':
		e.Put(s, []byte(x.text))
	case 'b':
		e.PutBehind(s, []byte(x.text))
	}
}

// The walk gives what the naive way gives, whatever the edits, also after others
// have been taken back.
func FuzzEdits(f *testing.F) {
	f.Add([]byte("\x00\x05\x05x\x10\x05\x00y\x20\x03\x04z"), uint8(1))
	f.Add([]byte("\x24\x01\x09a\x2c\x02\x03b\x04\x00\x0fc\x1c\x01\x00d"), uint8(0))
	f.Add([]byte("\x20\x01\x09a\x20\x02\x0fb\x00\x00\x0fc\x28\x01\x02d\x08\x00\x0fe"), uint8(2))
	f.Add([]byte("\x30\x04\x03a\x38\x04\x03b\x30\x04\x03c\x40\x04\x03d\x48\x04\x03e\x20\x03\x09f"), uint8(1))
	f.Add([]byte("\x44\x01\x03a\x04\x01\x02b\x0c\x03\x01c\x34\x00\x03d\x3c\x04\x00e\x3c\x00\x02f"), uint8(9))
	f.Add([]byte("\x20\x01\x00a\x10\x01\x00b\x20\x01\x00c\x28\x01\x00d\x00\x00\x03e"), uint8(0)) // Replaces of nothing
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
