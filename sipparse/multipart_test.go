package sipparse

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// multipart is a message with that Content-Type, of lines as they are, and body.
func multipart(contentType, body string) []byte {
	return append(request(fmt.Sprintf("Content-Type: %s\nContent-Length: %d\n", contentType, len(body))), body...)
}

// readParts returns "headers|body" of each part.
func readParts(m *Msg) (out []string, err Error) {
	it, ok := m.Parts()
	if !ok {
		return nil, ErrMultipart
	}
	var p Part
	for it.Next(&p) {
		text := string(p.Headers.Of(m.Buf())) + "|"
		if p.Body.IsZero() {
			text += "-"
		}
		out = append(out, text+string(p.Body.Of(m.Buf())))
	}
	return out, it.Err()
}

// RFC 2046 §5.1.1: "The boundary delimiter MUST occur at the beginning of a line, i.e.,
// following a CRLF, and the initial CRLF is considered to be attached to the boundary
// delimiter line rather than part of the preceding part."
func TestParts(t *testing.T) {
	for _, c := range []struct {
		what, boundary, body string
		want                 []string
		err                  Error
	}{
		{"two parts", "b", "--b\r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", []string{"A: 1\r\n|one", "|two"}, OK},
		{"preamble and epilogue", "b", "this is\r\n--a preamble\r\n--b\r\n\r\none\r\n--b--\r\nand an\r\n--b\r\n\r\nepilogue", []string{"|one"}, OK},
		{"white space behind the delimiter", "b", "--b \t\r\n\r\none\r\n--b-- ", []string{"|one"}, OK},
		{"an empty body", "b", "--b\r\nA: 1\r\n\r\n\r\n--b--", []string{"A: 1\r\n|"}, OK},
		{"headers and no body", "b", "--b\r\nA: 1\r\n\r\n--b--", []string{"A: 1\r\n|-"}, OK},
		{"headers and not even an empty line", "b", "--b\r\nA: 1\r\n--b--", []string{"A: 1\r\n|-"}, OK},
		{"nothing at all", "b", "--b\r\n--b\r\n\r\n--b--", []string{"|-", "|-"}, OK},
		{"lines that end with LF alone", "b", "--b\nA: 1\n\none\r\ntwo\n\n--b--\n", []string{"A: 1\n|one\r\ntwo\n"}, OK},
		{"a boundary that begins like another", "b", "--b\r\n\r\n--bb\r\n--b-\r\n--b--b\r\n--B\r\n-- b\r\n--b--", []string{"|--bb\r\n--b-\r\n--b--b\r\n--B\r\n-- b"}, OK},
		{"a delimiter within a line", "b", "--b\r\n\r\nx--b\r\n--b--", []string{"|x--b"}, OK},
		{"a quoted boundary", `"b :b"`, "--b :b\r\n\r\none\r\n--b :b--", []string{"|one"}, OK},
		{"binary", "b", "--b\r\n\r\n\x00\r\x00\n--\r\n--b--", []string{"|\x00\r\x00\n--"}, OK},
		{"folded header", "b", "--b\r\nA: 1;\r\n x\r\n\r\none\r\n--b--", []string{"A: 1;\r\n x\r\n|one"}, OK},
		{"no closing delimiter", "b", "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n", []string{"|one", "|two\r\n"}, ErrMultipart},
		{"half a closing delimiter", "b", "--b\r\n\r\none\r\n--b-", []string{"|one\r\n--b-"}, ErrMultipart},
		{"a delimiter that the body's end cuts off", "b", "--b\r\n\r\none\r\n--b", []string{"|one\r\n--b"}, ErrMultipart},
		{"a header that the body's end cuts off", "b", "--b\r\n\r\none\r\n--b\r\nA:", []string{"|one"}, ErrMultipart},
		{"no delimiter", "b", "one", nil, ErrMultipart},
		{"no part", "b", "--b--\r\n", nil, ErrMultipart},
		{"a delimiter behind LF alone, among CRLF", "b", "--b\r\n\r\none\n--b\r\nA: 1\r\n\r\ntwo\r\n--b--", nil, ErrMultipart},
		{"a delimiter before LF alone, among CRLF", "b", "--b\r\n\r\none\r\n--b\nA: 1\r\n\r\ntwo\r\n--b--", nil, ErrMultipart},
		{"a delimiter behind CRLF, among LF", "b", "--b\n\none\r\n--b--\n", nil, ErrMultipart},
		{"a header line without a colon", "b", "--b\r\nA\r\n\r\none\r\n--b--", nil, ErrMultipart},
		{"LF alone in a header", "b", "--b\r\nA: 1\nB: 2\r\n\r\none\r\n--b--", nil, ErrMultipart},
		{"CR alone in a header", "b", "--b\r\nA: 1\rB: 2\r\n\r\none\r\n--b--", nil, ErrMultipart},
		{"CRLF in a header among LF", "b", "--b\nA: 1\r\n\none\n--b--", nil, ErrMultipart},
		{"a NUL in a header", "b", "--b\r\nA: \x00\r\n\r\none\r\n--b--", nil, ErrMultipart},
	} {
		m := parse(t, multipart("multipart/mixed;boundary="+c.boundary, c.body))
		got, err := readParts(m)
		if strings.Join(got, "&") != strings.Join(c.want, "&") || err != c.err {
			t.Errorf("%s: %q, %v; want %q, %v", c.what, got, err, c.want, c.err)
		}
	}
}

