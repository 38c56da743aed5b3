package tm

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// A stateless proxy knows the responses to what it forwarded by the branch it
// made (§16.11): it is in our Via, and what it was made from in the Via below.
func TestStatelessReplyIsKnownByItsBranch(t *testing.T) {
	seed := NewSeed()
	for _, sender := range []string{
		"SIP/2.0/UDP pc33.example.com:5070;branch=z9hG4bKnashds8", // RFC 3261
		"SIP/2.0/UDP pc33.example.com:5070",                       // RFC 2543
	} {
		const fields = "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: x\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n"
		var request sipparse.Msg
		parseAll(t, &request, "OPTIONS sip:b@example.com SIP/2.0\r\nVia: "+sender+"\r\n"+fields)
		branch := string(seed.AppendStatelessBranch(nil, &request))
		reply := "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=" + branch + "\r\nVia: " + sender + ";received=192.0.2.1\r\n" + fields
		for _, tc := range []struct {
			what, text string
			want       bool
		}{
			{"the response", reply, true},
			{"another sender below", strings.Replace(reply, "pc33", "pc34", 1), false},
			{"another branch", strings.Replace(reply, branch, branch[:len(branch)-1]+"x", 1), false},
			{"another call's branch", strings.ReplaceAll(strings.Replace(reply, "Call-ID: x", "Call-ID: y", 1), "nashds8", "other"), false},
			{"nothing below", strings.Replace(reply, "Via: "+sender+";received=192.0.2.1\r\n", "", 1), false},
		} {
			var m sipparse.Msg
			parseAll(t, &m, tc.text)
			if got := seed.IsStatelessReply(&m); got != tc.want {
				t.Errorf("%s, sender %q: known = %v, want %v", tc.what, sender, got, tc.want)
			}
			if NewSeed().IsStatelessReply(&m) {
				t.Errorf("%s, sender %q: another process's branch is taken for ours", tc.what, sender)
			}
		}
	}
}

func parseAll(t *testing.T, m *sipparse.Msg, text string) {
	t.Helper()
	if err := m.Parse([]byte(text)); err != sipparse.OK {
		t.Fatalf("%v in\n%s", err, text)
	}
}
