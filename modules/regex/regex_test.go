package regex

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script"
)

// "The group number appearing in the file is used for nothing but for delimiting different groups."
func TestParseGroups(t *testing.T) {
	m := &Module{maxGroups: 3, groupSize: 40}
	groups, err := m.parseGroups("# first\n[7]\n^a\n\n b\n^c$\r\n[0]\n#x\n[1]\n(\\d{3})")
	if err != nil || len(groups) != 3 {
		t.Fatal(len(groups), err)
	}
	for text, want := range map[string]string{"abc": "0", "c": "0", "cc": "", "b": "", "": "1", "x123": "2"} {
		got := ""
		for i, re := range groups {
			if re.MatchString(text) {
				got += string(rune('0' + i))
			}
		}
		if got != want {
			t.Errorf("%q is in %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"^a\n":                                   "1: a group must begin with a line such as [0]",
		"[0]\n(\n":                               "2: error parsing regexp: missing closing ): `(`",
		"[0]\na)(b\n":                            "2: error parsing regexp: unexpected ): `a)(b`",
		"[0]\n(?=a)\n":                           "2: error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
		"[0]\n[1]\n[2]\n[3]\n":                   "4: more than 3 groups (max_groups)",
		"[0]\n" + strings.Repeat("a", 38) + "\n": "2: the group is longer than 40 bytes (group_max_size)",
	} {
		if _, err := m.parseGroups(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// pcre_caseless, pcre_multiline, pcre_dotall and pcre_extended are Perl's i, m, s and x.
func TestOptions(t *testing.T) {
	for _, c := range []struct {
		o             options
		pattern, text string
		want          bool
	}{
		{options{}, "^B", "b", false},
		{options{caseless: true}, "^B", "b", true},
		{options{caseless: true}, "(?-i)^B", "b", false},
		{options{}, "^b$", "a\nb\nc", false},
		{options{multiline: true}, "^b$", "a\nb\nc", true},
		{options{}, "a.b", "a\nb", false},
		{options{dotall: true}, "a.b", "a\nb", true},
		{options{}, "a b # c", "ab", false},
		{options{extended: true}, "a b # c", "ab", true},
		{options{extended: true}, "a\\ b[ #]c # d\nd", "a b#cd", true},
		{options{}.with("imsx"), "A . B", "a\nb", true},
	} {
		re, err := compile(c.pattern, c.o)
		if err != nil || re.MatchString(c.text) != c.want {
			t.Errorf("%+v %q on %q: %v, want %v", c.o, c.pattern, c.text, !c.want, c.want)
		}
	}
}

// What peers make a loop keep is bounded.
func TestCompiledIsBounded(t *testing.T) {
	k := kept{patterns: map[string]*script.Regexp{}}
	m := new(Module)
	for i := range 3 * keptLimit {
		compiled(k.patterns, []byte(strings.Repeat("a", i)), m.compile)
	}
	if len(k.patterns) > keptLimit {
		t.Errorf("%d are kept", len(k.patterns))
	}
	if compiled(k.patterns, make([]byte, textLimit+1), m.compile) != nil {
		t.Error("a long one is compiled")
	}
}
