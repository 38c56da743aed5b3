package proxy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/sipparse"
)

// More URIs than a loop remembers, each asked for twice, in turn with what is none and
// with one that is too long to be kept: every answer is of the URI that was asked for.
func TestURIsThatAreRememberedAreNotMixedUp(t *testing.T) {
	p, g := start(t, requestRoute)
	long := "sip:" + strings.Repeat("9", 200) + "@h"
	g.Do(0, func(l *loop.Loop) {
		for i := range 100 {
			uri := fmt.Sprintf("sip:%d@host%d", i%30, i%30)
			for _, b := range []string{uri, uri, "no URI", uri, "", long, uri} {
				got, ok := p.ParseURI(l, []byte(b))
				var want sipparse.URI
				wantOK := sipparse.ParseURI([]byte(b), &want) == sipparse.OK
				if ok != wantOK || ok && *got != want {
					t.Fatalf("%q: %+v, %v; want %+v, %v", b, got, ok, want, wantOK)
				}
			}
		}
	})
}
