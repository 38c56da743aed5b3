package sipparse

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// A torture message is one file of RFC 4475 or RFC 5118, what Parse and Check make
// of it, the strict outcome in every case, and a show of what the RFC wants a proxy
// to find in it. What the RFC leaves to the application (an unknown scheme,
// Max-Forwards 0) is OK here.
type torture struct {
	file    string
	section string
	want    Error
	show    func(t *testing.T, m *Msg)
}

var rfc4475 = []torture{
	{"wsinv.dat", "3.1.1.1", OK, showWsinv},
	{"intmeth.dat", "3.1.1.2", OK, showIntmeth},
	{"esc01.dat", "3.1.1.3", OK, showEsc01},
	{"escnull.dat", "3.1.1.4", OK, showEscnull},
	{"esc02.dat", "3.1.1.5", OK, showEsc02},
	{"lwsdisp.dat", "3.1.1.6", OK, showLwsdisp},
	{"longreq.dat", "3.1.1.7", OK, showLongreq},
	{"dblreq.dat", "3.1.1.8", OK, showDblreq},
	{"semiuri.dat", "3.1.1.9", OK, showSemiuri},
	{"transports.dat", "3.1.1.10", OK, showTransports},
	{"mpart01.dat", "3.1.1.11", OK, showMpart01},
	{"unreason.dat", "3.1.1.12", OK, showUnreason},
	{"noreason.dat", "3.1.1.13", OK, showNoreason},
	{"badinv01.dat", "3.1.2.1", ErrVia, wantReply(400)},
	{"clerr.dat", "3.1.2.2", ErrBodyShort, showClerr},
	{"ncl.dat", "3.1.2.3", ErrContentLength, wantClosed(ErrContentLength)},
	{"scalar02.dat", "3.1.2.4", ErrCSeqRange, showScalar02},
	{"scalarlg.dat", "3.1.2.5", ErrCSeqRange, wantDropped},
	{"quotbal.dat", "3.1.2.6", ErrTo, showQuotbal},
	{"ltgtruri.dat", "3.1.2.7", ErrURI, wantReply(400)},
	{"lwsruri.dat", "3.1.2.8", ErrRequestLine, wantReply(400)},
	{"lwsstart.dat", "3.1.2.9", ErrRequestLine, wantReply(400)},
	{"trws.dat", "3.1.2.10", ErrRequestLine, wantReply(400)},
	{"escruri.dat", "3.1.2.11", ErrURIHeaders, wantReply(400)},
	{"baddate.dat", "3.1.2.12", OK, showBaddate},
	{"regbadct.dat", "3.1.2.13", OK, showRegbadct},
	{"badaspec.dat", "3.1.2.14", ErrTo, wantReply(400)},
	{"baddn.dat", "3.1.2.15", ErrNoHeaderEnd, wantReply(400)},
	{"baddn-crlf.alt", "3.1.2.15", ErrFrom, wantReply(400)},
	{"badvers.dat", "3.1.2.16", ErrVersion, wantReply(505)},
	{"mismatch01.dat", "3.1.2.17", ErrCSeqMethod, wantReply(400)},
	{"mismatch02.dat", "3.1.2.18", ErrCSeqMethod, wantReply(400)},
	{"bigcode.dat", "3.1.2.19", ErrStatusCode, showBigcode},
	{"badbranch.dat", "3.2.1", OK, showBadbranch},
	{"insuf.dat", "3.3.1", ErrNoFrom, showInsuf},
	{"unkscm.dat", "3.3.2", OK, showUnkscm},
	{"novelsc.dat", "3.3.3", OK, showNovelsc},
	{"unksm2.dat", "3.3.4", OK, showUnksm2},
	{"bext01.dat", "3.3.5", OK, showBext01},
	{"invut.dat", "3.3.6", OK, showInvut},
	{"regaut01.dat", "3.3.7", OK, showRegaut01},
	{"multi01.dat", "3.3.8", ErrDuplicate, showMulti01},
	{"mcl01.dat", "3.3.9", ErrDuplicate, wantClosed(ErrDuplicate)},
	{"bcast.dat", "3.3.10", OK, showBcast},
	{"zeromf.dat", "3.3.11", OK, showZeromf},
	{"cparam01.dat", "3.3.12", OK, showCparam(true, false)},
	{"cparam02.dat", "3.3.13", OK, showCparam(false, true)},
	{"regescrt.dat", "3.3.14", OK, showRegescrt},
	{"sdp01.dat", "3.3.15", OK, showSdp01},
	{"inv2543.dat", "3.4.1", OK, showInv2543},
}

