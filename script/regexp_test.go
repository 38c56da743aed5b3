package script

import (
	"strings"
	"testing"
)

// "What a peer can put into a pattern is bounded": ".{999}" again and again is a short
// text, but would look at each byte as often as it has dots.
func TestLargePatterns(t *testing.T) {
	p := new(Pool)
	for _, bad := range []string{strings.Repeat(".{999}", 100), "(a|b){1000}", "((a|bc){10}x){100}", "(.{30}){30}x{999}", strings.Repeat(`\w{200}`, 100)} {
		if p.regex([]byte(bad)) != nil || p.pattern([]byte(bad), foldCase|byLine) != nil || p.substitution([]byte("/"+bad+"/x/")) != nil {
			t.Errorf("%.40s is accepted", bad)
		}
		if _, err := compileRegexp(bad); err != nil {
			t.Errorf("%.40s of the script itself is refused: %v", bad, err)
		}
	}
	for _, good := range []string{strings.Repeat("a", patternLimit), "^(0|00|\\+)[1-9][0-9]{6,14}$", "(a|bc){20}x*"} {
		if p.regex([]byte(good)) == nil {
			t.Errorf("%.40s is refused", good)
		}
	}
}
