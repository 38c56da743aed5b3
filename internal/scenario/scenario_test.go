package scenario

import (
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	got, err := split(`  send alice "Subject: a b" x # comment "y`)
	if err != nil || strings.Join(got, "|") != "send|alice|Subject: a b|x" {
		t.Errorf("%q, %v", got, err)
	}
}
