package sipparse

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
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
	visitAll(m, func(what string, s Span) {
		if s.Off > s.End || int(s.End) > len(buf) {
			t.Fatalf("%s: %+v of %d bytes", what, s, len(buf))
		}
	}, func(what string, b []byte) {
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

// describe returns all that the accessors of m say, an entry each.
func describe(m *Msg) (all []byte) {
	mf, present, e := m.MaxForwards()
	cl, has := m.ContentLength()
	all = fmt.Append(nil, m.Err(), m.Check(), m.Status(), m.CSeq(), m.CSeqMethod(), mf, present, e, m.Replyable(), cl, has, "\x00")
	visitAll(m, func(what string, s Span) {
		all = append(append(all, what...), ' ')
		all = append(AppendUint(all, uint64(s.Off)), ' ')
		all = append(AppendUint(all, uint64(s.End)), ' ')
		all = append(append(all, s.Of(m.Buf())...), 0)
	}, func(what string, b []byte) {
		if b == nil {
			what += ", nil,"
		}
		all = append(append(all, what...), ' ')
		all = append(append(all, b...), 0)
	})
	return all
}

// wantSame compares what describe has returned.
func wantSame(t *testing.T, why string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	a, b := bytes.Split(got, []byte{0}), bytes.Split(want, []byte{0})
	for i := range min(len(a), len(b)) {
		if !bytes.Equal(a[i], b[i]) {
			t.Fatalf("%s: %q, want %q", why, a[i], b[i])
		}
	}
	t.Fatalf("%s: %d values, want %d", why, len(a), len(b))
}

// parsePlaced parses b among poison, of two kinds or with FASTSIPS_DEEP of every
// kind, and checks that it reads the same in all of them, within its bounds, without
// writing.
func parsePlaced(t *testing.T, b []byte) Error {
	t.Helper()
	kinds := []string{poisons[0], poisons[1+len(b)%(len(poisons)-1)]}
	if os.Getenv("FASTSIPS_DEEP") != "" {
		kinds = poisons[:]
	}
	var verdict Error
	var want []byte
	for i, poison := range kinds {
		arena, placed := place(b, poison)
		var m Msg
		m.Parse(placed)
		verdict = m.Check()
		wantInside(t, &m)
		if got := describe(&m); i == 0 {
			want = got
		} else {
			wantSame(t, "among "+strconv.Quote(poison), got, want)
		}
		wantPoison(t, arena, b, poison)
	}
	return verdict
}
