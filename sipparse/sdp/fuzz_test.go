package sdp

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

func addBodies(add func(body string)) {
	for _, b := range samples {
		add(b)
		add(strings.ReplaceAll(b, "\r\n", "\n"))
		add(strings.TrimSuffix(b, "\r\n"))
	}
	add("v=0\nv=0\n")
	add("v=0\ra=x\r\n")
	add("v=0\nb=AS\nb=\nm=a 1 b 0\n")
	add("v=0\nb=AS\nb=\nc=IN IP4 1.2.3.4/127/2\nm=audio 1/2 RTP/AVP 0\x00\nm=\n=\n\n")
	add("v=0\nm=audio 65536 RTP/AVP 0\nm=audio 1 RTP/AVP  08 8\t0 \na=rtpmap: 8 x/8000/2\na=fmtp:8")
}

// refused says naively what the package comment says of refusals.
func refused(body string) bool {
	lines := strings.SplitAfter(body, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	begin := func(prefix string) func(string) bool {
		return func(line string) bool { return strings.HasPrefix(line, prefix) }
	}
	count := func(prefix string) (n int) {
		for _, line := range lines {
			if strings.HasPrefix(line, prefix) {
				n++
			}
		}
		return n
	}
	first := slices.IndexFunc(lines, begin("m="))
	if first < 0 {
		first = len(lines)
	}
	return strings.Contains(body, "\x00") || strings.Count(body, "\r") != strings.Count(body, "\r\n") ||
		!strings.HasPrefix(body, "v=") || count("v=") > 1 || len(lines) > maxLines || first > maxOfAll || count("m=") > maxMedia
}

// Whatever arrives: the lines tile the body, and all that is read lies within its
// line. What is refused is what should be.
func FuzzSDP(f *testing.F) {
	addBodies(func(b string) { f.Add([]byte(b)) })
	f.Fuzz(func(t *testing.T, body []byte) {
		b := append(append([]byte("before"), body...), "behind"...)
		at := sipparse.Span{Off: 6, End: uint32(6 + len(body))}
		var s Session
		e := s.Parse(b, at)
		if want := refused(string(body)); (e != sipparse.OK) != want {
			t.Fatalf("%v, refused: %v", e, want)
		}
		if e != sipparse.OK {
			if e != sipparse.ErrSDP || s.NLines() != 0 {
				t.Fatalf("%v, %d lines", e, s.NLines())
			}
			return
		}
		checkTiles(t, &s)
		checkParts(t, &s)
		var again Session
		moved := append([]byte("elsewhere: "), body...)
		if e := again.Parse(moved, sipparse.Span{Off: 11, End: uint32(len(moved))}); e != sipparse.OK || again.NLines() != s.NLines() || again.NMedia() != s.NMedia() {
			t.Fatalf("elsewhere, it is another session: %v", e)
		}
	})
}

func checkTiles(t *testing.T, s *Session) {
	end, level := s.BodySpan().Off, SessionLevel
	for i := range s.NLines() {
		l := s.Line(i)
		if l.Whole.Off != end || l.Whole.Len() == 0 {
			t.Fatalf("line %d begins at %d, the one before ended at %d", i, l.Whole.Off, end)
		}
		end = l.Whole.End
		if l.Type == 'm' {
			level++
		}
		if l.Level != level {
			t.Fatalf("line %d at level %d, want %d", i, l.Level, level)
		}
		if l.Type != 0 && (l.Value.Off != l.Whole.Off+2 || l.Value.End > l.Whole.End || bytes.ContainsAny(l.Value.Of(s.Buf()), "\r\n\x00")) {
			t.Fatalf("line %d: %+v", i, l)
		}
	}
	if end != s.BodySpan().End || level != s.NMedia()-1 {
		t.Fatalf("the lines end at %d with level %d", end, level)
	}
}

// checkParts reads everything there is to read.
func checkParts(t *testing.T, s *Session) {
	within := func(outer sipparse.Span, parts ...sipparse.Span) {
		for _, p := range parts {
			if !p.IsZero() && (p.Off < outer.Off || p.End > outer.End || p.Off > p.End) {
				t.Fatalf("%+v is not within %+v", p, outer)
			}
		}
	}
	body := s.BodySpan()
	var o Origin
	if s.Origin(&o) {
		within(body, o.Username, o.ID, o.Version, o.NetType, o.AddrType, o.Address)
	}
	s.Version()
	s.Timing()
	for i := SessionLevel; i <= s.NMedia(); i++ {
		var m Media
		var c Connection
		var a Attr
		var x Codec
		var f sipparse.Span
		ok := s.Media(i, &m)
		if ok != (m.Formats.Len() > 0) || (i >= 0 && i < s.NMedia()) != (m.Section.Len() > 0) {
			t.Fatalf("media %d: %v %+v", i, ok, m)
		}
		within(body, m.Section)
		within(m.Section, m.Type, m.PortSpan, m.Proto, m.Formats)
		for it := s.FormatsOf(&m); ok && it.Next(&f); {
			within(m.Formats, f)
		}
		for it := s.Codecs(&m); ok && it.Next(&x); {
			if len(x.Format) == 0 || x.Channels == 0 && x.Rate != 0 {
				t.Fatalf("codec %+v", x)
			}
		}
		for it := s.Attrs(i); it.Next(&a); {
			within(body, a.Line)
			within(a.Line, a.Text)
			within(a.Text, a.Name, a.Value)
		}
		if s.Connection(i, &c) {
			within(body, c.NetType, c.Where)
			within(c.Where, c.AddrType, c.Address)
		}
		s.Held(i)
		s.Ptime(i)
		s.Bandwidth(i, "AS")
	}
}

// What the edits of a program give, a message's and then a branch's, is what the same
// changes give that are made to lines of text at once.
func FuzzSDPEdits(f *testing.F) {
	programs := []string{
		"\x08\x00\x00\x08\x00\x01\x0b\x00\x02\x08\x00\x02\x00\x00\x07",
		"\x05\x01\x00\x07\x01\x02\x02\x00\x00\x06\x00\x01\x07\x00\x01",
		"\x0a\x00\x01\x09\x00\x00\x09\x00\x01\x09\x00\x02\x05\x01\x03\x08\x00\x05",
		"\x03\x00\x00\x03\x01\x01\x04\x00\x01\x03\x00\x02\x04\x00\x00\x01\x01\x00",
		"\x05\x01\x04\x06\x01\x02\x0c\x00\x01\x05\x00\x00\x06\x00\x00",
	}
	addBodies(func(b string) {
		for i, p := range programs {
			f.Add([]byte(b), []byte(p), uint8(i))
		}
	})
	f.Fuzz(func(t *testing.T, body, program []byte, split uint8) {
		if len(program) > 120 || len(body) > 4000 {
			return
		}
		var m sipparse.Msg
		var s Session
		if m.Parse(message(string(body))) != sipparse.OK || s.Parse(m.Buf(), m.BodySpan()) != sipparse.OK {
			return
		}
		var a, b sipparse.Edits
		e := &a
		want := newModel(string(body))
		for i := 0; len(program) >= 3; i++ {
			if i == int(split) {
				b.Over(&a)
				e = &b
			}
			step(&s, e, want, program[0]%13, int(program[1]), int(program[2]))
			program = program[3:]
		}
		out := edited(t, &m, &a, &b)
		if got, lines := linesOf(out), want.lines(); !slices.Equal(got, lines) {
			t.Fatalf("got:\n%q\nwant:\n%q", got, lines)
		}
		var again Session
		// Lines may have been added to as many as there may be.
		if e := again.Parse([]byte(out), sipparse.Span{End: uint32(len(out))}); e != sipparse.OK && s.NLines() <= maxOfAll-40 {
			t.Fatalf("%v in what was edited:\n%s", e, out)
		}
	})
}

var (
	fuzzAddrs   = []string{"203.0.113.1", "2001:db8::5", "relay.example.com"}
	fuzzAttrs   = []string{"sendonly", "rtpmap:8 opus/48000", "rtpmap:96 PCMA/8000", "fmtp:8 x", "x-y:z", "inactive"}
	fuzzNames   = []string{"rtpmap", "x-y", "sendonly", "fmtp", "ptime"}
	fuzzFormats = []string{"0", "8", "101", "t38", "08", "96", "97", "111"}
	fuzzCodecs  = []string{"PCMU", "PCMA", "opus", "telephone-event", "VP8", ""}
)

func pick(list []string, n int) string { return list[n%len(list)] }

// step makes one edit in both worlds.
func step(s *Session, e *sipparse.Edits, m *model, code byte, where, arg int) {
	i := where%len(m.sections) - 1 // a level
	switch code {
	case 0:
		s.SetPort(e, i, uint16(arg))
		m.setPort(i+1, arg)
	case 1:
		s.DisableMedia(e, i)
		m.setPort(i+1, 0)
	case 2:
		s.DeleteMedia(e, i)
		m.gone[i+1] = m.gone[i+1] || i >= 0
	case 3:
		s.SetAddress(e, i, []byte(pick(fuzzAddrs, arg)))
		m.setAddress(i+1, connLine, pick(fuzzAddrs, arg), false)
	case 4:
		s.SetOriginAddress(e, []byte(pick(fuzzAddrs, arg)))
		m.setAddress(0, originLine, pick(fuzzAddrs, arg), true)
	case 5:
		s.AddAttr(e, i, []byte(pick(fuzzAttrs, arg)))
		m.addAttr(i+1, pick(fuzzAttrs, arg))
	case 6:
		s.DeleteAttr(e, i, pick(fuzzNames, arg))
		m.deleteAttrs(i+1, func(text string) bool {
			name, _, _ := strings.Cut(text, ":")
			return lowerASCII(name) == pick(fuzzNames, arg)
		})
	case 7:
		s.SetDirection(e, i, Direction(arg)%numDirections)
		m.setDirection(i+1, (Direction(arg) % numDirections).String())
	case 8:
		s.DeleteFormat(e, i, []byte(pick(fuzzFormats, arg)))
		m.deleteFormats(i+1, m.formats(i+1, true), func(f string) bool { return number(f) == number(pick(fuzzFormats, arg)) })
	default:
		codecStep(s, e, m, code, i, arg)
	}
}

func codecStep(s *Session, e *sipparse.Edits, m *model, code byte, i, arg int) {
	name, other := pick(fuzzCodecs, arg), pick(fuzzCodecs, arg/16)
	before := m.formats(i+1, false)
	meant := m.meant(i+1, name, other)
	switch code {
	case 9:
		s.DeleteCodec(e, i, name, 0)
		m.deleteFormats(i+1, before, m.meant(i+1, name))
	case 10:
		s.KeepCodecs(e, i, named(name, other))
		m.deleteFormats(i+1, before, func(f string) bool { return !meant(f) })
	case 11:
		s.MoveUp(e, i, named(name, other))
		m.move(i+1, before, meant, true)
	case 12:
		s.MoveDown(e, i, named(name, other))
		m.move(i+1, before, meant, false)
	}
}
