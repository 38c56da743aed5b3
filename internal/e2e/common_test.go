package e2e

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// patience bounds a wait for something that must happen; a passing test never
// uses it up, however slow the machine.
const patience = 15 * time.Second

// deep reports whether the full length of a load test was asked for.
func deep() bool { return os.Getenv("FASTSIPS_DEEP") != "" }

// launch starts the proxy with script, in which [NAME] becomes vars["NAME"].
func launch(tb testing.TB, script string, vars map[string]string, args ...string) *siptest.Proxy {
	tb.Helper()
	return siptest.StartProxyConfig(tb, sipprun.ProxyConfig{Config: script, Vars: vars, Args: args})
}

// start is launch for a test that leaves no call behind: when the proxy has ended,
// no transaction and no parked run may be left.
func start(tb testing.TB, script string, vars map[string]string, args ...string) *siptest.Proxy {
	tb.Helper()
	var p *siptest.Proxy
	tb.Cleanup(func() { checkNothingLeft(tb, p) }) // runs after that of the proxy, which ends it
	p = launch(tb, script, vars, args...)
	return p
}

// checkNothingLeft looks at the counters that the proxy logs at its end: each loop's last
// line of them, as a test may have asked for others before.
func checkNothingLeft(tb testing.TB, p *siptest.Proxy) {
	if p == nil || tb.Failed() {
		return
	}
	last := map[string]string{} // by loop
	for _, text := range p.Log() {
		if strings.Contains(text, " statistics loop=") {
			last[field(text, "loop")] = text
		}
	}
	if len(last) == 0 {
		tb.Error("the proxy has logged no counters at its end")
	}
	for _, text := range last {
		if field(text, "InUse") != "" || field(text, "Parked") != "" {
			tb.Errorf("something is left at the end: %s", text)
		}
	}
}

// with is a siptest.Starter for our proxy that replaces more keywords.
func with(more map[string]string) siptest.Starter {
	return func(tb testing.TB, config string, vars map[string]string, args []string) siptest.Target {
		tb.Helper()
		vars = maps.Clone(vars)
		maps.Copy(vars, more)
		return start(tb, config, vars, args...)
	}
}

// awaitLog waits for a line anywhere in the log.
func awaitLog(tb testing.TB, p *siptest.Proxy, substr string) {
	tb.Helper()
	if _, _, err := p.Wait(substr, 0, patience); err != nil {
		tb.Error(err)
	}
}

// The last line of the counters that SIGUSR1 logs.
const (
	lastOfAll = sipprun.LastOfAll
	lastOfSQL = "statistics sqlops db=0 "
)

// statistics asks the proxy for its counters and sums them up by name; last is
// what the last line of interest begins with.
func statistics(tb testing.TB, p *siptest.Proxy, last string) map[string]int {
	tb.Helper()
	s, err := p.Statistics(last, patience)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// checkLoops fails the test if a run went on on a loop that does not own its
// call, or lines of the log were lost.
func checkLoops(tb testing.TB, p *siptest.Proxy) {
	tb.Helper()
	s := statistics(tb, p, lastOfAll)
	if s["ForeignResumes"] != 0 || s["LogDrops"] != 0 || s["Panics"] != 0 {
		tb.Errorf("%d resumes on a foreign loop, %d panics, %d lines of the log lost", s["ForeignResumes"], s["Panics"], s["LogDrops"])
	}
}

// hasLine reports whether the log has a line that contains substr.
func hasLine(p *siptest.Proxy, substr string) bool {
	_, _, ok := p.Find(substr, 0)
	return ok
}

// field returns the value of "name=value" in a line of the log.
func field(line, name string) string {
	_, rest, ok := strings.Cut(line, " "+name+"=")
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(rest, " ")
	return value
}
