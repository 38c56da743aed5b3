package sipparse

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

// What stands before and behind a placed message: bytes that read well after any
// cut, so that who looks beyond the end believes them.
var poisons = [...]string{"\xa5", "\r\n", "\r\n\r\n", " ", "\"", "0", ";a=b,", "\\"}

const poisonLen = 64

// place copies b into the middle of poison. Its capacity reaches into the poison:
// a slice expression that goes too far does not panic, it gets caught.
func place(b []byte, poison string) (arena, placed []byte) {
	frame := strings.Repeat(poison, poisonLen/len(poison)+1)[:poisonLen]
	arena = slices.Concat([]byte(frame), b, []byte(frame))
	return arena, arena[poisonLen : poisonLen+len(b)]
}

// wantPoison checks that nobody has written around or into the message.
func wantPoison(t *testing.T, arena, b []byte, poison string) {
	t.Helper()
	if want, _ := place(b, poison); !bytes.Equal(arena, want) {
		t.Fatalf("the receive buffer has changed:\n%q", arena)
	}
}

// wantInside checks that all that the accessors of m give lies within its bytes:
// spans by their offsets, slices by their addresses, and that nothing can be
// appended to a slice without it being copied.
func wantInside(t *testing.T, m *Msg) {
	t.Helper()
	buf := m.Buf()
	visitSpans(m, func(what string, s Span) {
		if s.Off > s.End || int(s.End) > len(buf) {
			t.Fatalf("%s: %+v of %d bytes", what, s, len(buf))
		}
	})
	visitBytes(m, func(what string, b []byte) {
		if b == nil || what == "Buf" { // whose capacity is its owner's
			return
		}
		if at := offset(buf, b); at < 0 || at+len(b) > len(buf) {
			t.Fatalf("%s: %q at %d is not within the %d bytes of the message", what, b, at, len(buf))
		}
		if cap(b) != len(b) {
			t.Fatalf("%s: %q can be appended to", what, b)
		}
	})
}

// offset returns where part begins in b, by address.
func offset(b, part []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

// describe returns all that the accessors of m say, a line each.
func describe(m *Msg) (lines []string) {
	b := m.Buf()
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	mf, present, e := m.MaxForwards()
	cl, has := m.ContentLength()
	add("%v %v %d %d %v %d %v %v %v %d %v", m.Err(), m.Check(), m.Status(), m.CSeq(), m.CSeqMethod(), mf, present, e, m.Replyable(), cl, has)
	visitSpans(m, func(what string, s Span) { add("%s %+v %q", what, s, s.Of(b)) })
	visitBytes(m, func(what string, x []byte) { add("%s %v %q", what, x == nil, x) })
	return lines
}

func wantSame(t *testing.T, why string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: %s, want %s", why, got[i], want[i])
		}
	}
	t.Fatalf("%s: %d values, want %d", why, len(got), len(want))
}

// parsePlaced parses b among poison of every kind, and checks that it reads the
// same in all of them, within its bounds, without writing.
func parsePlaced(t *testing.T, b []byte) Error {
	t.Helper()
	var verdict Error
	var want []string
	for i, poison := range poisons {
		arena, placed := place(b, poison)
		var m Msg
		m.Parse(placed)
		verdict = m.Check()
		wantInside(t, &m)
		if got := describe(&m); i == 0 {
			want = got
		} else {
			wantSame(t, fmt.Sprintf("among %q", poison), got, want)
		}
		wantPoison(t, arena, b, poison)
	}
	return verdict
}
