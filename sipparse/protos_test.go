package sipparse

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A protosGroup is one row of protos-groups.tsv: cases that break the same element,
// numbered from first to last.
type protosGroup struct {
	name               string
	cases, first, last int
}

func readProtosGroups(t *testing.T, dir string) (groups []protosGroup) {
	t.Helper()
	for _, row := range readTSV(t, dir, "protos-groups.tsv") {
		g := protosGroup{name: row["group"]}
		for column, n := range map[string]*int{"cases": &g.cases, "first": &g.first, "last": &g.last} {
			var err error
			if *n, err = strconv.Atoi(row[column]); err != nil {
				t.Fatal(err)
			}
		}
		groups = append(groups, g)
	}
	return groups
}

// protosGroupOf returns the group of a case: the narrowest that has its number, but
// for two that stand alone in the range of others.
func protosGroupOf(groups []protosGroup, n int) string {
	switch n {
	case 1211:
		return "header/Contact/ 2"
	case 4301:
		return "length"
	}
	best := groups[0]
	for _, g := range groups {
		if g.first <= n && n <= g.last && g.last-g.first < best.last-best.first {
			best = g
		}
	}
	return best.name
}

// protosInvite returns the first message of a case file, "length SP message" each,
// with the blanks filled in as the tool's sender does.
func protosInvite(t *testing.T, file []byte) []byte {
	t.Helper()
	length, rest, _ := bytes.Cut(file, []byte(" "))
	n, err := strconv.Atoi(string(length))
	if err != nil || n > len(rest) {
		t.Fatal(n, err)
	}
	text := strings.NewReplacer("<From-Address>", "192.0.2.1", "<From-IP>", "192.0.2.1", "<Local-Port>", "5060", "<To>", "bob@192.0.2.2",
		"<From>", "alice@192.0.2.1", "<Branch-ID>", "77", "<Call-ID>", "cid", "<CSeq>", "1").Replace(string(rest[:n]))
	_, body, _ := strings.Cut(text, "\r\n\r\n")
	return []byte(strings.Replace(text, "<Content-Length>", strconv.Itoa(len(body)), 1))
}

