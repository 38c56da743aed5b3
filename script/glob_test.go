package script

import (
	"strings"
	"testing"
)

// Patterns are those of a shell, in any case.
func TestGlob(t *testing.T) {
	for pattern, names := range map[string]string{
		"X-*":      "X-A x-a X- !A-X !X",
		"*":        "a abc",
		"*-?d":     "X-id a-b-cd !X-d !id",
		"x-[a-c]*": "X-b x-Ca !X-d !X-",
		"x-[!a-c]": "x-d x-- !x-a !x-B",
		"x-[]a]":   "x-] x-a !x-b",
		"x-[a":     "x-[a !x-a",
		`x\*`:      "x* !xy",
		"a*b*c":    "abc aXbXbc !abcd !acb",
		"**a":      "a ba !b",
		"x-[^a]y":  "x-by !x-ay",
		"[":        "[ !a",
	} {
		for _, name := range strings.Fields(names) {
			want := !strings.HasPrefix(name, "!")
			name = strings.TrimPrefix(name, "!")
			if got := Glob([]byte(pattern), []byte(name), true); got != want {
				t.Errorf("%s and %s: %v", pattern, name, got)
			}
		}
	}
}

// A peer's header names cost no more than length times length.
func TestGlobIsBounded(t *testing.T) {
	pattern, name := []byte(strings.Repeat("*a", 200)+"b"), []byte(strings.Repeat("a", 10000))
	if Glob(pattern, name, true) {
		t.Error("matches")
	}
}

// Without fold a letter is itself.
func TestGlobCase(t *testing.T) {
	for pattern, want := range map[string]bool{"Bob@*": true, "bob@*": false, "[A-Z]ob@?.org": true, "[a-z]ob@?.org": false} {
		if got := Glob([]byte(pattern), []byte("Bob@x.org"), false); got != want {
			t.Errorf("%s: %v", pattern, got)
		}
	}
}