// boundary := 0*69<bchars> bcharsnospace ; RFC 2046 §5.1.1. Longer ones were written
// past a buffer by Kamailio (check_boundaries).
func TestBoundary(t *testing.T) {
	long := strings.Repeat("x", 70)
	for boundary, ok := range map[string]bool{
		"b": true, `"b"`: true, long: true, `"` + long + `"`: true, `"'()+_,-./:=?"`: true, "unique-boundary_1": true,
		long + "x": false, `"` + long + `x"`: false, `""`: false, `"b "`: false, `"b\"b"`: false, `"b`: false, "": false, `"b";boundary=c`: false,
	} {
		m := parse(t, multipart("multipart/mixed ; Boundary = "+boundary, "--"+strings.Trim(boundary, `"`)+"\r\n\r\none\r\n"))
		if got, _ := readParts(m); (len(got) == 1) != ok {
			t.Errorf("%s: %q", boundary, got)
		}
	}
	for _, ct := range []string{"multipart/mixed", "multipart/mixed;boundary", "multipart;boundary=b", "text/plain;boundary=b", "", "multipart/mixed;boundary=b x"} {
		if got, _ := readParts(parse(t, multipart(ct, "--b\r\n\r\none\r\n--b--"))); got != nil {
			t.Errorf("%q: %q", ct, got)
		}
	}
}

// RFC 4475 §3.1.1.11, a S/MIME message with binary parts.
func TestTortureMultipart(t *testing.T) {
	m := parse(t, readFile(t, "testdata/rfc4475/mpart01.dat"))
	it, ok := m.Parts()
	var p Part
	var h Header
	if !ok || !it.Next(&p) || !it.Is(&p, "TEXT", "Plain") || !it.Header(&p, HdrContentType, &h) {
		t.Fatal("no first part")
	}
	wantText(t, "first body", p.Body.Of(m.Buf()), "Hello")
	wantText(t, "name", h.Name.Of(m.Buf()), "Content-Type")
	wantText(t, "value", h.Value.Of(m.Buf()), "text/plain")
	wantText(t, "line", h.Line.Of(m.Buf()), "Content-Type: text/plain\r\n")
	if !it.Next(&p) || !it.Is(&p, "application", "octet-stream") || p.Body.Len() < 300 || it.Next(&p) || it.Err() != OK {
		t.Error("not a second part, and a last")
	}
	wantText(t, "end", m.Buf()[it.End():], "--7a9cbec02ceef655--\r\n")
}

