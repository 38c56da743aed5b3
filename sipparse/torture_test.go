package sipparse

import (
	"os"
	"path/filepath"
	"testing"
)

// A torture message is one file of RFC 4475 or RFC 5118 and what Parse and Check
// make of it: the strict outcome in every case. What the RFC calls valid, or leaves
// to the application (an unknown scheme, Max-Forwards 0), is OK here.
type torture struct {
	file    string
	section string
	want    Error
}

var rfc4475 = []torture{
	{"wsinv.dat", "3.1.1.1", OK},
	{"intmeth.dat", "3.1.1.2", OK},
	{"esc01.dat", "3.1.1.3", OK},
	{"escnull.dat", "3.1.1.4", OK},
	{"esc02.dat", "3.1.1.5", OK},
	{"lwsdisp.dat", "3.1.1.6", OK},
	{"longreq.dat", "3.1.1.7", OK},
	{"dblreq.dat", "3.1.1.8", OK},
	{"semiuri.dat", "3.1.1.9", OK},
	{"transports.dat", "3.1.1.10", OK},
	{"mpart01.dat", "3.1.1.11", OK},
	{"unreason.dat", "3.1.1.12", OK},
	{"noreason.dat", "3.1.1.13", OK},
	{"badinv01.dat", "3.1.2.1", ErrVia},
	{"clerr.dat", "3.1.2.2", ErrBodyShort},
	{"ncl.dat", "3.1.2.3", ErrContentLength},
	{"scalar02.dat", "3.1.2.4", ErrCSeqRange},
	{"scalarlg.dat", "3.1.2.5", ErrCSeqRange},
	{"quotbal.dat", "3.1.2.6", ErrTo},
	{"ltgtruri.dat", "3.1.2.7", ErrURI},
	{"lwsruri.dat", "3.1.2.8", ErrRequestLine},
	{"lwsstart.dat", "3.1.2.9", ErrRequestLine},
	{"trws.dat", "3.1.2.10", ErrRequestLine},
	{"escruri.dat", "3.1.2.11", ErrURIHeaders},
	{"baddate.dat", "3.1.2.12", OK},
	{"regbadct.dat", "3.1.2.13", OK},
	{"badaspec.dat", "3.1.2.14", ErrTo},
	{"baddn.dat", "3.1.2.15", ErrNoHeaderEnd},
	{"baddn-crlf.alt", "3.1.2.15", ErrFrom},
	{"badvers.dat", "3.1.2.16", ErrVersion},
	{"mismatch01.dat", "3.1.2.17", ErrCSeqMethod},
	{"mismatch02.dat", "3.1.2.18", ErrCSeqMethod},
	{"bigcode.dat", "3.1.2.19", ErrStatusCode},
	{"badbranch.dat", "3.2.1", OK},
	{"insuf.dat", "3.3.1", ErrNoFrom},
	{"unkscm.dat", "3.3.2", OK},
	{"novelsc.dat", "3.3.3", OK},
	{"unksm2.dat", "3.3.4", OK},
	{"bext01.dat", "3.3.5", OK},
	{"invut.dat", "3.3.6", OK},
	{"regaut01.dat", "3.3.7", OK},
	{"multi01.dat", "3.3.8", ErrDuplicate},
	{"mcl01.dat", "3.3.9", ErrDuplicate},
	{"bcast.dat", "3.3.10", OK},
	{"zeromf.dat", "3.3.11", OK},
	{"cparam01.dat", "3.3.12", OK},
	{"cparam02.dat", "3.3.13", OK},
	{"regescrt.dat", "3.3.14", OK},
	{"sdp01.dat", "3.3.15", OK},
	{"inv2543.dat", "3.4.1", OK},
}

