package sipparse

import (
	"os"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// One run shows the ratios: go test -run='^$' -bench='msg=invite' ./sipparse

// BenchmarkParse is framing and header index.
func BenchmarkParse(b *testing.B) {
	b.Run("msg=invite", func(b *testing.B) {
		var m Msg
		n := 0
		list := rotate(b, func(s *inviteSample) {
			if m.Parse(s.wire) == OK {
				n += m.NHeaders()
			}
		})
		for i := range list {
			n -= list[i].headers * (b.N / len(list))
		}
		for i := range b.N % len(list) {
			n -= list[i].headers
		}
		if n != 0 {
			b.Errorf("%d headers too many", n)
		}
	})
	b.Run("msg=longreq", func(b *testing.B) {
		wire, err := os.ReadFile("testdata/rfc4475/longreq.dat")
		if err != nil {
			b.Fatal(err)
		}
		var m Msg
		b.SetBytes(int64(len(wire)))
		b.ReportAllocs()
		for b.Loop() {
			m.Parse(wire)
		}
	})
}

// BenchmarkParseStream is the same by a Framer, with half a message at the end of what
// has arrived.
func BenchmarkParseStream(b *testing.B) {
	b.Run("msg=invite", func(b *testing.B) {
		var f Framer
		var m Msg
		rotate(b, func(s *inviteSample) {
			if n, err := f.Next(s.wire, &m); n != len(s.wire) || err != OK || m.NHeaders() != s.headers {
				b.Fatal(n, err, m.NHeaders())
			}
		})
	})
}

// rotate calls f with one INVITE after the other.
func rotate(b *testing.B, f func(*inviteSample)) []inviteSample {
	list := invites(b)
	b.SetBytes(inviteSize)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		f(&list[i%nInvites])
	}
	b.StopTimer()
	return list
}

// BenchmarkRoute is Parse and everything that t_relay needs.
func BenchmarkRoute(b *testing.B) {
	b.Run("msg=invite", func(b *testing.B) {
		var m Msg
		found := make([]routed, nInvites)
		i := 0
		list := rotate(b, func(s *inviteSample) {
			m.Parse(s.wire)
			found[i%nInvites].read(&m)
			i++
		})
		for i := range min(b.N, nInvites) {
			wantRouted(b, &list[i], &found[i])
		}
	})
}

// BenchmarkSipgo is an independent parser on the same INVITEs. It reads all headers
// that it knows, not more than BenchmarkRoute needs.
func BenchmarkSipgo(b *testing.B) {
	b.Run("msg=invite", func(b *testing.B) {
		p := sip.NewParser()
		found := make([]sip.Message, nInvites)
		i := 0
		list := rotate(b, func(s *inviteSample) {
			m, err := p.ParseSIP(s.wire)
			if err != nil {
				b.Fatal(err)
			}
			found[i%nInvites] = m
			i++
		})
		for i := range min(b.N, nInvites) {
			if got := found[i].CallID().Value(); got != list[i].callID {
				b.Errorf("Call-ID %q, want %q", got, list[i].callID)
			}
		}
	})
}

func BenchmarkPeekCallID(b *testing.B) {
	b.Run("msg=invite", func(b *testing.B) {
		rotate(b, func(s *inviteSample) {
			if len(PeekCallID(s.wire)) != len(s.callID) {
				b.Fatal("another Call-ID")
			}
		})
	})
}

// BenchmarkForward is what a proxy writes for a request that it forwards: a Via and a
// Record-Route added, Max-Forwards and Request-URI changed; RFC 3261 §16.6.
func BenchmarkForward(b *testing.B) {
	uri, via := []byte("sip:bob@192.0.2.30:5060"), []byte("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK776asdhds\r\n")
	rr, mf := []byte("Record-Route: <sip:192.0.2.1;lr>\r\n"), []byte("69")
	b.Run("msg=invite", func(b *testing.B) {
		parsed := make([]Msg, nInvites)
		for i, s := range invites(b) {
			parsed[i].Parse(s.wire)
		}
		out := make([]byte, 0, 2048)
		var message, branch Edits
		i, n := 0, 0
		list := rotate(b, func(*inviteSample) {
			m := &parsed[i%nInvites]
			i++
			message.Reset()
			branch.Reset()
			message.Replace(m.MaxForwardsSpan(), mf)
			message.Insert(m.TopViaInsertAt(), rr)
			branch.Replace(m.RequestURISpan(), uri)
			branch.Insert(m.TopViaInsertAt(), via)
			out = m.AppendEdited(out[:0], &message, &branch)
			n += len(out)
		})
		for i := range b.N {
			n -= inviteSize + len(uri) + len(via) + len(rr) - len(list[i%nInvites].uri)
		}
		var m Msg
		if e := m.Parse(out); e != OK || n != 0 || string(m.RequestURI()) != string(uri) || string(m.MaxForwardsSpan().Of(out)) != "69" {
			b.Errorf("%v, %d bytes too many:\n%s", e, n, out)
		}
	})
}

func BenchmarkReply(b *testing.B) {
	m := parse(b, []byte(invite))
	o := ReplyOptions{Code: 100, Received: []byte("192.0.2.10"), Rport: 5060}
	out := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		out = m.AppendReply(out[:0], &o)
	}
}
