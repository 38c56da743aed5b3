package sipparse

import "testing"

// "A Replaces header field MUST contain exactly one to-tag and exactly one
// from-tag"; RFC 3891 §6.1. Target-Dialog = callid *(SEMI td-param), with remote-tag
// and local-tag; RFC 4538 §7.
func TestDialogID(t *testing.T) {
	for _, c := range []struct {
		text, callID, to, from string
		early                  bool
		err                    Error
	}{
		{"98732@sip.example.com\n  ;from-tag=r33th4x0r\n  ;to-tag=ff87ff", "98732@sip.example.com", "ff87ff", "r33th4x0r", false, OK},
		{"12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only", "12adf2f34456gs5", "12345", "54321", true, OK},
		{"fa77as7dad8-sd98ajzz@host.example.com ;local-tag=kkaz- ;remote-tag=6544", "fa77as7dad8-sd98ajzz@host.example.com", "6544", "kkaz-", false, OK},
		{"a;to-tag=b", "", "", "", false, ErrValue},
		{"a;from-tag=b", "", "", "", false, ErrValue},
		{"a;to-tag=;from-tag=b", "", "", "", false, ErrValue},
		{"a;to-tag=1;from-tag=2;to-tag=1", "", "", "", false, ErrValue},
		{"a;to-tag=1;from-tag=2;remote-tag=1", "", "", "", false, ErrValue},
		{"a b;to-tag=1;from-tag=2", "", "", "", false, ErrValue},
		{";to-tag=1;from-tag=2", "", "", "", false, ErrValue},
		{"a;to-tag=1;from-tag=2,b;to-tag=1;from-tag=2", "", "", "", false, ErrValue},
		{"", "", "", "", false, ErrValue},
	} {
		m := parse(t, request("Replaces: "+c.text+"\n"))
		b := m.Buf()
		var d DialogID
		there, err := m.DialogID(HdrReplaces, &d)
		if !there || err != c.err {
			t.Errorf("%q: %v %v", c.text, there, err)
		}
		if err == OK {
			wantText(t, c.text, d.CallID.Of(b), c.callID)
			wantText(t, c.text, d.ToTag.Of(b), c.to)
			wantText(t, c.text, d.FromTag.Of(b), c.from)
			if _, ok := d.Param(b, "early-only"); ok != c.early || d.EarlyOnly != c.early {
				t.Errorf("%q: early %v", c.text, d.EarlyOnly)
			}
		}
	}
	// "If more than one Replaces header field is present in an INVITE ... the UAS MUST
	// reject the request with a 400"; RFC 3891 §3
	var d DialogID
	m := parse(t, request("Replaces: a;to-tag=1;from-tag=2\nReplaces: b;to-tag=1;from-tag=2\n"))
	if there, err := m.DialogID(HdrReplaces, &d); !there || err != ErrValue {
		t.Error("two are one")
	}
	if there, err := parse(t, request("")).DialogID(HdrReplaces, &d); there || err != OK || d != (DialogID{}) {
		t.Error("there is one")
	}
	if ParseDialogID([]byte("a;to-tag=1;from-tag=2"), &d) != OK {
		t.Error("alone")
	}
}
