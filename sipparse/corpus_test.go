package sipparse

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// A sample is one message of a corpus: the row of its INDEX.tsv and its bytes.
type sample struct {
	group, file string
	row         map[string]string
	data        []byte
}

// readTSV reads a table whose first line names the columns.
func readTSV(t testing.TB, path ...string) (rows []map[string]string) {
	t.Helper()
	lines := strings.Split(strings.TrimRight(string(readFile(t, path...)), "\n"), "\n")
	names := strings.Split(lines[0], "\t")
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, v := range strings.Split(line, "\t") {
			row[names[i]] = v
		}
		rows = append(rows, row)
	}
	return rows
}

// readCorpus reads the messages that dir/INDEX.tsv lists; a group is a directory.
func readCorpus(t testing.TB, dir string) (samples []sample) {
	t.Helper()
	for _, row := range readTSV(t, dir, "INDEX.tsv") {
		group, _ := filepath.Split(row["file"])
		samples = append(samples, sample{strings.TrimSuffix(group, "/"), row["file"], row, readFile(t, dir, row["file"])})
	}
	return samples
}

// openCorpus returns the directory of the whole corpus, which is not ours to give
// away.
func openCorpus(t testing.TB) string {
	dir := os.Getenv("FASTSIPS_CORPUS")
	if dir == "" {
		t.Skip("FASTSIPS_CORPUS names no directory")
	}
	return dir
}

// A tally counts verdicts by group.
type tally map[string]map[Error]int

func (c tally) add(group string, e Error) {
	if c[group] == nil {
		c[group] = map[Error]int{}
	}
	c[group][e]++
}

// String writes the table: messages, accepted, and refused with which error.
func (c tally) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\ngroup\tmessages\taccepted\trefused")
	for _, group := range slices.Sorted(maps.Keys(c)) {
		total, why := 0, ""
		for _, e := range slices.Sorted(maps.Keys(c[group])) {
			total += c[group][e]
			if e != OK {
				why += fmt.Sprintf("%d %s  ", c[group][e], errName(e))
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", group, total, c[group][OK], why)
	}
	w.Flush()
	return b.String()
}

// checkMessage does to b all that must hold for any bytes, and returns the verdict.
func checkMessage(t *testing.T, b []byte) Error {
	t.Helper()
	verdict := parsePlaced(t, b)
	var m Msg
	if m.Parse(b) == OK {
		checkRebuilt(t, &m)
	}
	checkCut(t, b, &m)
	return verdict
}

// checkCut parses b cut at the ends of its lines and at twenty other places. What
// is cut off stays behind the cut, within reach. No message may be accepted whose
// header is cut, nor one whose body is, if the body's length is known.
func checkCut(t *testing.T, b []byte, whole *Msg) {
	t.Helper()
	h := fnv.New64a()
	h.Write(b)
	random := rand.New(rand.NewPCG(h.Sum64(), 0))
	cuts := []int{}
	for range min(20, len(b)) {
		cuts = append(cuts, random.IntN(len(b)))
	}
	for i, c := range b {
		if c == '\n' || c == '\r' {
			cuts = append(cuts, i, i+1)
		}
	}
	_, length := whole.ContentLength()
	for _, n := range cuts {
		if n == len(b) {
			continue
		}
		var m Msg
		e := m.Parse(b[:n])
		m.Check()
		wantInside(t, &m)
		if e == OK && (!hasHeaderEnd(b[:n]) || whole.Err() == OK && (n < int(whole.BodySpan().Off) || length && n < int(whole.BodySpan().End))) {
			t.Fatalf("cut at %d, it is accepted:\n%q", n, b[:n])
		}
	}
}

func hasHeaderEnd(b []byte) bool {
	return bytes.Contains(bytes.TrimLeft(b, crlf), []byte("\r\n\r\n"))
}

// The messages that come with the package are judged as their index says.
func TestCorpus(t *testing.T) {
	count := tally{}
	for _, s := range readCorpus(t, "testdata/corpus") {
		t.Run(s.file, func(t *testing.T) {
			e := checkMessage(t, s.data)
			count.add(s.group, e)
			if errName(e) != s.row["verdict"] {
				t.Errorf("%s, the index says %s", errName(e), s.row["verdict"])
			}
		})
	}
	t.Log(count)
}

// All files are in the index, and may be given away.
func TestCorpusIsOurs(t *testing.T) {
	listed := map[string]bool{"INDEX.tsv": true}
	for _, s := range readCorpus(t, "testdata/corpus") {
		listed[s.file] = true
		listed[filepath.Join(s.group, "LICENSE")] = true
		if !slices.Contains([]string{"BSD-2-Clause", "MIT", "Vovida 1.0", "public domain (NIST)"}, s.row["licence"]) || !strings.Contains(s.row["origin"], "@") {
			t.Errorf("%s: licence %q, origin %q", s.file, s.row["licence"], s.row["origin"])
		}
	}
	err := fs.WalkDir(os.DirFS("testdata/corpus"), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !listed[path] {
			t.Errorf("%s is not in INDEX.tsv", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mend repairs what took place when a message was put into a file: it gives a header
// with LF line ends its CRLFs, and one that ends early its empty line.
func mend(b []byte) []byte {
	b = bytes.TrimLeft(b, crlf)
	if i := bytes.IndexByte(b, '\n'); i > 0 && b[i-1] != '\r' {
		head, body, _ := bytes.Cut(b, []byte("\n\n"))
		head = bytes.ReplaceAll(bytes.ReplaceAll(head, []byte(crlf), []byte("\n")), []byte("\n"), []byte(crlf))
		b = slices.Concat(bytes.TrimRight(head, crlf), []byte("\r\n\r\n"), body)
	}
	if !hasHeaderEnd(b) {
		b = append(bytes.TrimRight(b, crlf), "\r\n\r\n"...)
	}
	return b
}

// What is in the open corpus is accepted, as it is or mended, unless
// testdata/refused.tsv says why not. Files that are no SIP messages are refused.
func TestOpenCorpus(t *testing.T) {
	dir := openCorpus(t)
	asIs, mended := tally{}, tally{}
	onPurpose := map[string]string{}
	for _, row := range readTSV(t, "testdata/refused.tsv") {
		onPurpose[row["file"]] = row["error"]
	}
	for _, s := range readCorpus(t, filepath.Join(dir, "open")) {
		t.Run(s.file, func(t *testing.T) {
			asIs.add(s.group, checkMessage(t, s.data))
			e := checkMessage(t, mend(s.data))
			mended.add(s.group, e)
			want, listed := onPurpose[s.file]
			delete(onPurpose, s.file)
			switch {
			case !isMessage(s):
				if e == OK || listed {
					t.Errorf("%s, and it is no message", errName(e))
				}
			case listed && errName(e) != want:
				t.Errorf("%s, refused.tsv says %s", errName(e), want)
			case !listed && e != OK:
				t.Errorf("%s, and refused.tsv has no reason", errName(e))
			}
		})
	}
	for file := range onPurpose {
		t.Errorf("refused.tsv lists %s, which is not there", file)
	}
	t.Log("as they are:", asIs)
	t.Log("with CRLF and an empty line where they are missing:", mended)
}

// isMessage reports whether s was meant to be SIP, not SDP, XML or a list of URIs.
func isMessage(s sample) bool {
	ext := filepath.Ext(s.file)
	return ext != ".sdp" && ext != ".xml" && ext != ".uri" && s.row["first line"] != "" && !strings.Contains(s.file, "simple_uris")
}

func readTar(t *testing.T, path string) map[string][]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err == nil {
			files[h.Name], err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
