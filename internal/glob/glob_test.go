package glob_test

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/glob"
)

// fnmatch(3) without flags: * also covers /, a leading . is nothing special.
func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "a/b.c", true}, {"a*c", "abbbc", true}, {"a*c", "abbbd", false},
		{"?", "a", true}, {"?", "", false}, {"[a-c]x", "bx", true}, {"[!a-c]x", "bx", false}, {"[]]", "]", true}, {"[a", "[a", true},
		{`\*`, "*", true}, {`\*`, "a", false}, {"a*b*c", "a-b-b-c", true}, {"*ab", "aab", true}, {"[-a]", "-", true}, {`a\`, `a\`, true},
	} {
		if got := glob.Match(c.pattern, []byte(c.text)); got != c.want {
			t.Errorf("%q %q: %v", c.pattern, c.text, got)
		}
	}
	if glob.Match(strings.Repeat("*a", 500)+"b", []byte(strings.Repeat("a", 5000))) {
		t.Error("matches")
	}
}
