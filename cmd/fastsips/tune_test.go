package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/tune"
)

// asFastsips has the test binary be fastsips: a test need not build another.
const asFastsips = "FASTSIPS_TEST_AS_FASTSIPS"

func TestMain(m *testing.M) {
	if os.Getenv(asFastsips) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// shortTune is one short run with one loop.
func shortTune(t *testing.T) tune.Options {
	t.Setenv(asFastsips, "1")
	t.Setenv("TMPDIR", t.TempDir())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return tune.Options{Plan: tune.Plan{Counts: []int{1}, Rounds: 1, Each: time.Second, Generators: 2}, Binary: self,
		Generator: []string{"tune", "-generate"}, Script: tune.Script, Done: func(tune.Run) {}}
}

// noChildren fails if processes or files of a measurement are there still.
func noChildren(t *testing.T) {
	t.Helper()
	if list := procs.Tree(os.Getpid()); len(list) > 1 {
		t.Errorf("processes %v are left", list)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "fastsips-tune-*")); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// One short run of real processes, of which nothing is left.
func TestTuneMeasures(t *testing.T) {
	o, told := shortTune(t), 0
	o.Done = func(tune.Run) { told++ }
	runs, err := tune.Measure(context.Background(), o)
	if err != nil || len(runs) != 1 || told != 1 {
		t.Fatal(runs, err)
	}
	if r := runs[0]; r.Loops != 1 || r.Rate <= 0 || r.Proxy <= 0 || r.Generator <= 0 {
		t.Errorf("%+v", r)
	}
	noChildren(t)
}

// A script that does not load is an error that shows what is wrong with it; whoever gives
// up leaves nothing either.
func TestTuneFails(t *testing.T) {
	o := shortTune(t)
	o.Script = "socket=udp:[proxy]\nroute { nonsense(); }\n"
	if _, err := tune.Measure(context.Background(), o); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Error(err)
	}
	noChildren(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o.Script = tune.Script
	if _, err := tune.Measure(ctx, o); err == nil {
		t.Error("measured although nobody wants to know")
	}
	noChildren(t)
}

func TestTuneUsage(t *testing.T) {
	for _, args := range [][]string{{"-nonsense"}, {"file"}, {"-d", "soon"}} {
		var out, errs bytes.Buffer
		if status := runTune(args, terminal{strings.NewReader(""), &out, &errs}); status != exitUsage || !strings.Contains(errs.String(), "Usage: fastsips tune") {
			t.Errorf("%v: %d, %s", args, status, &errs)
		}
	}
	if !slices.ContainsFunc(commands(), func(c command) bool { return c.name == "tune" }) {
		t.Error("there is no command tune")
	}
}