var rfc5118 = []torture{
	{"ipv6-good.dat", "4.1", OK, showIPv6Good},
	{"ipv6-bad.dat", "4.2", ErrURI, wantReply(400)},
	{"port-ambiguous.dat", "4.3", OK, showPort("[2001:db8::10:5070]", "2001:db8::10:5070", 0)},
	{"port-unambiguous.dat", "4.4", OK, showPort("[2001:db8::10]", "2001:db8::10", 5070)},
	{"via-received-param-with-delim.dat", "4.5", OK, showReceived("[2001:db8::9:255]")},
	{"via-received-param-no-delim.dat", "4.5", OK, showReceived("2001:db8::9:255")},
	{"ipv6-in-sdp.dat", "4.6", OK, wantForwarded},
	{"mult-ip-in-header.dat", "4.7", OK, showMultIPInHeader},
	{"mult-ip-in-sdp.dat", "4.8", OK, wantForwarded},
	{"ipv4-mapped-ipv6.dat", "4.9", OK, showIPv4Mapped},
	{"ipv6-bug-abnf-3-colons.dat", "4.10", OK, showPort("[2001:db8:::192.0.2.1]", "2001:db8::c000:201", 0)},
	{"ipv6-correct-abnf-2-colons.dat", "4.10", OK, showPort("[2001:db8::192.0.2.1]", "2001:db8::c000:201", 0)},
}

// Files that the RFC calls invalid and a proxy forwards: it does not use what is
// wrong in them.
var forwardedThough = map[string]string{
	"baddate.dat":                "Date is for the user agents; RFC 4475 §3.1.2.12",
	"regbadct.dat":               "Contact is for the registrar; RFC 4475 §3.1.2.13",
	"ipv6-bug-abnf-3-colons.dat": "three colons are a slip of RFC 3261's grammar, to be read as two; RFC 5118 §4.10",
}

func TestRFC4475(t *testing.T) { testTorture(t, "testdata/rfc4475", rfc4475) }
func TestRFC5118(t *testing.T) { testTorture(t, "testdata/rfc5118", rfc5118) }

func testTorture(t *testing.T, dir string, table []torture) {
	listed := map[string]bool{"INDEX.tsv": true}
	for _, c := range table {
		if listed[c.file] {
			t.Errorf("%s is twice in the table", c.file)
		}
		listed[c.file] = true
		t.Run(c.file, func(t *testing.T) {
			b := readFile(t, dir, c.file)
			if got := checkMessage(t, b); got != c.want {
				t.Errorf("§%s: %s, want %s", c.section, errName(got), errName(c.want))
			}
			var m Msg
			m.Parse(b)
			c.show(t, &m)
		})
	}
	wantListed(t, dir, listed)
	wantClasses(t, dir, table)
}

// wantListed checks that the table has all files.
func wantListed(t *testing.T, dir string, listed map[string]bool) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, f := range files {
		there[f.Name()] = true
	}
	if !maps.Equal(there, listed) {
		t.Errorf("the files are %v, the table has %v", there, listed)
	}
}

// wantClasses compares the table with the classes of INDEX.tsv.
func wantClasses(t *testing.T, dir string, table []torture) {
	t.Helper()
	class := map[string]map[string]string{}
	for _, row := range readTSV(t, dir, "INDEX.tsv") {
		class[row["file"]] = row
	}
	for _, c := range table {
		row := class[c.file]
		if row == nil && c.file == "baddn-crlf.alt" { // baddn.dat with the empty line it lacks
			continue
		}
		if row == nil || row["section"] != c.section {
			t.Errorf("%s: §%s, the index says %v", c.file, c.section, row)
			continue
		}
		_, though := forwardedThough[c.file]
		switch row["class"] {
		case "valid", "valid-but", "tx", "compat":
			if c.want != OK {
				t.Errorf("%s is valid, and refused", c.file)
			}
		case "invalid", "invalid-lenient":
			if (c.want == OK) != though {
				t.Errorf("%s is invalid: %s, forwarded though: %v", c.file, errName(c.want), though)
			}
		case "app":
		default:
			t.Errorf("%s: class %q", c.file, row["class"])
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