var rfc5118 = []torture{
	{"ipv6-good.dat", "4.1", OK},
	{"ipv6-bad.dat", "4.2", ErrURI},
	{"port-ambiguous.dat", "4.3", OK},
	{"port-unambiguous.dat", "4.4", OK},
	{"via-received-param-with-delim.dat", "4.5", OK},
	{"via-received-param-no-delim.dat", "4.5", OK},
	{"ipv6-in-sdp.dat", "4.6", OK},
	{"mult-ip-in-header.dat", "4.7", OK},
	{"mult-ip-in-sdp.dat", "4.8", OK},
	{"ipv4-mapped-ipv6.dat", "4.9", OK},
	{"ipv6-bug-abnf-3-colons.dat", "4.10", OK},
	{"ipv6-correct-abnf-2-colons.dat", "4.10", OK},
}

func TestRFC4475(t *testing.T) { testTorture(t, "testdata/rfc4475", rfc4475) }
func TestRFC5118(t *testing.T) { testTorture(t, "testdata/rfc5118", rfc5118) }

func testTorture(t *testing.T, dir string, table []torture) {
	seen := map[string]bool{"INDEX.tsv": true}
	for _, c := range table {
		seen[c.file] = true
		var m Msg
		m.Parse(readFile(t, dir, c.file))
		if got := m.Check(); got != c.want {
			t.Errorf("§%s %s: %v, want %v", c.section, c.file, got, c.want)
		}
		if c.want != OK && m.Status() > 0 && m.Replyable() {
			t.Errorf("§%s %s: a reply to a response", c.section, c.file)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("%s is not in the table", f.Name())
		}
	}
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parseFile(t *testing.T, path string) *Msg {
	t.Helper()
	m := new(Msg)
	m.Parse(readFile(t, "testdata", path))
	if e := m.Check(); e != OK {
		t.Fatalf("%s: %v", path, e)
	}
	return m
}

// "The use of line folding, white space between all elements, mixed and short
// header names, leading zeros"; RFC 4475 §3.1.1.1.
func TestWsinv(t *testing.T) {
	m := parseFile(t, "rfc4475/wsinv.dat")
	wantText(t, "CSeq method", m.CSeqMethodName(), "INVITE")
	if m.CSeq() != 9 {
		t.Errorf("CSeq %d, want 9", m.CSeq())
	}
	if n, _, e := m.MaxForwards(); n != 68 || e != OK {
		t.Errorf("Max-Forwards %d, %v, want 68", n, e)
	}
	wantText(t, "From tag", m.FromTag(), "98asjd8")
	wantText(t, "To tag", m.ToTag(), "1918181833n")
	wantText(t, "display name", m.From().Display.Of(m.Buf()), `"J Rosenberg \\\""`)
	var v Via
	for i, host := range []string{"192.0.2.2", "spindle.example.com", "192.168.255.111"} {
		if !m.Via(i, &v) {
			t.Fatalf("no Via %d", i)
		}
		wantText(t, "Via host", v.Host.Of(m.Buf()), host)
	}
	wantText(t, "branch of the last Via", v.Branch.Of(m.Buf()), "z9hG4bK30239")
	if m.Via(3, &v) {
		t.Error("there are more than three Vias")
	}
	wantAddrs(t, m, HdrRoute, "sip:services.example.com;lr;unknownwith=value;unknown-no-value")
	wantText(t, "unknown header", m.Header(m.FindName([]byte("newfangledheader"), 0)).Value.Of(m.Buf()),
		"newfangled value\r\n continued newfangled value")
}

// "The message ... contains a request with a Content-Length of 0 followed by
// another": only the first is the datagram's message; RFC 4475 §3.1.1.8.
func TestDblreq(t *testing.T) {
	m := parseFile(t, "rfc4475/dblreq.dat")
	if m.Method() != Register || len(m.Body()) != 0 {
		t.Errorf("%v with a body of %d bytes", m.Method(), len(m.Body()))
	}
	out := m.AppendEdited(nil, nil, nil)
	if string(out) != string(m.Wire()) || len(out) >= len(m.Buf()) {
		t.Errorf("%d of %d bytes are written", len(out), len(m.Buf()))
	}
}

// The semicolon is of the user part; RFC 4475 §3.1.1.9.
func TestSemiuri(t *testing.T) {
	m := parseFile(t, "rfc4475/semiuri.dat")
	wantText(t, "user", m.URI().User.Of(m.Buf()), "user;par=u%40example.net")
}

// Every token character makes a method; RFC 4475 §3.1.1.2.
func TestIntmeth(t *testing.T) {
	m := parseFile(t, "rfc4475/intmeth.dat")
	if m.Method() != MethodOther || m.CSeqMethod() != MethodOther {
		t.Errorf("methods %v, %v", m.Method(), m.CSeqMethod())
	}
	wantText(t, "method", m.MethodName(), "!interesting-Method0123456789_*+`.%indeed'~")
}

// The body is forwarded byte for byte; RFC 4475 §3.1.1.11.
func TestMpart01(t *testing.T) {
	m := parseFile(t, "rfc4475/mpart01.dat")
	if n, ok := m.ContentLength(); !ok || n != len(m.Body()) || n != 553 {
		t.Errorf("Content-Length %d, body of %d", n, len(m.Body()))
	}
}

// The reason phrase is UTF-8, or empty; RFC 4475 §3.1.1.12, §3.1.1.13.
func TestReasonPhrases(t *testing.T) {
	m := parseFile(t, "rfc4475/unreason.dat")
	wantText(t, "reason", m.Reason(), "= 2**3 * 5**2 но сто девяносто девять - простое")
	m = parseFile(t, "rfc4475/noreason.dat")
	wantText(t, "reason", m.Reason(), "")
	if m.Status() != 100 {
		t.Errorf("status %d", m.Status())
	}
}

// Well-formed, to be answered 416 by who routes; RFC 4475 §3.3.2, §3.3.3.
func TestUnknownSchemes(t *testing.T) {
	m := parseFile(t, "rfc4475/unkscm.dat")
	if m.URI().Scheme != SchemeOther {
		t.Errorf("scheme %d", m.URI().Scheme)
	}
	wantText(t, "scheme", m.URI().SchemeSpan.Of(m.Buf()), "nobodyKnowsThisScheme")
	m = parseFile(t, "rfc4475/novelsc.dat")
	wantText(t, "opaque part", m.URI().Opaque.Of(m.Buf()), "//192.0.2.103:3002")
}

// An RFC 2543 request has no branch, no tags, no Max-Forwards; RFC 4475 §3.4.1.
func TestInv2543(t *testing.T) {
	m := parseFile(t, "rfc4475/inv2543.dat")
	_, present, e := m.MaxForwards()
	if !m.TopVia().Branch.IsZero() || m.FromTag() != nil || m.ToTag() != nil || present || e != OK {
		t.Error("something is there that is not")
	}
	if !m.MaxForwardsSpan().IsZero() {
		t.Error("Max-Forwards has a place")
	}
}

// The port is what follows the brackets; RFC 5118 §4.3, §4.4.
func TestIPv6Ports(t *testing.T) {
	m := parseFile(t, "rfc5118/port-ambiguous.dat")
	wantText(t, "host", m.URI().Host.Of(m.Buf()), "[2001:db8::10:5070]")
	if m.URI().Port != 0 {
		t.Errorf("port %d, want none", m.URI().Port)
	}
	m = parseFile(t, "rfc5118/port-unambiguous.dat")
	if m.URI().Port != 5070 {
		t.Errorf("port %d, want 5070", m.URI().Port)
	}
}

// received with and without brackets; RFC 5118 §4.5.
func TestIPv6Received(t *testing.T) {
	for file, want := range map[string]string{
		"rfc5118/via-received-param-with-delim.dat": "[2001:db8::9:255]",
		"rfc5118/via-received-param-no-delim.dat":   "2001:db8::9:255",
	} {
		m := parseFile(t, file)
		wantText(t, "received", m.TopVia().Received.Of(m.Buf()), want)
	}
}
