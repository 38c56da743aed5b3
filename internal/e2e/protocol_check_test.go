package e2e

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A script with ten different mistakes: fastsips -C shows all of them in one go, each
// with its line, a caret under its column and what may have been meant, and exits with
// 255 as OpenSIPS does.
func TestTenMistakes(t *testing.T) {
	t.Parallel()
	out, err := fastsips(t, "-C", "-w", "../../module/testdata", "-f", "ten_mistakes.cfg")
	wantExit(t, err, 255)
	if n := strings.Count(out, ": error: "); n != 10 {
		t.Errorf("%d errors, want 10", n)
	}
	golden(t, "testdata/ten_mistakes.golden", out)
}

// golden compares got with a file, which -update writes.
func golden(tb testing.TB, file, got string) {
	tb.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if got != string(want) {
		tb.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// wantExit fails the test unless a program ended with this status.
func wantExit(tb testing.TB, err error, status int) {
	tb.Helper()
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		tb.Fatal(err)
	}
	if got != status {
		tb.Errorf("exit status %d, want %d", got, status)
	}
}

// The command line as OpenSIPS's getopt reads it, and the exit statuses of each end.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	good := write("good.cfg", "socket=udp:127.0.0.1:9\nroute { exit; }\n")
	noRoute := write("noroute.cfg", "socket=udp:127.0.0.1:9\n")
	noSocket := write("nosocket.cfg", "route { exit; }\n")
	async := write("async.cfg", "loadmodule \"cfgutils.so\"\nsocket=udp:127.0.0.1:9\nroute { async(sleep(1), r); }\nroute[r] { exit; }\n")
	asyncTM := write("async_tm.cfg", "loadmodule \"tm.so\"\nloadmodule \"cfgutils.so\"\nsocket=udp:127.0.0.1:9\nroute { async(sleep(1), r); }\nroute[r] { exit; }\n")
	for _, c := range []struct {
		args   string
		status int
		says   string
	}{
		{"-C -f " + good, 0, "config file ok"},
		{"-c -f" + good, 0, "config file ok"},
		{"-cFEn2 -f " + good, 0, "config file ok"},
		{"-C --loops=4 -f " + good, 0, "config file ok"},
		{"-C --loops 4 -w / -f " + good, 0, "config file ok"},
		{"-C -m 64 -M4 -u nobody -f " + good, 0, "config file ok"},
		{"-C", 0, "config file ok"}, // the built-in configuration
		{"-C -f " + asyncTM, 0, "config file ok"},
		{"-C -f " + async, 255, "tm.so"},
		{"-C -f " + noRoute, 255, "no main route"},
		{"-C -f " + dir + "/missing.cfg", 255, "no such file"},
		{"-f " + noSocket, 1, "no socket= line"},
		{"-V", 0, "version: fastsips"},
		{"-h", 0, "Usage: fastsips"},
		{"-Z", 64, "unknown option -Z"},
		{"-n many -C", 64, "number of loops"},
		{"-f", 64, "-f needs a value"},
		{"--colour", 64, "unknown option --colour"},
		{"stray", 64, `unexpected argument "stray"`},
	} {
		t.Run(c.args, func(t *testing.T) {
			out, err := fastsips(t, strings.Fields(c.args)...)
			wantExit(t, err, c.status)
			if !strings.Contains(out, c.says) {
				t.Errorf("it says %q, want %q in it", out, c.says)
			}
		})
	}
}

// -P writes the process id, and takes the file away in the end.
func TestPidFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "fastsips.pid")
	p := start(t, "socket=udp:[proxy]\nroute { exit; }\n", nil, "-P", file)
	awaitLog(t, p, "listening on udp:")
	b, err := os.ReadFile(file)
	if got := strings.TrimSpace(string(b)); err != nil || got != strconv.Itoa(p.PID()) {
		t.Errorf("the file has %q (%v), want %d", got, err, p.PID())
	}
	p.Stop()
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}
