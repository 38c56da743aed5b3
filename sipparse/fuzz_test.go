package sipparse

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// addMessages seeds f with RFC 4475, RFC 5118, the corpus and our own.
func addMessages(f *testing.F) {
	files, err := filepath.Glob("testdata/rfc*/*.[da]*t")
	if err != nil || len(files) < 60 {
		f.Fatal(len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	for _, s := range readCorpus(f, "testdata/corpus") {
		f.Add(s.data)
	}
	for _, b := range [][]byte{[]byte(invite), crlfs(edited), crlfs(fromAlice), request("x:\n")} {
		f.Add(b)
	}
}

// Whatever arrives: all that is read lies within the message, whatever stands
// around it; refusals have a status; and what is accepted consists of the parts that
// were found, reads the same when it is written, moved, peeked at, answered.
func FuzzParse(f *testing.F) {
	addMessages(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		arena, placed := place(b, ";a=b,\r\n")
		var m Msg
		e := m.Parse(placed)
		checkSpans(t, &m)
		if m.Replyable() {
			checkReply(t, &m)
		}
		if e != OK {
			if m.Err() != e || e.Reason() == "" {
				t.Errorf("%v, later %v", e, m.Err())
			}
			wantPoison(t, arena, b, ";a=b,\r\n")
			return
		}
		if !hasHeaderEnd(b) {
			t.Error("a header that does not end is accepted")
		}
		checkRebuilt(t, &m)
		if got := PeekCallID(b); !bytes.Equal(got, m.CallID()) {
			t.Errorf("PeekCallID %q, CallID %q", got, m.CallID())
		}
		checkAgain(t, &m)
		checkMoved(t, &m)
		if m.IsRequest() && m.Check() == OK {
			checkRequests(t, &m)
		}
		wantPoison(t, arena, b, ";a=b,\r\n")
	})
}

func checkSpans(t *testing.T, m *Msg) {
	end := uint32(0)
	for i := range m.NHeaders() {
		h := m.Header(i)
		if !(end <= h.Line.Off && h.Line.Off == h.Name.Off && h.Name.Off < h.Name.End && h.Name.End < h.Value.Off &&
			h.Value.Off <= h.Value.End && h.Value.End+2 <= h.Line.End) {
			t.Fatalf("header %d: %+v", i, h)
		}
		if !bytes.HasSuffix(h.Line.Of(m.Buf()), []byte(crlf)) || HdrTypeOf(h.Name.Of(m.Buf())) != h.Type {
			t.Fatalf("header %d: %q", i, h.Line.Of(m.Buf()))
		}
		if m.Find(h.Type, i) != i || m.FindName(h.Name.Of(m.Buf()), i) != i {
			t.Fatalf("header %d is not found", i)
		}
		end = h.Line.End
	}
	if m.Err() != ErrKeepAlive && (end > m.HeadersEnd() || m.HeadersEnd() > m.BodySpan().Off || int(m.BodySpan().End) > len(m.Buf())) {
		t.Fatalf("headers end %d, body %+v", m.HeadersEnd(), m.BodySpan())
	}
	wantInside(t, m)
}

// checkAgain writes what was accepted.
func checkAgain(t *testing.T, m *Msg) {
	out := m.AppendEdited(nil, nil, nil)
	var again Msg
	if e := again.Parse(out); e != OK || !bytes.Equal(again.AppendEdited(nil, nil, nil), out) {
		t.Fatalf("written, it is %v", e)
	}
	if again.NHeaders() != m.NHeaders() || again.CSeq() != m.CSeq() || !bytes.Equal(again.Body(), m.Body()) || again.Check() != m.Check() {
		t.Fatal("written, it is another message")
	}
}

// checkMoved moves m to another buffer and overwrites the one it came from: nothing
// may still point there, whether it was asked for before or not.
func checkMoved(t *testing.T, m *Msg) {
	old := bytes.Clone(m.Buf())
	var asked, fresh Msg
	asked.Parse(old)
	fresh.Parse(old)
	want := describe(&asked)
	moved := bytes.Clone(old)
	asked.Rebase(moved)
	fresh.Rebase(moved)
	for i := range old {
		old[i] = 'X'
	}
	wantSame(t, "moved", describe(&asked), want)
	wantSame(t, "moved unread", describe(&fresh), want)
}

func checkReply(t *testing.T, m *Msg) {
	out := m.AppendReply(nil, &ReplyOptions{Code: 400, ToTag: []byte("t"), Received: []byte("::1"), Rport: 5})
	var r Msg
	switch e := r.Parse(out); e {
	case OK:
		checkCopied(t, m, &r)
	case ErrCSeq, ErrCSeqRange, ErrCallID: // are copied as they came
	case ErrNoFrom, ErrNoTo, ErrNoCallID: // or not at all
		var again Msg
		if got := again.Parse(m.Buf()); got == OK {
			t.Fatalf("the reply has lost something:\n%q", out)
		}
	default:
		t.Fatalf("%v in the reply:\n%q", e, out)
	}
}

func checkCopied(t *testing.T, m, r *Msg) {
	if r.Status() != 400 || !bytes.Equal(r.CallID(), m.CallID()) || !bytes.Equal(r.FromTag(), m.FromTag()) || !bytes.Equal(r.CSeqMethodName(), m.CSeqMethodName()) {
		t.Fatalf("the reply is for another request:\n%q", r.Buf())
	}
	if v := r.TopVia(); m.TopVia() != nil && (v == nil || string(v.Received.Of(r.Buf())) != "::1" || v.Rport != 5) {
		t.Fatalf("received and rport are missing:\n%q", r.Buf())
	}
	if (m.To() == nil) != (r.To() == nil) || r.To() != nil && r.ToTag() == nil {
		t.Fatalf("the To tag is missing:\n%q", r.Buf())
	}
	var v Via
	i := 0
	for ; m.Via(i, &v); i++ {
		if !r.Via(i, &v) {
			t.Fatalf("Via %d is missing:\n%q", i, r.Buf())
		}
	}
	if m.TopVia() != nil && m.Via(i, &v) != r.Via(i, &v) {
		t.Fatalf("another Via:\n%q", r.Buf())
	}
}

// checkRequests builds CANCEL and ACK, and forwards the message and back.
func checkRequests(t *testing.T, m *Msg) {
	var r Msg
	for _, out := range [][]byte{m.AppendCancel(nil, nil), m.AppendAck(nil, m, nil)} {
		r.Parse(out)
		var v Via
		if e := r.Check(); e != OK || r.CSeq() != m.CSeq() || r.Via(1, &v) || !bytes.Equal(r.RequestURI(), m.RequestURI()) {
			t.Fatalf("%v:\n%q", e, out)
		}
	}
	var e Edits
	e.Insert(m.TopViaInsertAt(), []byte("Via: SIP/2.0/UDP p;branch=z9hG4bK2\r\n"))
	there := m.AppendEdited(nil, &e, nil)
	if err := r.Parse(there); err == ErrTooManyHeaders {
		return
	}
	e.Reset()
	r.DeleteTopVia(&e)
	if back := r.AppendEdited(nil, &e, nil); !bytes.Equal(back, m.Wire()) {
		t.Fatalf("forwarded and back:\n%q\nwas:\n%q", back, m.Wire())
	}
}

// Removing the values of a list one by one leaves the others, in order.
func FuzzDeleteAddr(f *testing.F) {
	f.Add("<sip:a>,<sip:b>", "\"x,\" <sip:c> , <sip:d>;e", uint8(0b0101))
	f.Add("<sip:a>", "sip:b", uint8(0b11))
	f.Add("<sip:a>,\r\n <sip:b>,<sip:c>", "*", uint8(0b0110))
	f.Fuzz(func(t *testing.T, one, two string, which uint8) {
		var m Msg
		if m.Parse(request("Route: "+one+"\nRoute: "+two+"\n")) != OK {
			return
		}
		var e Edits
		var n NameAddr
		var want [][]byte
		it := m.Addrs(HdrRoute)
		for i := 0; it.Next(&n); i++ {
			if which>>i&1 != 0 {
				m.DeleteAddr(&e, &it, &n)
			} else {
				want = append(want, n.Whole.Of(m.Buf()))
			}
		}
		if it.Err() != OK {
			return
		}
		out := parse(t, m.AppendEdited(nil, &e, nil))
		it = out.Addrs(HdrRoute)
		for _, w := range want {
			if !it.Next(&n) || !bytes.Equal(n.Whole.Of(out.Buf()), w) {
				t.Fatalf("%q is not there:\n%q", w, out.Buf())
			}
		}
		if it.Next(&n) || it.Err() != OK {
			t.Fatalf("too many:\n%q", out.Buf())
		}
	})
}

func FuzzParseURI(f *testing.F) {
	for _, s := range []string{"sip:a;b:c@[::1]:5060;lr;x=\"y\"?h=v", "tel:+1;x", "urn:a:b", "sip:@", "sip:a@b@c", "sip:a:65535", "sip:a:65536", "sip:a:b@c", "sip"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, b = place(b, ";a=b,")
		var u URI
		if ParseURI(b, &u) != OK {
			return
		}
		checkURIParts(t, b, &u)
		if port, ok := number(u.PortSpan.Of(b), 65535); ok == u.PortSpan.IsZero() || int(port) != u.Port {
			t.Errorf("port %d of %q", u.Port, u.PortSpan.Of(b))
		}
		if u.Whole.Len() != len(b) || u.Scheme != SchemeOther && u.SchemeSpan.Len() == 0 {
			t.Errorf("%+v", u)
		}
		var n NameAddr // what may stand in <> can be written there
		if e := ParseNameAddr([]byte("<"+string(b)+">;tag=1"), &n); e != OK || n.URI.Len() != len(b) {
			t.Errorf("in <>: %v", e)
		}
	})
}

