package sipparse

import "testing"

// Privacy-hdr = "Privacy" HCOLON priv-value *(";" priv-value); RFC 3323 §4.2
func TestPrivacy(t *testing.T) {
	for _, c := range []struct {
		lines string
		want  Privacy
		there bool
		err   Error
	}{
		{"", 0, false, OK},
		{"Privacy: none", PrivacyNone, true, OK},
		{"Privacy: header;session ; User;\n critical;ID;history", PrivacyHeader | PrivacySession | PrivacyUser | PrivacyCritical | PrivacyID | PrivacyHistory, true, OK},
		{"Privacy: id, user", PrivacyID | PrivacyUser, true, OK},
		{"Privacy: id\nPrivacy: user", PrivacyID | PrivacyUser, true, OK},
		{"Privacy: id;x-mine;", PrivacyID | PrivacyOther, true, OK},
		{"Privacy:", 0, true, OK},
		{"Privacy: id user", 0, true, ErrValue},
		{"Privacy: id\nPrivacy: \"user\"", 0, true, ErrValue},
		{"Privacy: id=1", 0, true, ErrValue},
	} {
		if got, there, err := parse(t, request(c.lines+"\n")).Privacy(); got != c.want || there != c.there || err != c.err {
			t.Errorf("%q: %b %v %v", c.lines, got, there, err)
		}
	}
	if p, err := ParsePrivacy([]byte(" id ; critical ")); p != PrivacyID|PrivacyCritical || err != OK {
		t.Errorf("%b %v", p, err)
	}
}
