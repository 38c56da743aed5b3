package ua

import (
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// sorted orders the lines of a ladder in which two things happen at once.
func sorted(ladder string) string {
	lines := strings.Split(strings.TrimSpace(ladder), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// RFC 3261 §18.3: over a stream Content-Length says where a message ends.
func TestFramer(t *testing.T) {
	a := "OPTIONS sip:a SIP/2.0\r\nContent-Length: 3\r\n\r\nabc"
	b := "SIP/2.0 200 OK\r\nl:0\r\n\r\n"
	stream := "\r\n\r\n" + a + "\r\n" + b + a
	for size := 1; size <= len(stream); size++ {
		var f framer
		var got []string
		for chunk := range slices.Chunk([]byte(stream), size) {
			f.add(chunk, func(m []byte) { got = append(got, string(m)) })
		}
		if want := []string{a, b, a}; !slices.Equal(got, want) {
			t.Fatalf("in pieces of %d: %q", size, got)
		}
	}
}

func TestTitle(t *testing.T) {
	for in, want := range map[string]string{
		"INVITE sip:bob@h SIP/2.0\r\n":                "INVITE sip:bob@h",
		"SIP/2.0 180 Ringing\r\nCSeq: 7 INVITE\r\n":   "180 Ringing (INVITE)",
		"SIP/2.0 100 \r\nVia: x\r\ncseq : 1\tBYE\r\n": "100 (BYE)",
		"SIP/2.0 200 OK\r\nCSeq: 1\r\n":               "200 OK (?)",
		"garbage":                                     "garbage",
	} {
		if got := title([]byte(in)); got != want {
			t.Errorf("title(%q) = %q, want %q", in, got, want)
		}
	}
}

// RFC 3261 §16.12.1.2: a strict router gets itself as the Request-URI, and the
// target goes last in Route.
func TestStrictRouter(t *testing.T) {
	a := &agent{o: &options{transport: "udp", contact: "sip:a@127.0.0.1:1"}}
	d := &dialog{callID: "1", local: "<sip:a@h>;tag=1", remote: "<sip:b@h>;tag=2",
		routes: []string{"<sip:127.0.0.1:5062>", "<sip:127.0.0.1:5063;lr>"}}
	if err := sip.ParseUri("sip:bob@127.0.0.1:5064", &d.target); err != nil {
		t.Fatal(err)
	}
	r, err := d.newRequest(a, sip.BYE)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Recipient.String(); got != "sip:127.0.0.1:5062" {
		t.Errorf("Request-URI %s", got)
	}
	routes := strings.Join(values(r.GetHeaders("Route")), " ")
	if want := "<sip:127.0.0.1:5063;lr> <sip:bob@127.0.0.1:5064>"; routes != want {
		t.Errorf("Route %s, want %s", routes, want)
	}
	if r.Destination() != "127.0.0.1:5062" {
		t.Errorf("sent to %s", r.Destination())
	}
}

func TestTag(t *testing.T) {
	for in, want := range map[string]string{
		`"x;tag=no" <sip:a@h;tag=no>;x=1; tag = yes`: "yes",
		"sip:a@h;TAG=up": "up",
		"<sip:a@h>":      "",
	} {
		if got := tag(in); got != want {
			t.Errorf("tag(%q) = %q, want %q", in, got, want)
		}
	}
}
