// Package format lays scripts out in one way, as gofmt does for Go: tabs, one statement
// a line, spaces round operators.
//
// It moves white space and nothing else. Comments and single blank lines stay, old
// spellings stay, includes stay and are not followed. Outside of routes lines keep
// their text but for white space at both ends. It refuses a file that does not parse,
// and returns nothing that does not have the same tokens as before.
package format

import (
	"errors"
	"fmt"

	"github.com/fastsips/fastsips/script/syntax"
)

// ErrSyntax says that a file was left alone since it does not parse; the messages are
// in the Diags.
var ErrSyntax = errors.New("the script does not parse")

// Script formats one file; name is what messages call it.
func Script(name string, text []byte, d *syntax.Diags) ([]byte, error) {
	cfg := syntax.Parse(name, text, noFiles, d)
	if d.Errors() > 0 {
		return nil, ErrSyntax
	}
	toks := syntax.Lex(name, text)
	p := &printer{text: text, toks: toks, marks: marksOf(cfg)}
	p.script()
	out := p.bytes()
	if at := differs(toks, syntax.Lex(name, out)); at != "" {
		return nil, fmt.Errorf("BUG: %s would be changed at %s", name, at)
	}
	return out, nil
}

// noFiles stands for the files that are included: what they hold is not looked at.
func noFiles(string) ([]byte, error) { return nil, nil }

// differs names the first token of a that b has not.
func differs(a, b []syntax.Token) string {
	for i := range a {
		if i >= len(b) || a[i].Kind != b[i].Kind || !sameText(&a[i], &b[i]) {
			return fmt.Sprintf("%d:%d, %s", a[i].Line, a[i].Col, a[i].Text)
		}
	}
	if len(b) > len(a) {
		return "the end"
	}
	return ""
}
