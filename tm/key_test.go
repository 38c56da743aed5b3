package tm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// req is a request with what identifies its transaction; edit changes a copy.
type req struct {
	method, uri, via, from, to, callID string
	cseq                               int
}

var invite = req{
	method: "INVITE", uri: "sip:bob@biloxi.example.com",
	via:  "SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhds;received=192.0.2.1",
	from: "<sip:alice@atlanta.example.com>;tag=1928301774", to: "<sip:bob@biloxi.example.com>",
	callID: "a84b4c76e66710@pc33.atlanta.example.com", cseq: 314159,
}

// legacy is the same from a client of RFC 2543, without a branch.
var legacy = invite.edit(func(r *req) { r.via = "SIP/2.0/UDP pc33.atlanta.example.com:5060" })

func (r req) edit(f func(*req)) req { f(&r); return r }

func (r req) parse(t testing.TB) *sipparse.Msg {
	t.Helper()
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		r.method, r.uri, r.via, r.from, r.to, r.callID, r.cseq, r.method)
	return parse(t, text)
}

func parse(t testing.TB, text string) *sipparse.Msg {
	t.Helper()
	var m sipparse.Msg
	if err := m.Parse([]byte(text)); err != sipparse.OK {
		t.Fatalf("%v:\n%s", err, text)
	}
	return &m
}

func keyOf(t testing.TB, s Seed, r req) Key {
	t.Helper()
	k, ok := s.RequestKey(r.parse(t))
	if !ok || k.IsZero() {
		t.Fatalf("no key for %+v", r)
	}
	return k
}

func wantSame(t *testing.T, s Seed, what string, a, b req) {
	t.Helper()
	if keyOf(t, s, a) != keyOf(t, s, b) {
		t.Errorf("%s: other keys for\n%+v\n%+v", what, a, b)
	}
}

func wantOther(t *testing.T, s Seed, what string, a, b req) {
	t.Helper()
	if keyOf(t, s, a) == keyOf(t, s, b) {
		t.Errorf("%s: the same key for\n%+v\n%+v", what, a, b)
	}
}

func via(v string) func(*req) { return func(r *req) { r.via = v } }

// "1. the branch parameter in the request is equal to the one in the top Via
// header field of the request that created the transaction, and 2. the sent-by
// value in the top Via of the request is equal to the one in the request that
// created the transaction, and 3. the method of the request matches the one that
// created the transaction, except for ACK, where the method of the request that
// created the transaction is INVITE." RFC 3261 §17.2.3
//
// checklist: C064
func TestRequestsMatchByBranchSentByAndMethod(t *testing.T) {
	s := NewSeed()
	wantSame(t, s, "a retransmission", invite, invite)
	wantSame(t, s, "fields that do not count", invite, invite.edit(func(r *req) {
		r.uri, r.from, r.to, r.cseq = "sip:x@y", "<sip:x@y>;tag=1", "<sip:z@y>;tag=2", 1
	}))
	// ours, beyond the RFC: phones whose branches are not unique are kept apart
	wantOther(t, s, "another call", invite, invite.edit(func(r *req) { r.callID = "c" }))
	wantSame(t, s, "ACK", invite, invite.edit(func(r *req) { r.method = "ACK" }))

	wantOther(t, s, "branch", invite, invite.edit(via("SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhdS")))
	wantOther(t, s, "host", invite, invite.edit(via("SIP/2.0/UDP pc34.atlanta.example.com:5060;branch=z9hG4bK776asdhds")))
	wantOther(t, s, "port", invite, invite.edit(via("SIP/2.0/UDP pc33.atlanta.example.com:5062;branch=z9hG4bK776asdhds")))
	for _, method := range []string{"BYE", "CANCEL", "FOOBAR", "FOOBAz"} {
		wantOther(t, s, method, invite, invite.edit(func(r *req) { r.method = method }))
	}
	wantOther(t, s, "unknown methods", invite.edit(func(r *req) { r.method = "FOOBAR" }), invite.edit(func(r *req) { r.method = "FOOBAZ" }))
}

