package inproc

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

func TestMain(m *testing.M) {
	if Serve(os.Args[1:]) {
		return
	}
	os.Exit(m.Run())
}

const script = "log_level=1\nsocket=udp:127.0.0.1:[port]\nroute { exit; }\n"

func spawn(t *testing.T) *Child {
	t.Helper()
	port, err := sipprun.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Spawn(Start{Script: strings.ReplaceAll(script, "[port]", strconv.Itoa(port)), Loops: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	return c
}

func do(t *testing.T, c *Child, cmd Command) Sample {
	t.Helper()
	s, err := c.Do(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A child collects when it is told to, and tells what it has.
func TestChildCollects(t *testing.T) {
	c := spawn(t)
	before := do(t, c, Command{Percent: -1})
	file := filepath.Join(t.TempDir(), "heap")
	after := do(t, c, Command{Collect: true, Profile: file})
	d := after.Since(before)
	if d.Cycles < 1 || d.LongestPause() <= 0 || d.Heap == 0 || d.Scan == 0 || d.RSS < d.Heap {
		t.Errorf("%+v", d)
	}
	if s, err := os.Stat(file); err != nil || s.Size() == 0 {
		t.Error("there is no profile: ", err)
	}
}

// Forced collections come by themselves, until they are told not to.
func TestChildIsForced(t *testing.T) {
	c := spawn(t)
	from := do(t, c, Command{Percent: -1, Every: time.Millisecond}).Cycles
	for end := time.Now().Add(20 * time.Second); do(t, c, Command{}).Cycles < from+3; {
		if time.Now().After(end) {
			t.Fatal("no collections come")
		}
	}
	do(t, c, Command{Every: -1})
}

func TestChildWithABadScript(t *testing.T) {
	if _, err := Spawn(Start{Script: "rout {}", Loops: 1}); err == nil || !strings.Contains(err.Error(), "inproc.cfg:1") {
		t.Errorf("got %v", err)
	}
}
