package sipparse

import "testing"

// A reply's status can be changed, at once and for when it is written; RFC 3261 §7.2.
func TestChangeStatus(t *testing.T) {
	for _, c := range []struct{ line, reason, want string }{
		{"SIP/2.0 603 Decline", "Not Found", "SIP/2.0 404 Not Found"},
		{"SIP/2.0 603 Decline", "", "SIP/2.0 404 Not Found"},
		{"SIP/2.0 603 ", "Nobody", "SIP/2.0 404 Nobody"},
		{"SIP/2.0 603", "Nobody", "SIP/2.0 404 Nobody"},
		{"SIP/2.0 603 Decline", "A\r\nX: y", "SIP/2.0 404 A"},
	} {
		m := parse(t, []byte(c.line+"\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n"))
		var e Edits
		m.ChangeStatus(&e, 500, []byte("first"))
		m.ChangeStatus(&e, 404, []byte(c.reason))
		if m.Status() != 404 {
			t.Errorf("%s: %d at once", c.line, m.Status())
		}
		out := parse(t, m.AppendEdited(nil, &e, nil))
		wantText(t, c.line, out.Buf()[:len(c.want)+2], c.want+"\r\n")
	}
	m := parse(t, crlfs(edited))
	var e Edits
	if m.ChangeStatus(&e, 404, nil); m.Status() != 0 || e.Len() != 0 {
		t.Error("a request has got a status")
	}
}
