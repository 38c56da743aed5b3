package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The real m4: -p "m4 -s" compiles what its macros made, and mistakes are shown at the
// lines of the file that was written.
func TestM4(t *testing.T) {
	if _, err := exec.LookPath("m4"); err != nil {
		if os.Getenv("FASTSIPS_NEED_AGENTS") != "" {
			t.Fatal(err)
		}
		t.Skip("m4 is not installed: ", err)
	}
	file := filepath.Join(t.TempDir(), "m4.cfg")
	text := "define(`ADDRESS', `127.0.0.1:5060')dnl\n" +
		"define(`refuse', `sl_send_reply($1, \"$2\"); exit;')dnl\n" +
		"socket=udp:ADDRESS\n" +
		"loadmodule \"sl.so\"\n" +
		"route {\n" +
		"\tif ($rm == \"OPTIONS\") { refuse(200, OK) }\n" +
		"\trefuse(403, Forbidden)\n" +
		"}\n"
	check := func(text string) (int, string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		var out, err bytes.Buffer
		status := run([]string{"-C", "-f", file, "-p", "m4 -s"}, &out, &err)
		return status, strings.ReplaceAll(err.String(), file, "m4.cfg")
	}
	if status, got := check(text); status != exitOK {
		t.Errorf("exit %d:\n%s", status, got)
	}
	status, got := check(strings.Replace(text, "$rm", "$rmm", 1))
	if want := "m4.cfg:6:6: error: unknown variable $rmm"; status != exitBadConfig || !strings.HasPrefix(got, want) {
		t.Errorf("exit %d:\n%s\nwant %s", status, got, want)
	}
	// Without markers nothing says which line was which.
	var out, stderr bytes.Buffer
	if status := run([]string{"-C", "-f", file, "-p", "m4"}, &out, &stderr); status != exitBadConfig || !strings.Contains(stderr.String(), "(as m4 made it):4:") {
		t.Errorf("exit %d:\n%s", status, stderr.String())
	}
}
