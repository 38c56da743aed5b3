//go:build race

package metrics

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// "one goroutine writes": the race detector tells of a second writer, and not of readers.
func TestRaceOfTwoWriters(t *testing.T) {
	const env = "METRICS_TEST_WRITERS"
	switch os.Getenv(env) {
	case "":
	case "reader":
		together(func(c *Counter) { c.Load() })
		return
	default:
		together((*Counter).Inc)
		return
	}
	run := func(what string) string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestRaceOfTwoWriters$")
		cmd.Env = append(os.Environ(), env+"="+what, "GORACE=exitcode=0")
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	if out := run("writer"); !strings.Contains(out, "DATA RACE") {
		t.Errorf("two writers are not noticed:\n%s", out)
	}
	if out := run("reader"); strings.Contains(out, "DATA RACE") {
		t.Errorf("a reader is taken for a writer:\n%s", out)
	}
}

// together counts on one goroutine while another does something else.
func together(other func(*Counter)) {
	var c Counter
	done := make(chan struct{})
	go func() {
		defer close(done)
		other(&c)
	}()
	c.Inc()
	<-done
}