func TestBodyOf(t *testing.T) {
	const sdp = "v=0\r\n"
	parts := "--b\r\nc: text/plain\r\n\r\nv=1\r\n--b\r\nContent-Disposition: session\r\nContent-Type :\r\n Application/SDP ; x=y\r\n\r\n" + sdp + "\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=2\r\n--b--"
	for _, c := range []struct{ what, ct, body, want string }{
		{"the body", "application/sdp", sdp, sdp},
		{"in any case, with parameters", "Application / SDP;charset=utf-8", sdp, sdp},
		{"the first such part", "multipart/mixed;boundary=b", parts, sdp},
		{"without a closing delimiter", "multipart/mixed;boundary=b", "--b\r\nc: application/sdp\r\n\r\n" + sdp, sdp},
		{"another type", "application/sdpfrag", sdp, ""},
		{"a broken type", "application/sdp;", sdp, ""},
		{"a list", "application/sdp, text/plain", sdp, ""},
		{"no type", "", sdp, ""},
		{"two types in a part", "multipart/mixed;boundary=b", "--b\r\nc: application/sdp\r\nContent-Type: text/plain\r\n\r\nv=0\r\n--b--", ""},
		{"no such part", "multipart/mixed;boundary=b", "--b\r\nc: text/plain\r\n\r\nv=0\r\n--b--", ""},
		{"nothing", "application/sdp", "", ""},
	} {
		m := parse(t, multipart(c.ct, c.body))
		got, ok := m.BodyOf("application", "sdp")
		if ok != (c.want != "") {
			t.Errorf("%s: %v", c.what, ok)
		}
		wantText(t, c.what, got.Of(m.Buf()), c.want)
	}
	m := parse(t, multipart("multipart/mixed;boundary=b", "--b\r\n\r\nhello\r\n--b--"))
	if got, ok := m.BodyOf("text", "plain"); !ok || string(got.Of(m.Buf())) != "hello" {
		t.Error("a part without Content-Type is text/plain")
	}
}

// The class of CVE-2026-45084: a PUBLISH without Content-Type. And one with two.
func TestBodyWithoutContentType(t *testing.T) {
	for _, lines := range []string{"Content-Length: 5\n", "Content-Length: 5\nContent-Type: application/sdp\nc: text/plain\n"} {
		b := append(request(lines), "v=0\r\n"...)
		m := parse(t, b)
		if _, ok := m.BodyOf("application", "sdp"); ok {
			t.Errorf("%q: a body of what type?", lines)
		}
		if _, ok := m.Parts(); ok {
			t.Errorf("%q: parts", lines)
		}
		var e Edits
		if m.AppendPart(&e, nil, nil) || e.Len() != 0 {
			t.Errorf("%q: a part more", lines)
		}
	}
}

// A part may be multipart itself; RFC 5621 §3.1.
func TestNestedParts(t *testing.T) {
	m := parse(t, multipart("multipart/mixed;boundary=b", "--b\r\nContent-Type: multipart/alternative;boundary=bb\r\n\r\n--bb\r\n\r\none\r\n--bb\r\n\r\ntwo\r\n--bb--\r\n--b\r\n\r\nthree\r\n--b--"))
	it, _ := m.Parts()
	var p, q Part
	var h Header
	var inner Parts
	if !it.Next(&p) || !it.Header(&p, HdrContentType, &h) || ParseParts(m.Buf(), h.Value, p.Body, &inner) != OK {
		t.Fatal("no parts within the first")
	}
	for _, want := range []string{"one", "two"} {
		if !inner.Next(&q) || string(q.Body.Of(m.Buf())) != want {
			t.Errorf("not %q", want)
		}
	}
	if inner.Next(&q) || inner.Err() != OK || !it.Next(&p) || string(p.Body.Of(m.Buf())) != "three" {
		t.Error("not three")
	}
}

func TestEditParts(t *testing.T) {
	body := "hi\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nbye"
	deleting := func(which ...int) func(*testing.T, *Msg, *Edits) {
		return func(t *testing.T, m *Msg, e *Edits) {
			var p Part
			i := 0
			for it, _ := m.Parts(); it.Next(&p); i++ {
				if bytes.IndexByte([]byte(fmt.Sprint(which)), byte('0'+i)) >= 0 {
					m.DeletePart(e, &p)
				}
			}
		}
	}
	adding := func(t *testing.T, m *Msg, e *Edits) {
		if !m.AppendPart(e, []byte("A: 1\r\n"), []byte("more")) {
			t.Error("not added")
		}
	}
	for _, c := range []struct {
		what  string
		want  string
		edits []func(*testing.T, *Msg, *Edits)
	}{
		{"the first is deleted", "|two", []func(*testing.T, *Msg, *Edits){deleting(0)}},
		{"the last is deleted", "|one", []func(*testing.T, *Msg, *Edits){deleting(1)}},
		{"one is added", "|one&|two&A: 1\r\n|more", []func(*testing.T, *Msg, *Edits){adding}},
		{"two are added", "|one&|two&A: 1\r\n|more&A: 1\r\n|more", []func(*testing.T, *Msg, *Edits){adding, adding}},
		{"all are deleted and one is added", "A: 1\r\n|more", []func(*testing.T, *Msg, *Edits){deleting(1), adding, deleting(0)}},
	} {
		m := parse(t, multipart("multipart/mixed;boundary=b", body))
		var e Edits
		for _, edit := range c.edits {
			edit(t, m, &e)
		}
		got, err := readParts(parse(t, m.AppendEdited(nil, &e, nil)))
		if strings.Join(got, "&") != c.want || err != OK {
			t.Errorf("%s: %q, %v; want %q", c.what, got, err, c.want)
		}
	}
	m := parse(t, multipart("multipart/mixed;boundary=b", body))
	var e Edits
	var p Part
	it, _ := m.Parts()
	for left := 1; it.Next(&p); left-- {
		m.DeletePart(&e, &p)
		if n := m.PartsLeft(&e); n != left {
			t.Errorf("%d parts are left, want %d", n, left)
		}
	}
	if m.AppendPart(&e, nil, []byte("x\r\n--b\r\n")) {
		t.Error("a part with the delimiter in it is added")
	}
}