func FuzzParseNameAddr(f *testing.F) {
	for _, s := range []string{`"A \"" <sip:a@b>;tag=1;x="y"`, "sip:a@b ; tag=1", "*", "A B<urn:x>", "<sip:a>\r\n ;x", "\n<sip:a>"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, b = place(b, ";a=b,")
		var n NameAddr
		if ParseNameAddr(b, &n) != OK {
			return
		}
		if isHeaderValue(b) {
			checkAddrParts(t, b, &n)
		}
		whole := n.Whole.Of(b)
		var again NameAddr
		if e := ParseNameAddr(whole, &again); e != OK || !bytes.Equal(again.URI.Of(whole), n.URI.Of(b)) || !bytes.Equal(again.Tag.Of(whole), n.Tag.Of(b)) {
			t.Errorf("%q: %v", whole, e)
		}
		if tag, ok := n.Param(b, "tag"); ok == n.TagSpan.IsZero() || !bytes.Equal(tag, n.Tag.Of(b)) {
			t.Errorf("tag %q, by name %q", n.Tag.Of(b), tag)
		}
	})
}

// isHeaderValue reports whether b can be the value of a header: other text may hold
// line ends, which are no white space.
func isHeaderValue(b []byte) bool {
	head := request("X:\n")
	text := slices.Concat(head[:len(head)-len("\r\n\r\n")], []byte(" "), b, []byte("\r\n\r\n"))
	var m Msg
	return m.Parse(text) == OK && m.NHeaders() == 6
}

func TestIsHeaderValue(t *testing.T) {
	for b, want := range map[string]bool{"<sip:a>\r\n ;x": true, "a\n": false, "a\r\nb: c": false} {
		if isHeaderValue([]byte(b)) != want {
			t.Errorf("%q: %v", b, !want)
		}
	}
}
