package all

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// A filter gets the text, and what it prints is taken; its failures say what it said.
func TestFilterCommand(t *testing.T) {
	if out, err := runFilter("sed s/PORT/5060/", []byte("a PORT b"), time.Minute); err != nil || string(out) != "a 5060 b" {
		t.Errorf("%q, %v", out, err)
	}
	for command, want := range map[string]string{
		"echo no such macro >&2; exit 3": "exit status 3: no such macro",
		"fastsips-no-such-command":       "exit status 127: ",
		"exit 1":                         "exit status 1",
	} {
		if _, err := runFilter(command, []byte("x"), time.Minute); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", command, err)
		}
	}
	// One that does not read its input is none the worse for it.
	big := bytes.Repeat([]byte("x\n"), 1<<20)
	if out, err := runFilter("echo done", big, time.Minute); err != nil || string(out) != "done\n" {
		t.Errorf("%q, %v", out, err)
	}
}

// A filter is bounded in time and in what it prints.
func TestFilterBounds(t *testing.T) {
	if _, err := runFilter("sleep 600 & sleep 600", nil, 50*time.Millisecond); err == nil || !strings.Contains(err.Error(), "has not ended") {
		t.Errorf("endless: %v", err)
	}
	if _, err := runFilter("yes", nil, time.Minute); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("boundless: %v", err)
	}
}

// One function reads a configuration from a file, through a preprocessor or not.
func TestParse(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "opensips.cfg")
	text := "socket=udp:127.0.0.1:PORT\ninclude_file \"more.cfg\"\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "more.cfg"), []byte("route { xlog(\"PORT\"); exti; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	load := func(filter string) string {
		var d syntax.Diags
		cfg, err := Parse(Options{File: file, Preprocessor: filter}, &d)
		if err != nil {
			return err.Error()
		}
		Load(cfg, &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
		var b bytes.Buffer
		d.Render(&b)
		return strings.ReplaceAll(b.String(), dir+"/", "")
	}
	if got := load("sed 's/PORT/5060/;s/exti/exit/'"); got != "" {
		t.Error(got)
	}
	if got := load("sed 's/PORT/5060/'"); !strings.HasPrefix(got, "opensips.cfg (as sed made it):2:23: error: ( is missing after exti") {
		t.Error(got)
	}
	if got := load("cat"); !strings.Contains(got, "more.cfg:1:23: error: ( is missing after exti") || !strings.Contains(got, "opensips.cfg:1:8: error: port must be") {
		t.Error(got)
	}
	if got := load("false"); got != "opensips.cfg:1:1: error: preprocessor false: exit status 1\n\tsocket=udp:127.0.0.1:PORT\n\t^\n" {
		t.Error(got)
	}
	file = filepath.Join(dir, "none.cfg")
	if got := load(""); !strings.HasSuffix(got, "none.cfg: no such file or directory") {
		t.Error(got)
	}
}