// What becomes of each group, and why that is right. A proxy refuses what is broken
// in an element that it acts upon; all else it forwards as it came, within the limits
// on a line and on a message.
var protosWant = map[string]struct {
	want map[Error]int
	why  string
}{
	"length":                       {map[Error]int{OK: 6}, "long, but well-formed"},
	"request-line/uri":             {map[Error]int{OK: 26, ErrTooLarge: 7, ErrURI: 23, ErrLineTooLong: 5}, "long users, hosts and schemes are valid (an unknown scheme: 416); no scheme, several @ or : are not"},
	"header/Via/ 5":                {map[Error]int{OK: 21, ErrControl: 34, ErrVia: 44, ErrLineTooLong: 7}, "hosts of letters, digits, - and . are valid; format strings, 8-bit and control characters are not"},
	"header/Via/:8":                {map[Error]int{OK: 17, ErrTooLarge: 1, ErrVia: 40, ErrLineTooLong: 3}, "ports up to 65535 are valid; larger, negative ones and format strings are not"},
	"header/Via//3":                {map[Error]int{OK: 36, ErrTooLarge: 4, ErrVia: 9, ErrLineTooLong: 4}, "protocol-version = token; RFC 3261 §25.1. What is no token is refused"},
	"header/From/ 2":               {map[Error]int{OK: 146, ErrTooLarge: 2, ErrControl: 38, ErrLineTooLong: 7}, "a display name is forwarded as it came, but for control characters"},
	"header/From/;9":               {map[Error]int{OK: 16, ErrTooLarge: 1, ErrFrom: 9, ErrLineTooLong: 3}, "any token is a parameter; there is just no tag, as in RFC 2543"},
	"header/From-or-before":        {map[Error]int{ErrHeaderName: 1}, "a header line without a name"},
	"header/From/:5":               {map[Error]int{OK: 30, ErrTooLarge: 5, ErrLineTooLong: 3}, "broken URIs: a proxy forwards From, and does not look into its URI"},
	"header/Contact/ 2":            {map[Error]int{OK: 147, ErrTooLarge: 2, ErrControl: 38, ErrLineTooLong: 7}, "a proxy forwards Contact, but for control characters"},
	"header/Contact/<4":            {map[Error]int{OK: 30, ErrTooLarge: 3, ErrLineTooLong: 5}, "a proxy forwards Contact; a registrar finds it broken"},
	"header/Contact/>8":            {map[Error]int{OK: 11, ErrTooLarge: 1, ErrLineTooLong: 3}, "a proxy forwards Contact; a registrar finds it broken"},
	"header/To/ 3":                 {map[Error]int{ErrTo: 1}, "< without >"},
	"header/To/>7":                 {map[Error]int{ErrTo: 1}, "> without <"},
	"header/Call-ID/ 2":            {map[Error]int{OK: 144, ErrTooLarge: 2, ErrControl: 38, ErrCallID: 2, ErrLineTooLong: 7}, "any visible characters identify a call; white space and control characters do not"},
	"header/Call-ID/@5":            {map[Error]int{OK: 74, ErrTooLarge: 1, ErrControl: 34, ErrCallID: 2, ErrLineTooLong: 10}, "as above"},
	"header/Max-Forwards/ 2":       {map[Error]int{OK: 9, ErrMaxForwards: 37}, "0 to 255; RFC 3261 §20.22"},
	"header/CSeq/ 5":               {map[Error]int{ErrTooLarge: 2, ErrControl: 38, ErrCSeq: 103, ErrCSeqMethod: 43, ErrLineTooLong: 7}, "none is the method of the request"},
	"header/Content-Type//3":       {map[Error]int{OK: 28, ErrTooLarge: 1, ErrLineTooLong: 3}, "a proxy forwards Content-Type"},
	"header//0":                    {map[Error]int{ErrHeaderName: 10}, "lines without a colon, or a name that is no token"},
	"body/v=0/0":                   {map[Error]int{OK: 192, ErrTooLarge: 2}, "a proxy forwards the body"},
	"body/o=N N N IN IP4 <From/=1": {map[Error]int{OK: 237, ErrTooLarge: 2}, "a proxy forwards the body"},
	"body/o=N N N IN IP4 <From/ 6": {map[Error]int{OK: 106}, "a proxy forwards the body"},
	"body/c=IN IP4 <From-IP>/=1":   {map[Error]int{OK: 186, ErrTooLarge: 2}, "a proxy forwards the body"},
	"body/t=0 0/=1":                {map[Error]int{OK: 46}, "a proxy forwards the body"},
	"body/m=audio 9876 RTP/AVP/ 2": {map[Error]int{OK: 46}, "a proxy forwards the body"},
	"body/m=audio 9876 RTP/AVP/ 5": {map[Error]int{OK: 45}, "a proxy forwards the body"},
	"body/a=rtpmap/:2":             {map[Error]int{OK: 59, ErrTooLarge: 1}, "a proxy forwards the body"},
}

// PROTOS breaks one element of an INVITE at a time.
func TestProtos(t *testing.T) {
	dir := openCorpus(t)
	groups := readProtosGroups(t, dir)
	files := readTar(t, filepath.Join(dir, "protos-open.tar.gz"))
	count := tally{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		n, err := strconv.Atoi(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			count.add(protosGroupOf(groups, n), checkMessage(t, protosInvite(t, files[name])))
		})
	}
	for _, g := range groups {
		total := 0
		for _, n := range count[g.name] {
			total += n
		}
		if want := protosWant[g.name].want; total != g.cases || !maps.Equal(count[g.name], want) {
			t.Errorf("%s: %d of %d cases: %v, want %v", g.name, total, g.cases, count[g.name], want)
		}
	}
	t.Log(count)
}
