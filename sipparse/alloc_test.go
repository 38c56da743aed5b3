package sipparse

import (
	"strings"
	"testing"
	"unsafe"
)

func wantNoAllocs(t *testing.T, what string, f func()) {
	t.Helper()
	f() // grows what is kept
	if n := testing.AllocsPerRun(100, f); n != 0 {
		t.Errorf("%s: %v allocations, want 0", what, n)
	}
}

func TestNoAllocations(t *testing.T) {
	wire := []byte(invite)
	many := request(strings.Repeat("X: y\n", 200))
	bad := readFile(t, "testdata/rfc4475/scalar02.dat")
	var m, other Msg
	wantNoAllocs(t, "Parse", func() { m.Parse(wire) })
	wantNoAllocs(t, "Parse of many headers", func() { other.Parse(many) })
	wantNoAllocs(t, "a refusal as an error", func() {
		if err := error(other.Parse(bad)); err == nil || err.Error() == "" {
			t.Error("not refused")
		}
	})
	wantNoAllocs(t, "Check", func() { m.Parse(wire); m.Check() })
	wantNoAllocs(t, "Framer", func() { var f Framer; f.Next(wire[:100], &other); f.Next(wire, &other) })
	wantNoAllocs(t, "PeekCallID", func() { PeekCallID(wire) })
	wantNoAllocs(t, "accessors", func() {
		var v Via
		var n NameAddr
		m.Parse(wire)
		m.Via(0, &v)
		m.FromTag()
		m.ToTag()
		m.From().Param(wire, "tag")
		m.URI().Param(wire, "transport")
		m.MaxForwards()
		m.FindName([]byte("X-Unknown"), 0)
		for it := m.Addrs(HdrContact); it.Next(&n); {
		}
	})
}

func TestNoAllocationsWriting(t *testing.T) {
	m := parse(t, []byte(invite))
	resp := parse(t, m.AppendReply(nil, &ReplyOptions{Code: 486, ToTag: []byte("xyz")}))
	out := make([]byte, 0, 4096)
	var a, b Edits
	received, uri, via, body := []byte("192.0.2.7"), []byte("sip:bob@192.0.2.30"), []byte("Via: SIP/2.0/UDP p;branch=z9hG4bK2\r\n"), []byte("v=0\r\n")
	wantNoAllocs(t, "AppendEdited", func() {
		a.Reset()
		b.Reset()
		var n NameAddr
		it := m.Addrs(HdrRoute)
		it.Next(&n)
		m.DeleteAddr(&a, &it, &n)
		m.SetReceived(&a, received, 5060)
		a.AppendHeader(m, via)
		mark := b.Mark()
		b.Replace(m.RequestURISpan(), uri)
		b.Insert(m.TopViaInsertAt(), via)
		b.Replace(m.BodySpan(), body)
		out = m.AppendEdited(out[:0], &a, &b)
		b.Truncate(mark)
	})
	wantNoAllocs(t, "DeleteTopVia", func() { a.Reset(); m.DeleteTopVia(&a) })
	wantNoAllocs(t, "AppendReply", func() {
		out = m.AppendReply(out[:0], &ReplyOptions{Code: 183, ToTag: uri, Received: received, Rport: 5060, RecordRoute: true, Body: body, ContentType: via})
	})
	wantNoAllocs(t, "AppendAck", func() { out = m.AppendAck(out[:0], resp, nil) })
	wantNoAllocs(t, "AppendCancel", func() { out = m.AppendCancel(out[:0], nil) })
	var d Dialog
	o := RequestOptions{Method: []byte("BYE"), Vias: via, Headers: []byte("Reason: SIP;cause=200\r\n")}
	wantNoAllocs(t, "Dialog", func() {
		if d.FromRequest(m, uri) != OK || d.Refresh(m) != OK {
			t.Error("no dialog")
		}
		out, _ = d.AppendInDialog(out[:0], &o)
	})
}

// A Msg is pooled by the hundred thousand.
func TestMsgIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Msg{}); n > 2560 {
		t.Errorf("a Msg takes %d bytes", n)
	}
}
