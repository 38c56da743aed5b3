package proxy

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// A message has one owner. Whoever ends it twice, or ends a request and its message, is
// found at once.
func TestMessageEndsOnce(t *testing.T) {
	var s shard
	m := s.newMessage(nil, nil)
	r := s.newRequest(m)
	s.endRequest(nil, r)
	mustPanic(t, "BUG: message ended twice", func() { s.endMessage(nil, m) })
}

func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if got, _ := recover().(string); !strings.HasPrefix(got, want) {
			t.Errorf("panic %q, want %q", got, want)
		}
	}()
	f()
}

// What is used again has nothing left of its last life, and costs no memory.
func TestPooledRequestIsNew(t *testing.T) {
	var s shard
	r := s.newRequest(s.newMessage(nil, nil))
	r.Target.SetURI([]byte("sip:a@b"))
	r.AppendToReply([]byte("X: y\r\n"))
	r.SetFlags(7)
	r.forceRport, r.hopAck, r.ownAck, r.hopCounted, r.rr.on = true, true, true, true, true
	r.path = new(RouteLine)
	r.path.set(&RouteLine{Double: true, User: []byte("u")})
	r.adv, r.localRport, r.routed = advertised{[]byte("h"), 1}, true, []byte(";lr")
	r.rrParams = append(r.rrParams, ";x"...)
	r.Target.SetPath([]byte("<sip:a>"))
	r.set.add().SetURI([]byte("sip:c@d"))
	r.Edits.Insert(0, []byte("x"))
	first := r.Message
	s.endRequest(nil, r)

	r = s.newRequest(s.newMessage(nil, nil))
	if r.Message != first {
		t.Error("the message was not used again")
	}
	if r.Target.hasURI || len(r.replyExtra) != 0 || r.Flags() != 0 || r.forceRport || r.EndsHere() || r.hopCounted || r.rr.on || r.set.n != 0 || r.Message.Edits.Len() != 0 ||
		r.path.on || len(r.path.User) != 0 || len(r.adv.host) != 0 || r.adv.port != 0 || r.localRport || r.Routed() != nil || len(r.rrParams) != 0 || r.Target.Path() != nil {
		t.Errorf("left over: %+v", r)
	}
	s.endRequest(nil, r)
	if n := testing.AllocsPerRun(100, func() { s.endRequest(nil, s.newRequest(s.newMessage(nil, nil))) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// RFC 3326 §2: the value is a token, cause and text are parameters.
func TestReasonHeader(t *testing.T) {
	if got, want := string(appendReason(nil, 603)), "Reason: SIP;cause=603;text=\"Decline\"\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, b := range [][]byte{reasonCancelled, reasonElsewhere, reasonNoAnswer, appendReason(nil, 600)} {
		text := "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>\r\nTo: <sip:a>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n" + string(b) + "\r\n"
		var m sipparse.Msg
		if err := m.Parse([]byte(text)); err != sipparse.OK || m.Find(sipparse.HdrReason, 0) < 0 {
			t.Errorf("%q is no header line: %v", b, err)
		}
	}
}
