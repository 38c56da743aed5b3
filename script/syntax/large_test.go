package syntax

import (
	"bytes"
	"strings"
	"testing"
)

// A large text of whatever sort is read in a time that grows with its length: what takes its
// square is not over before the test's time is up. The text need not be
// right; broken ones are the harder.
func TestLargeTexts(t *testing.T) {
	for _, piece := range []string{
		"\"", "'", "\"\n", "'\n", "\"a\n}", "\\\"", "$(", "$(a[", "$(a{", "$a(", "\"$(a{\" ", "\"$(a($(b\" ", "/*", "/* */ ", "#\n", "{", "}", "(", ")", "[", "]",
		"a=", "a=b\n", "if(", "!", "~", "route[", "route{", "route[a]{}\n", "f();", "f(1,", "case 1:", "switch($x){", "else ", "x=\"y\" \"z\"\n",
		"socket=udp:1.1.1.1:5060 tag ", "modparam(\"a\",\"b\",1)\n", "loadmodule \"a\"\n", "include_file ", "include_file \"a\"\n", "1.", "::", "1:2:3:", "0x",
		"$a=1;", "$a=$b+", "$a=(", "if($a){", "a&&", "\x00", "\xff", "async(f(),", "async_all{", "}(r", "auto_scaling_profile=a\n scale ",
	} {
		for _, open := range []string{"", "route {\n", "route { f(\""} {
			readLarge(open, piece, 1<<13)
		}
	}
	for _, piece := range []string{"1.", "::", "route{"} { // each was slow once
		readLarge("route {\n", piece, 1<<19)
	}
}

func readLarge(open, piece string, size int) {
	var d Diags
	Parse("large.cfg", []byte(open+strings.Repeat(piece, size/len(piece))), func(string) ([]byte, error) { return nil, errTooMany }, &d)
	if len(d.List) > 10 {
		d.List = d.List[:10]
	}
	d.Render(new(bytes.Buffer))
}