// Host names know no case, and an absent port is the transport's default
// (§18.1.1); another transport of the same branch is the same transaction.
func TestSentByIsNormalised(t *testing.T) {
	s := NewSeed()
	wantSame(t, s, "case", invite, invite.edit(via("SIP/2.0/UDP PC33.Atlanta.EXAMPLE.com:5060;branch=z9hG4bK776asdhds")))
	wantSame(t, s, "no port", invite, invite.edit(via("SIP/2.0/UDP pc33.atlanta.example.com;branch=z9hG4bK776asdhds")))
	wantSame(t, s, "no port, TLS",
		invite.edit(via("SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK1")),
		invite.edit(via("SIP/2.0/tls [2001:DB8::1];branch=z9hG4bK1")))
	wantOther(t, s, "port of TLS",
		invite.edit(via("SIP/2.0/UDP [2001:db8::1];branch=z9hG4bK1")),
		invite.edit(via("SIP/2.0/TLS [2001:db8::1];branch=z9hG4bK1")))
}

// Two lists of fields never run together into one text.
func TestFieldsDoNotRunTogether(t *testing.T) {
	s := NewSeed()
	wantOther(t, s, "branch and host",
		invite.edit(via("SIP/2.0/UDP bc.example.com;branch=z9hG4bKa")),
		invite.edit(via("SIP/2.0/UDP c.example.com;branch=z9hG4bKab")))
}

