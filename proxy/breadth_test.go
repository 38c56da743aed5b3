package proxy

import (
	"fmt"
	"testing"
)

// "the sum of the Max-Breadth header field values in the active branches" never exceeds
// the incoming one (RFC 5393 §5.3.3), every branch that is sent has at least 1, and as
// many as there is breadth for are sent at a time.
func TestBreadthIsDivided(t *testing.T) {
	for _, c := range []struct {
		header   string
		branches int
		want     string
	}{
		{"Max-Breadth: 2\r\n", 3, "[1 1 0]"},
		{"Max-Breadth: 7\r\n", 3, "[2 2 3]"},
		{"Max-Breadth: 60\r\n", 1, "[60]"},
		{"max-breadth: 1\r\n", 2, "[1 0]"},
		{"", 1, "[30]"}, // no header is written: half of it is kept for branches that are added
		{"", 2, "[30 30]"},
		{"Max-Breadth: many\r\n", 2, "[30 30]"},
		{"Max-Breadth: 4294967296\r\n", 2, "[30 30]"},
	} {
		s := &shard{p: &Proxy{set: Settings{MaxBreadth: 60}}}
		tx := &Transaction{Req: requestWith(t, c.header)}
		for range c.branches {
			tx.branches = append(tx.branches, &branch{tx: tx})
		}
		var got []int
		for i, b := range tx.branches {
			if s.takeBreadth(b, c.branches-i) {
				b.state = branchSent
			}
			got = append(got, b.breadth)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%q among %d: %v, want %v", c.header, c.branches, got, c.want)
		}
		if w := tx.breadth; tx.breadthUsed() > w.limit {
			t.Errorf("%q: %d of %d", c.header, tx.breadthUsed(), w.limit)
		}
	}
}

func requestWith(t *testing.T, line string) *Request {
	t.Helper()
	r := &Request{Message: new(Message)}
	text := "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n" +
		"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n" + line + "Content-Length: 0\r\n\r\n"
	if err := r.Msg.Parse([]byte(text)); err != 0 {
		t.Fatal(err)
	}
	return r
}
