package script

import (
	"fmt"
	"testing"

	"github.com/fastsips/fastsips/script/syntax"
)

func substRegistry(got *[]string) *Registry {
	r := NewRegistry()
	r.AddFuncs(
		Func2("subst", "", All, SubstParam("subst", ""), Str("text", ""), func(c *Ctx, s *Subst, text []byte) Ret {
			loc := s.Re.FindSubmatchIndex(text)
			if loc == nil {
				*got = append(*got, "-")
				return -1
			}
			out, ok := s.Append(c, nil, text, loc, []byte("sip:uri"))
			*got = append(*got, fmt.Sprintf("%s %v %v", out, ok, s.All))
			return 1
		}),
		Func2("lines", "", All, LineRegex("re", ""), Str("text", ""), func(c *Ctx, re *Regexp, text []byte) Ret {
			*got = append(*got, string(re.Find(text)))
			return 1
		}),
	)
	return r
}

// substOnce runs one call and returns what it noted, or the first error.
func substOnce(t *testing.T, call string) (got string) {
	var list []string
	r := substRegistry(&list)
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t", []byte("route { "+call+" }"), nil, d), r, d)
	if prog == nil {
		return first(d)
	}
	pool := new(Pool)
	run := pool.Get(prog, quiet{}, nil)
	defer pool.Put(run)
	run.Start(0, syntax.RequestRoute)
	if len(list) == 0 {
		return "not called"
	}
	return list[len(list)-1]
}

// "/re/repl/flags: sed like regular expression"; the separator is the first byte.
func TestSubst(t *testing.T) {
	for call, want := range map[string]string{
		`subst("/a(b)(c)?/<\0|\1|\2|\9>/", "xabx");`:                   "<ab|b||> true false",
		`subst("#a#/#g", "a");`:                                        "/ true true",
		`subst("/a\/b/c\/d/", "a/b");`:                                 "c/d true false",
		`subst("/a/\u \\\\ \q \t/", "a");`:                             "sip:uri \\ q \t true false",
		`subst("/A/x/", "a");`:                                         "-",
		`subst("/A/x/i", "a");`:                                        "x true false",
		`subst("/^b.*$/x/", "a\nb c\nd");`:                             "x true false",
		`subst("/^b/x/s", "a\nb");`:                                    "-",
		`subst("/a.b/x/s", "a\nb");`:                                   "x true false",
		`subst("/a.b/x/", "a\nb");`:                                    "-",
		`$var(x) = "v"; subst("/a$/[$var(x)$var(none)$$]/", "a");`:     "[v$] true false",
		`$var(s) = "/a/$$var(x)/"; subst($var(s), "a");`:               "$var(x) true false",
		`$var(s) = "/a/b"; subst($var(s), "a");`:                       "not called",
		`$var(s) = "/(/b/"; subst($var(s), "a");`:                      "not called",
		`subst("a", "a");`:                                             "1:15 subst: subst must be /expression/replacement/flags: the second a is missing",
		`subst("", "a");`:                                              "1:15 subst: subst must be /expression/replacement/flags: it must begin with a separator such as /",
		`subst("/a/b", "a");`:                                          "1:15 subst: subst must be /expression/replacement/flags: the third / is missing",
		`subst("/a/b/x", "a");`:                                        "1:15 subst: subst must be /expression/replacement/flags: unknown flag x (there are i, g and s)",
		`subst("/$var(x)/b/", "a");`:                                   "1:15 subst: subst must be /expression/replacement/flags: $var: a variable can only be in the replacement (put the whole substitution into a variable)",
		`subst("/a/$nothing/", "a");`:                                  "1:19 unknown variable $nothing",
		`subst("/(/b/", "a");`:                                         "1:15 subst: subst must be /expression/replacement/flags: error parsing regexp: missing closing ): `(`",
		`subst("/(?=a)/b/", "a");`:                                     "1:15 subst: subst must be /expression/replacement/flags: error parsing regexp: invalid or unsupported Perl syntax: `(?=` (look-ahead, look-behind and the like are PCRE's: the time to match would not be bounded)",
		`subst("/(a)\1/b/", "a");`:                                     "1:15 subst: subst must be /expression/replacement/flags: error parsing regexp: invalid escape sequence: `\\1` (there are no back-references within an expression: the time to match would not be bounded)",
		`subst("/a/$(var(x){s.repeat,9})/", "a");`:                     "1:28 unknown transformation {s.repeat}",
		`$var(x) = "0123456789abcdef"; subst("/.*/\0\0/", "$var(x)");`: "0123456789abcdef0123456789abcdef true false",
		`lines("^B.*$", "a\nb c\nd");`:                                 "b c",
		`lines("[^x]+", "a\nb");`:                                      "a",
		`lines("a|ab", "ab");`:                                         "ab", // POSIX: the longest
		`$var(re) = "^b[[:alpha:]]"; lines($var(re), "a\nbc\nd");`:     "bc",
		`$var(re) = "("; lines($var(re), "a");`:                        "not called",
		`lines("(", "a");`:                                             "1:15 lines: re must be a regular expression: error parsing regexp: missing closing ): `(`",
	} {
		if got := substOnce(t, call); got != want {
			t.Errorf("%s\n got %s\nwant %s", call, got, want)
		}
	}
}

// What a peer can put into a replacement is bounded, and so are the patterns kept.
func TestSubstIsBounded(t *testing.T) {
	call := `$var(x) = "0123456789abcdef"; $var(i) = 0; while ($var(i) < 9) { $var(x) = $var(x) + $var(x); $var(i) += 1; } subst("/.*/\0/", "$var(x)");`
	if got := substOnce(t, call); got != " false false" {
		t.Errorf("8192 bytes: %.100s", got)
	}
	pool := new(Pool)
	for i := range 3 * patternsKept {
		pool.subst(fmt.Appendf(nil, "/%d/x/", i))
		pool.pattern(fmt.Appendf(nil, "%d", i), byLine)
	}
	if len(pool.substs) > patternsKept || len(pool.patterns) > patternsKept {
		t.Errorf("%d substitutions, %d patterns are kept", len(pool.substs), len(pool.patterns))
	}
	if pool.subst(make([]byte, patternLimit+1)) != nil || pool.pattern(make([]byte, patternLimit+1), 0) != nil {
		t.Error("a long one is read")
	}
}
