package child

import (
	"os/exec"
	"strings"
	"testing"
)

// A child answers line by line, and is told values as JSON.
func TestLines(t *testing.T) {
	p, err := Start(exec.Command("cat"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"on", "", "a b"} {
		if got, err := p.Ask(line); err != nil || got != line {
			t.Errorf("%q, %v", got, err)
		}
	}
	var n map[string]int
	if err := p.Say(map[string]int{"a": 1}); err != nil {
		t.Fatal(err)
	}
	if err := p.HearInto(&n); err != nil || n["a"] != 1 {
		t.Error(n, err)
	}
	if err := p.Say("no JSON"); err != nil {
		t.Fatal(err)
	}
	if err := p.HearInto(&n); err == nil || !strings.Contains(err.Error(), "no JSON") {
		t.Error(err)
	}
	p.Stop()
}

// Results are long lines, a timeline of half an hour above all.
func TestLongLine(t *testing.T) {
	p, err := Start(exec.Command("sh", "-c", "head -c 1000000 /dev/zero | tr '\\0' x; echo"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	if line, err := p.Hear(); err != nil || len(line) != 1000000 {
		t.Errorf("%d bytes, %v", len(line), err)
	}
}

// Who has ended says so.
func TestEnded(t *testing.T) {
	p, err := Start(exec.Command("true"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	if line, err := p.Hear(); err == nil {
		t.Errorf("heard %q", line)
	}
	if _, err := Start(exec.Command("/nonexistent")); err == nil {
		t.Error("started what is not there")
	}
}