// A body becomes the first of two parts, and whatever else is done to it counts.
func TestAppendPartToBody(t *testing.T) {
	m := parse(t, multipart("text/plain;\n charset=utf-8", "one\r\n--next-part-of-this-message-0"))
	const first = "Content-Type: text/plain;\r\n charset=utf-8\r\n|"
	body := m.BodySpan()
	add := func(e *Edits) { m.AppendPart(e, []byte("A: 1\r\n"), []byte("two")) }
	for _, c := range []struct {
		what, want string
		edit       func(e *Edits)
	}{
		{"added", first + "one\r\n--next-part-of-this-message-0&A: 1\r\n|two", add},
		{"twice", first + "one\r\n--next-part-of-this-message-0&A: 1\r\n|two&A: 1\r\n|two", func(e *Edits) { add(e); add(e) }},
		{"to what replaces the body", first + "new&A: 1\r\n|two", func(e *Edits) { e.Replace(body, []byte("new")); add(e) }},
		{"and the body is replaced", first + "new&A: 1\r\n|two", func(e *Edits) { add(e); e.Replace(body, []byte("new")) }},
	} {
		var e Edits
		c.edit(&e)
		got, err := readParts(parse(t, m.AppendEdited(nil, &e, nil)))
		if strings.Join(got, "&") != c.want || err != OK {
			t.Errorf("%s: %q, %v; want %q", c.what, got, err, c.want)
		}
	}
	var a, b Edits
	add(&a)
	b.Over(&a)
	add(&b)
	if got, err := readParts(parse(t, m.AppendEdited(nil, &a, &b))); len(got) != 3 || err != OK {
		t.Errorf("for all and for one: %q, %v", got, err)
	}
	m.DeleteBody(&b)
	out := parse(t, m.AppendEdited(nil, &a, &b))
	if len(out.Body()) != 0 || out.Find(HdrContentType, 0) >= 0 {
		t.Errorf("deleted:\n%s", out.Buf())
	}
	if m.AppendPart(&b, nil, nil) {
		t.Error("a part is added to a deleted body")
	}
}

func TestNoAllocationsMultipart(t *testing.T) {
	m := parse(t, readFile(t, "testdata/rfc4475/mpart01.dat"))
	plain := parse(t, multipart("text/plain", "one"))
	var e Edits
	headers, body := []byte("A: 1\r\n"), []byte("two")
	wantNoAllocs(t, "Parts", func() {
		var p Part
		var h Header
		for it, ok := m.Parts(); ok && it.Next(&p); {
			it.Header(&p, HdrContentDisposition, &h)
		}
		m.BodyOf("application", "sdp")
	})
	wantNoAllocs(t, "edits of parts", func() {
		e.Reset()
		var p Part
		it, _ := m.Parts()
		it.Next(&p)
		m.DeletePart(&e, &p)
		m.AppendPart(&e, headers, body)
		e.Reset()
		plain.AppendPart(&e, headers, body)
		plain.AppendPart(&e, headers, body)
		plain.DeleteBody(&e)
	})
}

