package tm

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
)

// The reference vector of SipHash-2-4 for key 00 01 … 0f and message 00 01 … 07
// (Aumasson and Bernstein's siphash24.c).
func TestSipHash(t *testing.T) {
	k := sipKey{0x0706050403020100, 0x0f0e0d0c0b0a0908}
	got := binary.LittleEndian.AppendUint64(nil, k.hash(0x0706050403020100))
	if want := []byte{0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93}; !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// "The branch ID inserted by an element compliant with this specification MUST
// always begin with the characters 'z9hG4bK'." RFC 3261 §8.1.1.7
func TestBranchNamesItsTransaction(t *testing.T) {
	s := NewSeed()
	for _, id := range []ID{1 << 32, makeID(1<<32-1, maxEntries-1), makeID(7, 3)} {
		b := s.AppendBranch([]byte("branch="), id)[len("branch="):]
		if len(b) != 47 || !strings.HasPrefix(string(b), "z9hG4bK") {
			t.Errorf("branch %q", b)
		}
		if got, ok := s.ParseBranch(b); !ok || got != id {
			t.Errorf("%q: %x %v, want %x", b, got, ok, id)
		}
	}
}

// A branch that this Seed did not make is nobody's, however little it differs.
func TestForgedBranchesAreRefused(t *testing.T) {
	s := NewSeed()
	good := string(s.AppendLoopBranch(nil, makeID(5, 6), 0x1234abcd))
	for i := range good {
		for _, c := range []byte("0f F\x00zG") {
			if bad := good[:i] + string(c) + good[i+1:]; bad != good {
				wantNoID(t, s, bad)
			}
		}
		wantNoID(t, s, good[:i])
	}
	wantNoID(t, s, good+"0")
	wantNoID(t, s, strings.ToUpper(good))
	wantNoID(t, s, string(NewSeed().AppendBranch(nil, makeID(5, 6)))) // another loop's, or before a restart
}

func wantNoID(t *testing.T, s Seed, branch string) {
	t.Helper()
	if id, ok := s.ParseBranch([]byte(branch)); ok || id != 0 {
		t.Errorf("%q: %x %v", branch, id, ok)
	}
}

func FuzzParseBranch(f *testing.F) {
	f.Add([]byte("z9hG4bK00000001000000000badcafe2f5c1a90b7d3e648"))
	f.Add([]byte("z9hG4bKs2f5c1a90b7d3e6482f5c1a90b7d3e648"))
	f.Add([]byte(""))
	s := NewSeed()
	f.Fuzz(func(t *testing.T, b []byte) {
		if id, loop, ok := s.parseBranch(b); ok && !bytes.Equal(s.AppendLoopBranch(nil, id, loop), b) {
			t.Errorf("%q is taken for the branch of %x", b, id)
		}
		if len(b) >= 8 { // the other way round
			id := ID(binary.LittleEndian.Uint64(b))
			if got, ok := s.ParseBranch(s.AppendBranch(nil, id)); !ok || got != id {
				t.Errorf("%x became %x %v", id, got, ok)
			}
		}
	})
}

// "[For] a stateless proxy, the branch parameter MUST be computed as a combinatoric
// function of message parameters which are invariant on retransmission." RFC 3261
// §16.11. The ACK to a non-2xx and the CANCEL leave with it too.
func TestStatelessBranch(t *testing.T) {
	s := NewSeed()
	for name, r := range map[string]req{"RFC 3261": invite, "RFC 2543": legacy} {
		b := stateless(t, s, r)
		if !strings.HasPrefix(b, cookie) || b != stateless(t, s, r) {
			t.Errorf("%s: branch %q", name, b)
		}
		ack := r.edit(func(r *req) { r.method, r.to = "ACK", r.to+";tag=1" })
		cancel := r.edit(func(r *req) { r.method = "CANCEL" })
		if stateless(t, s, ack) != b || stateless(t, s, cancel) != b {
			t.Errorf("%s: ACK %q, CANCEL %q, want %q", name, stateless(t, s, ack), stateless(t, s, cancel), b)
		}
		wantNoID(t, s, b)
	}
	if stateless(t, s, invite) == stateless(t, s, invite.edit(via("SIP/2.0/UDP h;branch=z9hG4bKother"))) {
		t.Error("two requests, one branch")
	}
	if stateless(t, s, invite) == stateless(t, NewSeed(), invite) {
		t.Error("two seeds, one branch")
	}
}

// What cannot be told from others still gets a branch, by Call-ID and CSeq.
func TestStatelessBranchWithoutVia(t *testing.T) {
	s := NewSeed()
	branch := func(callID string) string {
		var m sipparse.Msg
		m.Parse([]byte("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: " + callID + "\r\nCSeq: 1 OPTIONS\r\n\r\n")) // fails
		return string(s.AppendStatelessBranch(nil, &m))
	}
	if a, b := branch("1"), branch("2"); len(a) != 40 || a == b || a != branch("1") {
		t.Errorf("branches %q and %q", a, b)
	}
}

func stateless(t *testing.T, s Seed, r req) string {
	t.Helper()
	return string(s.AppendStatelessBranch(nil, r.parse(t)))
}

// "1. If the response has the same value of the branch parameter in the top Via
// header field as the branch parameter in the top Via header field of the request
// that created the transaction. 2. If the method parameter in the CSeq header
// field matches the method of the request that created the transaction. The
// method is needed since a CANCEL request constitutes a different transaction,
// but shares the same value of the branch parameter." RFC 3261 §17.1.3
//
// checklist: C065
func TestResponsesMatchByBranchAndMethod(t *testing.T) {
	s, table := NewSeed(), newRig(t, Timing{}).table
	invite := table.NewClient(InviteClient, false, 0, 0, 0)
	cancel := table.NewClient(NonInviteClient, false, 0, 0, 0)
	bye := table.NewClient(NonInviteClient, false, 0, 0, 0)
	server := table.NewServer(InviteServer, false, Key{1, 1}, 0)

	wantResponse(t, table, s, invite, "INVITE", invite)
	wantResponse(t, table, s, invite, "CANCEL", 0) // none was sent
	table.SetCancel(invite, cancel)
	wantResponse(t, table, s, invite, "CANCEL", cancel)
	wantResponse(t, table, s, invite, "INVITE", invite)
	wantResponse(t, table, s, invite, "BYE", 0)
	wantResponse(t, table, s, invite, "ACK", 0)

	wantResponse(t, table, s, bye, "BYE", bye)
	wantResponse(t, table, s, bye, "FOOBAR", bye)
	wantResponse(t, table, s, bye, "INVITE", 0)
	wantResponse(t, table, s, bye, "ACK", 0)
	wantResponse(t, table, s, bye, "CANCEL", bye) // a CANCEL that was forwarded has a branch of its own
	wantResponse(t, table, s, server, "INVITE", 0)

	table.Kill(cancel)
	wantResponse(t, table, s, invite, "CANCEL", 0)
	table.Kill(invite)
	wantResponse(t, table, s, invite, "INVITE", 0)
}

// What another Seed's table sent is not ours, though the ID be the same.
func TestResponsesOfOtherSeedsDoNotMatch(t *testing.T) {
	table := newRig(t, Timing{}).table
	bye := table.NewClient(NonInviteClient, false, 0, 0, 0)
	if id, ok := table.MatchResponse(response(t, NewSeed(), bye, "BYE"), NewSeed()); ok || id != 0 {
		t.Errorf("%x %v", id, ok)
	}
	var m sipparse.Msg
	m.Parse([]byte("SIP/2.0 200 OK\r\nCSeq: 1 BYE\r\n\r\n")) // fails: not even a Via
	if id, ok := table.MatchResponse(&m, NewSeed()); ok || id != 0 {
		t.Errorf("no Via: %x %v", id, ok)
	}
}

func wantResponse(t *testing.T, table *Table, s Seed, branch ID, method string, want ID) {
	t.Helper()
	if got, ok := table.MatchResponse(response(t, s, branch, method), s); got != want || ok != (want != 0) {
		t.Errorf("%s: %x %v, want %x", method, got, ok, want)
	}
}

// response is a 200 to what the client transaction id sent.
func response(t *testing.T, s Seed, id ID, method string) *sipparse.Msg {
	t.Helper()
	return parse(t, fmt.Sprintf("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"+
		"From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
		s.AppendBranch(nil, id), method))
}

func TestBranchesDoNotAllocate(t *testing.T) {
	s, table := NewSeed(), newRig(t, Timing{}).table
	id := table.NewClient(InviteClient, false, 0, 0, 0)
	m := response(t, s, id, "INVITE")
	buf := make([]byte, 0, 64)
	n := testing.AllocsPerRun(100, func() {
		buf = s.AppendBranch(buf[:0], id)
		if got, ok := table.MatchResponse(m, s); !ok || got != id {
			t.Fatal("no match")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