// A branch as long as a datagram allows is told from another of its length by
// its last character, and costs no memory.
func TestLongFields(t *testing.T) {
	s := NewSeed()
	long := strings.Repeat("x", 5000)
	a := invite.edit(via("SIP/2.0/UDP h;branch=z9hG4bK" + long + "1"))
	b := invite.edit(via("SIP/2.0/UDP h;branch=z9hG4bK" + long + "2"))
	wantSame(t, s, "long branch", a, a)
	wantOther(t, s, "long branch", a, b)
	for name, r := range map[string]req{
		"plain": invite, "long branch": a, "RFC 2543": legacy,
		"all long": legacy.edit(func(r *req) {
			r.via, r.uri = "SIP/2.0/UDP h;x="+long, "sip:"+long+"@h"
			r.from, r.callID, r.method = "<sip:a@b>;tag="+long, long, "M"+long
		}),
	} {
		m := r.parse(t)
		buf := make([]byte, 0, 64)
		n := testing.AllocsPerRun(100, func() {
			s.RequestKey(m)
			s.CancelKey(m)
			buf = s.AppendStatelessBranch(buf[:0], m)
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// "The INVITE request matches a transaction if the Request-URI, To tag, From tag,
// Call-ID, CSeq, and top Via header field match those of the INVITE request which
// created the transaction." RFC 3261 §17.2.3, for a branch without the cookie.
//
// checklist: C064
func TestLegacyRequestsMatchByTheirFields(t *testing.T) {
	s := NewSeed()
	wantSame(t, s, "a retransmission", legacy, legacy)
	for what, edit := range map[string]func(*req){
		"Request-URI": func(r *req) { r.uri = "sip:bob@192.0.2.4" },
		"From tag":    func(r *req) { r.from = "<sip:alice@atlanta.example.com>;tag=1928301775" },
		"no From tag": func(r *req) { r.from = "<sip:alice@atlanta.example.com>" },
		"Call-ID":     func(r *req) { r.callID = "b84b4c76e66710@pc33.atlanta.example.com" },
		"CSeq":        func(r *req) { r.cseq++ },
		"top Via":     via("SIP/2.0/UDP pc33.atlanta.example.com:5060;hidden"),
		"method":      func(r *req) { r.method = "BYE" },
	} {
		wantOther(t, s, what, legacy, legacy.edit(edit))
	}
	wantSame(t, s, "From without its tag", legacy, legacy.edit(func(r *req) { r.from = "Al <sip:al@example.com>;tag=1928301774" }))
	wantOther(t, s, "the cookie", invite, legacy)
}

// "The ACK request matches a transaction if the Request-URI, From tag, Call-ID,
// CSeq number (not the method), and top Via header field match those of the
// INVITE request which created the transaction, and the To tag of the ACK matches
// the To tag of the response sent by the server transaction." RFC 3261 §17.2.3.
// The INVITE had no To tag, so the key has none.
func TestLegacyAckAndCancelFindTheirInvite(t *testing.T) {
	s := NewSeed()
	ack := legacy.edit(func(r *req) { r.method, r.to = "ACK", legacy.to+";tag=314159" })
	wantSame(t, s, "ACK", legacy, ack)
	cancel := legacy.edit(func(r *req) { r.method = "CANCEL" })
	if k, ok := s.CancelKey(cancel.parse(t)); !ok || k != keyOf(t, s, legacy) {
		t.Error("CANCEL does not find the INVITE")
	}
}

// A branch that is only the cookie cannot tell transactions apart, nor can one
// that lacks it. The cookie itself is compared like any parameter, without case.
func TestLegacyIsToldByTheCookie(t *testing.T) {
	s := NewSeed()
	other := func(r req) req { return r.edit(func(r *req) { r.cseq++ }) }
	for branch, counts := range map[string]bool{
		"": false, ";branch=1": false, ";branch=z9hG4bK": false, ";branch=z9hG4b": false, ";branch=xz9hG4bK1": false,
		";branch=z9hG4bK1": true, ";branch=Z9HG4BK1": true,
	} {
		r := invite.edit(via("SIP/2.0/UDP h" + branch))
		if same := keyOf(t, s, r) == keyOf(t, s, other(r)); same != counts {
			t.Errorf("%q alone identifies the transaction: %v, want %v", branch, same, counts)
		}
	}
}

// "The TU determines the transaction to be cancelled by taking the CANCEL request,
// and then assuming that the request method is anything but CANCEL or ACK and
// applying the transaction matching procedures of Section 17.2.3." RFC 3261 §9.2.
// The CANCEL itself is a transaction too.
func TestCancelKey(t *testing.T) {
	s := NewSeed()
	cancel := invite.edit(func(r *req) { r.method = "CANCEL" })
	k, ok := s.CancelKey(cancel.parse(t))
	if !ok || k != keyOf(t, s, invite) {
		t.Error("CANCEL does not find the INVITE")
	}
	if k == keyOf(t, s, cancel) {
		t.Error("CANCEL has the INVITE's key for itself")
	}
	elsewhere := cancel.edit(via("SIP/2.0/UDP evil.example.com;branch=z9hG4bK776asdhds"))
	if k, _ := s.CancelKey(elsewhere.parse(t)); k == keyOf(t, s, invite) {
		t.Error("a CANCEL from elsewhere finds the INVITE")
	}
}

// Keys of one process mean nothing in another: nobody can prepare collisions.
func TestSeedsDiffer(t *testing.T) {
	if keyOf(t, NewSeed(), invite) == keyOf(t, NewSeed(), invite) {
		t.Error("two seeds give one key")
	}
}

// Without a top Via, or without a From where it counts, there is no key.
func TestNoKey(t *testing.T) {
	s := NewSeed()
	for name, text := range map[string]string{
		"no Via":     "OPTIONS sip:a@b SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		"broken Via": "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		"no From":    "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
	} {
		var m sipparse.Msg
		m.Parse([]byte(text)) // fails, and is looked at all the same
		if k, ok := s.RequestKey(&m); ok || !k.IsZero() {
			t.Errorf("%s: key %v", name, k)
		}
		if k, ok := s.CancelKey(&m); ok || !k.IsZero() {
			t.Errorf("%s: CANCEL key %v", name, k)
		}
	}
}

// Semantics §6: OpenSIPS matches by the branch of RFC 3261 first, else by headers, where
// ruri_matching=0 and via1_matching=0 leave out the Request-URI and the top Via, for
// clients that have others in ACK and CANCEL than in their INVITE.
func TestLaxMatching(t *testing.T) {
	uri := func(r *req) { r.uri = "sip:bob@192.0.2.4" }
	top := via("SIP/2.0/UDP pc33.atlanta.example.com:5060;hidden")
	for _, c := range []struct{ ruri, via bool }{{true, true}, {false, true}, {true, false}, {false, false}} {
		s := NewSeed().Matching(c.ruri, c.via)
		if same := keyOf(t, s, legacy) == keyOf(t, s, legacy.edit(uri)); same == c.ruri {
			t.Errorf("ruri_matching=%v: another Request-URI matches: %v", c.ruri, same)
		}
		if same := keyOf(t, s, legacy) == keyOf(t, s, legacy.edit(top)); same == c.via {
			t.Errorf("via1_matching=%v: another Via matches: %v", c.via, same)
		}
		wantOther(t, s, "another call", legacy, legacy.edit(func(r *req) { r.callID = "c" }))
		wantOther(t, s, "another From tag", legacy, legacy.edit(func(r *req) { r.from = "<sip:alice@example.com>;tag=9" }))
		wantOther(t, s, "CSeq", legacy, legacy.edit(func(r *req) { r.cseq++ }))
		wantOther(t, s, "branch", invite, invite.edit(via("SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bK776asdhdS")))
	}
}
