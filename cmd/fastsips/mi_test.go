package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
)

// A command goes through the FIFO of a running server, which is named or is the
// configuration's; its answer is printed, an error
// to stderr.
func TestManage(t *testing.T) {
	dir := t.TempDir()
	table := mi.NewTable()
	table.Add(&mi.Command{Name: "x:join", Doc: "d", Recipes: []mi.Recipe{
		mi.Recipe0(func(context.Context) (any, error) { return nil, mi.Errorf(404, "Nothing here").With("line 1\nline 2") }),
		mi.Recipe2(mi.Str("a", "a"), mi.Str("b_c", "b"), func(_ context.Context, a, b string) (any, error) {
			return mi.Object{{Name: "a", Value: a}, {Name: "b", Value: b}}, nil
		})}})
	name := filepath.Join(dir, "fifo")
	s, err := fifo.Listen(fifo.Config{Name: name, Mode: 0o600, UID: -1, GID: -1, ReplyDir: dir, Serve: table.Serve, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s.Run()
	defer s.Close()
	config := filepath.Join(dir, "fastsips.cfg")
	text := fmt.Sprintf("loadmodule \"mi_fifo.so\"\nmodparam(\"mi_fifo\", \"fifo_name\", %q)\nmodparam(\"mi_fifo\", \"reply_dir\", %q)\n", name, dir)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args        string
		status      int
		out, stderr string
	}{
		{"join 1 <2>", exitOK, "{\n  \"a\": \"1\",\n  \"b\": \"<2>\"\n}\n", ""},
		{"x:join b_c=2 a=x=y", exitOK, "{\n  \"a\": \"x=y\",\n  \"b\": \"2\"\n}\n", ""},
		{"join 1=2 b", exitOK, "{\n  \"a\": \"1=2\",\n  \"b\": \"b\"\n}\n", ""},
		{"join", exitFailed, "", "fastsips mi: error 404: Nothing here\nline 1\nline 2\n"},
		{"nonsense", exitFailed, "", "fastsips mi: error -32601: Method not found\n"},
	} {
		for _, where := range [][]string{{"-fifo", name, "-reply-dir", dir}, {"-f", config}} {
			var out, stderr bytes.Buffer
			status := run(append(append([]string{"mi"}, where...), strings.Fields(c.args)...), &out, &stderr)
			if status != c.status || out.String() != c.out || stderr.String() != c.stderr {
				t.Errorf("mi %s %s: status %d, %q, %q", where, c.args, status, &out, &stderr)
			}
		}
	}
}

func TestManageUsage(t *testing.T) {
	for args, status := range map[string]int{"": exitUsage, "-nonsense": exitUsage, "-h": exitOK, "-fifo /nowhere/fifo uptime": exitFailed,
		"-url http://127.0.0.1:1/mi uptime": exitFailed, "-u http://127.0.0.1:1/mi uptime": exitFailed, "-datagram udp:127.0.0.1:1 uptime": exitFailed,
		"-datagram nonsense uptime": exitFailed, "-f /nowhere.cfg uptime": exitFailed} {
		var out, stderr bytes.Buffer
		if got := run(append([]string{"mi"}, strings.Fields(args)...), &out, &stderr); got != status || stderr.Len() == 0 {
			t.Errorf("mi %s: status %d, %q", args, got, &stderr)
		}
	}
}
