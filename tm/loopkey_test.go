package tm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// looping is a request with what its way through a proxy depends on.
const looping = "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n" +
	"Route: <sip:a;lr>, <sip:b;lr>\r\nProxy-Require: x\r\nProxy-Authorization: Digest realm=\"r\"\r\n" +
	"From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"

// "This second part MUST vary with any field used by the location service logic in
// determining where to retarget or forward this request. ... the second part MUST depend at least on
// the received Request-URI and any Route header field values used when processing the
// received request." RFC 5393 §4.2.1. RFC 3261 §16.6 step 8 names the tags, Call-ID,
// CSeq number, Proxy-Require and Proxy-Authorization as well, and the top Via, which
// RFC 5393 takes out again.
func TestLoopHashIsOfWhatIsRoutedOn(t *testing.T) {
	s := NewSeed()
	want := s.Loop(parse(t, looping), 7)
	for _, c := range []struct {
		old, new string
		same     bool
	}{
		{"", "", true},
		{"h;branch=z9hG4bK1", "g;branch=z9hG4bK2\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1", true},
		{"Max-Forwards: 70", "Max-Forwards: 69", true},
		{"Max-Forwards: 70", "Max-Forwards: 70\r\nRecord-Route: <sip:us;lr>", true},
		{"INVITE sip:", "BYE sip:", true}, // "This second part MUST NOT vary with the request method"
		{"1 INVITE", "1 BYE", true},
		{"bob@example.com", "carol@example.com", false},
		{"<sip:a;lr>, ", "", false},
		{"<sip:a;lr>, <sip:b;lr>", "<sip:b;lr>, <sip:a;lr>", false},
		{"Proxy-Require: x", "Proxy-Require: y", false},
		{"Proxy-Require: x\r\n", "", false},
		{"realm=\"r\"", "realm=\"s\"", false},
		{"tag=1", "tag=3", false},
		{";tag=2", "", false},
		{"Call-ID: 1", "Call-ID: 2", false},
		{"CSeq: 1 ", "CSeq: 2 ", false},
	} {
		text := strings.Replace(looping, c.old, c.new, 1)
		var m sipparse.Msg
		m.Parse([]byte(text)) // method and CSeq may differ here
		if got := s.Loop(&m, 7); (got == want) != c.same {
			t.Errorf("%q for %q: the same hash: %v", c.new, c.old, got == want)
		}
	}
	if s.Loop(parse(t, looping), 8) == want {
		t.Error("the same hash from elsewhere")
	}
	if NewSeed().Loop(parse(t, looping), 7) == want {
		t.Error("the same hash with another seed: it can be prepared")
	}
}

// RFC 5393 §4.2.2: Vias of ours are looked for in a received request, and the second
// part of their branch is compared with what it would be now; equal is a loop. At
// whatever depth, in whatever line; a branch that is not of this Seed is somebody
// else's.
func TestLooped(t *testing.T) {
	s := NewSeed()
	loop := s.Loop(parse(t, looping), 0)
	own := string(s.AppendLoopBranch(nil, makeID(9, 9), loop))
	other := string(s.AppendLoopBranch(nil, makeID(9, 9), loop^1))
	foreign := string(NewSeed().AppendLoopBranch(nil, makeID(9, 9), loop))
	for _, c := range []struct {
		vias string
		want bool
	}{
		{"Via: SIP/2.0/UDP us;branch=" + own, true},
		{"Via: SIP/2.0/UDP x;branch=z9hG4bK7\r\nVia: SIP/2.0/UDP us;branch=" + own, true},
		{"Via: SIP/2.0/UDP x;branch=z9hG4bK7, SIP/2.0/UDP y, SIP/2.0/UDP us;branch=" + own, true},
		{"v: SIP/2.0/UDP us;branch=" + other + "\r\nVia: SIP/2.0/UDP us;branch=" + own, true},
		{"Via: SIP/2.0/UDP us;branch=" + other, false}, // a spiral
		{"Via: SIP/2.0/UDP us;branch=" + foreign, false},
		{"Via: SIP/2.0/UDP us;branch=" + own[:len(own)-1], false},
		{"Via: SIP/2.0/UDP x;branch=z9hG4bK7", false},
	} {
		m := parse(t, strings.Replace(looping, "Via:", c.vias+"\r\nVia:", 1))
		if got := s.Looped(m, loop); got != c.want {
			t.Errorf("%s: %v", c.vias, got)
		}
	}
}

// A message full of Vias is looked at in time that grows with its length only, and
// without memory.
func TestLoopDetectionDoesNotAllocate(t *testing.T) {
	s := NewSeed()
	m := parse(t, strings.Replace(looping, "Via:", strings.Repeat("Via: SIP/2.0/UDP x;branch=z9hG4bK7\r\n", 100)+"Via:", 1))
	buf := make([]byte, 0, 64)
	n := testing.AllocsPerRun(100, func() {
		loop := s.Loop(m, 1)
		s.Looped(m, loop)
		buf = s.AppendLoopBranch(buf[:0], 1, loop)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkLoop(b *testing.B) {
	s := NewSeed()
	m := invite.parse(b)
	deep := parse(b, strings.Replace(looping, "Via:", fmt.Sprintf("Via: SIP/2.0/UDP us;branch=%s\r\nVia:", s.AppendBranch(nil, 1)), 1))
	b.Run("hash", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Loop(m, 1)
		}
	})
	b.Run("look", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Looped(deep, 1)
		}
	})
}
