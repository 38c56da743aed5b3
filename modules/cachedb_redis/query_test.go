package cachedb_redis

import (
	"bytes"
	"strings"
	"testing"
)

func splitAll(text string) string {
	var all []string
	if !split([]byte(text), func(a []byte) { all = append(all, "<"+string(a)+">") }) {
		return "refused"
	}
	return strings.Join(all, "")
}

// "Words separated by white space. A word that begins with ' or " goes to the next such
// quote, and may have anything in between."
func TestSplit(t *testing.T) {
	for text, want := range map[string]string{
		"HSET h k v":           "<HSET><h><k><v>",
		"  GET \t\r\n key \n":  "<GET><key>",
		`SET k "a b"`:          "<SET><k><a b>",
		`SET k 'it is "so"'`:   `<SET><k><it is "so">`,
		`SET k ''`:             "<SET><k><>",
		`SET k it's`:           "<SET><k><it's>",
		`SET k 'it'"'"'s'`:     "<SET><k><it's>",
		`SET k 'a b'""'c' "d"`: "<SET><k><a bc><d>",
		`SET k C:\n`:           `<SET><k><C:\n>`,
		"PING":                 "<PING>",
		"SET k 'a\nb'":         "<SET><k><a\nb>",
		`SET k 'a`:             "refused",
		`SET k 'a'b`:           "refused",
		`SET k 'a'"`:           "refused",
		"":                     "refused",
		" \t ":                 "refused",
	} {
		if got := splitAll(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Whatever {redis.quote} is given is one argument, and the same. Nothing that it is given
// can make another argument of it.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "a", "a b", "it's", `"`, `'"'"'`, "x' 'y", "\r\n*1\r\n", "\x00", `\`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		text := append(appendQuoted([]byte("SET k "), value), " EX 5"...)
		var args [][]byte
		if !split(text, func(a []byte) { args = append(args, bytes.Clone(a)) }) || len(args) != 5 || !bytes.Equal(args[2], value) {
			t.Errorf("%q became %q", value, args)
		}
	})
}

// Any text is arguments or none, and reading it ends.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"GET a", `SET 'a' "b`, "'a''b'", " ' "} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n := 0
		split(text, func(a []byte) { n += 1 + len(a) })
		if n > 2*len(text)+1 {
			t.Errorf("%q has grown to %d", text, n)
		}
	})
}
