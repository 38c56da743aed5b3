package sipmsgops

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
			if got := glob([]byte(pattern), []byte(name)); got != want {
				t.Errorf("%s and %s: %v", pattern, name, got)
			}
		}
	}
}

// A peer's header names cost no more than length times length.
func TestGlobIsBounded(t *testing.T) {
	pattern, name := []byte(strings.Repeat("*a", 200)+"b"), []byte(strings.Repeat("a", 10000))
	if glob(pattern, name) {
		t.Error("matches")
	}
}
