package sipparse

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

const (
	nInvites   = 128
	inviteSize = 640
)

// An inviteSample is a generated INVITE and what a parser has to find in it.
type inviteSample struct {
	wire                             []byte
	uri, host, branch, from, callID  string
	route                            string
	port, cseq, maxForwards, headers int
}

// invites returns INVITEs of 640 bytes each as softphones, PBXs and trunks send
// them, no two alike: other headers in another order, other lengths, some compact
// forms, with and without Route. A parser cannot learn one of them by heart, nor can
// the processor's branch predictor.
func invites(t testing.TB) []inviteSample {
	r := rand.New(rand.NewPCG(3261, 17))
	list := make([]inviteSample, nInvites)
	for i := range list {
		list[i] = newInvite(t, r)
	}
	return list
}

func newInvite(t testing.TB, r *rand.Rand) inviteSample {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	name := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
		}
		return string(b)
	}
	s := inviteSample{
		uri:    "sip:" + name(3+r.IntN(9)) + "@" + pick("example.com", "192.0.2.20:5060", "[2001:db8::20]", "sip.carrier.example.net") + pick("", ";transport=udp", ";user=phone"),
		host:   pick("192.0.2.10", "10.1.22.133", "pbx.example.org", "[2001:db8::9]"),
		port:   []int{0, 5060, 5080, 35060}[r.IntN(4)],
		branch: "z9hG4bK" + name(6+r.IntN(20)),
		from:   name(6 + r.IntN(12)),
		callID: name(12+r.IntN(16)) + pick("", "@192.0.2.10"),
		cseq:   1 + r.IntN(99999), maxForwards: 60 + r.IntN(11),
	}
	sentBy := s.host
	if s.port != 0 {
		sentBy += fmt.Sprint(":", s.port)
	}
	user := name(4 + r.IntN(8))
	must := []string{
		pick("Via", "Via", "v") + ": SIP/2.0/UDP " + sentBy + pick(";rport;branch="+s.branch, ";branch="+s.branch, ";branch="+s.branch+";rport"),
		"Max-Forwards: " + fmt.Sprint(s.maxForwards),
		pick("From", "From", "f") + ": " + pick("", `"Alice A." `, "Alice ") + "<sip:" + user + "@example.com>;tag=" + s.from,
		pick("To", "To", "t") + ": <" + s.uri + ">",
		pick("Call-ID", "Call-ID", "i") + ": " + s.callID,
		"CSeq: " + fmt.Sprint(s.cseq) + " INVITE",
		pick("Contact", "Contact", "m") + ": <sip:" + user + "@192.0.2.10" + pick("", ":5060", ";transport=udp") + ">",
	}
	if r.IntN(2) == 0 {
		s.route = "sip:" + pick("192.0.2.1", "edge.example.net") + ";lr"
		must = append(must, "Route: <"+s.route+">")
	}
	may := []string{
		"User-Agent: " + pick("Softphone 1.4", "PBX/18.2 (linux)", "Gateway-"+name(5)), "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE" + pick("", ", REFER, NOTIFY"),
		pick("Supported", "k") + ": replaces" + pick("", ", timer", ", timer, path"), "P-Asserted-Identity: <tel:+15550" + fmt.Sprint(10000+r.IntN(89999)) + ">",
		pick("Session-Expires", "x") + ": 1800", "Min-SE: 90", "X-Trace: " + name(8), "Privacy: none", "Accept: application/sdp", "Date: Thu, 26 Nov 2026 06:00:00 GMT",
	}
	r.Shuffle(len(may), func(i, j int) { may[i], may[j] = may[j], may[i] })
	lines := append(must[1:], may[:1+r.IntN(4)]...)
	r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	lines = append([]string{must[0]}, append(lines, pick("Content-Type", "c")+": application/sdp")...)
	s.headers = len(lines) + 1
	s.wire = []byte("INVITE " + s.uri + " SIP/2.0\r\n" + strings.Join(lines, "\r\n") + pad(t, len(s.uri)+17+len(strings.Join(lines, "\r\n")), pick("Content-Length", "l")))
	return s
}

// pad returns what fills a message of n bytes up to inviteSize: its last header and
// a session description.
func pad(t testing.TB, n int, name string) string {
	const head = "v=0\r\no=- 20518 0 IN IP4 192.0.2.10\r\ns="
	const tail = "\r\nt=0 0\r\n"
	body := inviteSize - n - len("\r\n"+name+": ") - len("000\r\n\r\n")
	if fill := body - len(head) - len(tail); fill >= 0 {
		return fmt.Sprintf("\r\n%s: %03d\r\n\r\n%s%s%s", name, body, head, strings.Repeat("-", fill), tail)
	}
	if body < 0 {
		t.Fatalf("an INVITE of %d bytes is longer than %d", n, inviteSize)
	}
	return fmt.Sprintf("\r\n%s: %03d\r\n\r\n%s", name, body, strings.Repeat("-", body))
}

// routed is what t_relay takes from a request.
type routed struct {
	host, branch, from, callID, route, uri []byte
	port, cseq, maxForwards                int
}

// wantRouted compares what was read with what was written.
func wantRouted(t testing.TB, s *inviteSample, x *routed) {
	t.Helper()
	wantText(t, "Via host", x.host, s.host)
	wantText(t, "branch", x.branch, s.branch)
	wantText(t, "From tag", x.from, s.from)
	wantText(t, "Call-ID", x.callID, s.callID)
	wantText(t, "Route", x.route, s.route)
	wantText(t, "Request-URI", x.uri, s.uri)
	if x.port != s.port || x.cseq != s.cseq || x.maxForwards != s.maxForwards {
		t.Errorf("port %d, CSeq %d, Max-Forwards %d; want %d, %d, %d", x.port, x.cseq, x.maxForwards, s.port, s.cseq, s.maxForwards)
	}
}

func TestInvites(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range invites(t) {
		if len(s.wire) != inviteSize || seen[string(s.wire)] {
			t.Fatalf("%d bytes, or twice:\n%s", len(s.wire), s.wire)
		}
		seen[string(s.wire)] = true
		var m Msg
		if e := m.Parse(s.wire); e != OK || m.NHeaders() != s.headers {
			t.Fatalf("%v, %d headers, want %d:\n%s", e, m.NHeaders(), s.headers, s.wire)
		}
		var x routed
		x.read(&m)
		wantRouted(t, &s, &x)
	}
}

// read takes from m what t_relay needs: top Via, From and To tags, CSeq, Call-ID,
// Max-Forwards, Route, Request-URI.
func (x *routed) read(m *Msg) {
	if m.Check() != OK { // top Via, From, To, Request-URI, Max-Forwards
		panic("an INVITE is refused")
	}
	v := m.TopVia()
	x.host, x.branch, x.port = v.Host.Of(m.Buf()), v.Branch.Of(m.Buf()), v.Port
	x.from, x.callID, x.cseq = m.FromTag(), m.CallID(), int(m.CSeq())
	if m.ToTag() != nil {
		panic("a To tag that is not there")
	}
	x.maxForwards, _, _ = m.MaxForwards()
	x.uri = m.URI().Whole.Of(m.Buf())
	x.route = nil
	var n NameAddr
	if it := m.Addrs(HdrRoute); it.Next(&n) {
		x.route = n.URI.Of(m.Buf())
	}
}