// Parts are in order and apart, and what is not theirs is delimiters; deleting some and
// adding one leaves exactly the others and that one.
func FuzzMultipart(f *testing.F) {
	f.Add("b", []byte("--b\r\nA: 1\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n"), uint8(1))
	f.Add("b", []byte("pre\n--b\nContent-Type: text/plain\n\n\n--b\n\n--b--\nepi"), uint8(2))
	f.Add("a", []byte("--a\r\n--ab\r\n--a--b\r\n--a \r\nc: x\r\n y\r\n\r\n\x00--a\r\n--a-- "), uint8(3))
	f.Add("b", []byte("text\r\n"), uint8(0))
	f.Add(`"a b"`, []byte("--a b\r\n\r\n--a b\r\nx\r\n"), uint8(0))
	if b, err := os.ReadFile("testdata/rfc4475/mpart01.dat"); err == nil {
		f.Add("7a9cbec02ceef655", b[len(b)-553:], uint8(1))
	}
	f.Fuzz(func(t *testing.T, boundary string, body []byte, which uint8) {
		checkWrapped(t, string(body))
		var m Msg
		if m.Parse(multipart("multipart/mixed;boundary="+boundary, string(body))) != OK || len(boundary) > 100 {
			return
		}
		it, ok := m.Parts()
		if !ok {
			return
		}
		var e Edits
		var p Part
		var want []string
		end := uint32(0)
		for i := 0; it.Next(&p); i++ {
			checkPart(t, &m, &it, &p, end)
			end = p.Whole.End
			if which>>(i&7)&1 != 0 {
				m.DeletePart(&e, &p)
			} else {
				want = append(want, string(p.Whole.Of(m.buf)[bytes.IndexByte(p.Whole.Of(m.buf), '\n')+1:]))
			}
		}
		if it.Err() != OK || !m.AppendPart(&e, []byte("A: 1\r\n"), []byte("two")) {
			return
		}
		want = append(want, "A: 1\r\n\r\ntwo\r\n")
		out := parse(t, m.AppendEdited(nil, &e, nil))
		it, _ = out.Parts()
		for i := 0; i < len(want); i++ {
			if !it.Next(&p) {
				t.Fatalf("part %d is not there: %v\n%q", i, it.Err(), out.Body())
			}
			if got := p.Whole.Of(out.buf); string(got[bytes.IndexByte(got, '\n')+1:]) != want[i] {
				t.Fatalf("part %d: %q, want %q", i, got, want[i])
			}
		}
		if it.Next(&p) || it.Err() != OK {
			t.Fatalf("too many parts: %v", it.Err())
		}
	})
}

// checkWrapped: what is put between delimiters is the part's body, to the byte.
func checkWrapped(t *testing.T, body string) {
	if strings.Contains(body, "--") || len(body) > 60000 {
		return
	}
	m := parse(t, multipart("multipart/mixed;boundary=b", "--b\r\nA: 1\r\n\r\n"+body+"\r\n--b--\r\n"))
	var p Part
	it, ok := m.Parts()
	if !ok || !it.Next(&p) || string(p.Body.Of(m.buf)) != body || it.Next(&p) || it.Err() != OK {
		t.Fatalf("%v, %v in\n%q", ok, it.Err(), m.Body())
	}
}

func checkPart(t *testing.T, m *Msg, it *Parts, p *Part, end uint32) {
	if end != 0 && p.Whole.Off != end || p.Whole.Off < m.body || p.Whole.End > m.end ||
		!bytes.HasPrefix(p.Whole.Of(m.buf), append([]byte("--"), it.Boundary()...)) {
		t.Fatalf("part %+v behind %d", p, end)
	}
	if p.Headers.Off <= p.Whole.Off || p.Headers.Off > p.Headers.End || p.Headers.End > p.Whole.End {
		t.Fatalf("part %+v", p)
	}
	if !p.Body.IsZero() && (p.Body.Off <= p.Headers.End || p.Body.Off > p.Body.End || p.Body.End > p.Whole.End) {
		t.Fatalf("part %+v", p)
	}
	at := p.Headers.Off
	var h Header
	for list := it.Headers(p); list.Next(&h); at = h.Line.End {
		if h.Line.Off != at || h.Name.Off != at || h.Name.Len() == 0 || h.Value.Off <= h.Name.End || h.Value.Off > h.Value.End ||
			h.Value.End >= h.Line.End || HdrTypeOf(h.Name.Of(m.buf)) != h.Type {
			t.Fatalf("header %+v of %+v", h, p)
		}
	}
	if at != p.Headers.End {
		t.Fatalf("the headers end at %d: %+v", at, p)
	}
}
