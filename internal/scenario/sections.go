package scenario

import (
	"bytes"
	"strings"

	"golang.org/x/tools/txtar"
)

// A Section is one test of a file: "test NAME" and the steps below it, after those that
// stand before the first test and belong to all. A file without "test" is one Section.
type Section struct {
	Name string
	Ar   *txtar.Archive // the lines of other tests are empty
}

// Sections parts a file.
func Sections(ar *txtar.Archive) []Section {
	lines := bytes.SplitAfter(ar.Comment, []byte{'\n'})
	type span struct {
		name     string
		from, to int
	}
	var tests []span
	for i, line := range lines {
		name, is := strings.CutPrefix(strings.TrimSpace(string(line)), "test ")
		if !is {
			continue
		}
		if n := len(tests); n > 0 {
			tests[n-1].to = i
		}
		tests = append(tests, span{strings.TrimSpace(name), i, len(lines)})
	}
	if len(tests) == 0 {
		return []Section{{Ar: ar}}
	}
	var list []Section
	for _, t := range tests {
		var b bytes.Buffer
		for i, line := range lines {
			if i < tests[0].from || i > t.from && i < t.to {
				b.Write(line)
			} else if bytes.HasSuffix(line, []byte{'\n'}) {
				b.WriteByte('\n')
			}
		}
		list = append(list, Section{t.name, &txtar.Archive{Comment: b.Bytes(), Files: ar.Files}})
	}
	return list
}
