package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
)

// A command goes through the FIFO of a running server; its answer is printed, an error
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
		var out, stderr bytes.Buffer
		status := run(append([]string{"mi", "-fifo", name, "-reply-dir", dir}, strings.Fields(c.args)...), &out, &stderr)
		if status != c.status || out.String() != c.out || stderr.String() != c.stderr {
			t.Errorf("mi %s: status %d, %q, %q", c.args, status, &out, &stderr)
		}
	}
}

func TestManageUsage(t *testing.T) {
	for args, status := range map[string]int{"": exitUsage, "-nonsense": exitUsage, "-h": exitOK, "-fifo /nowhere/fifo uptime": exitFailed} {
		var out, stderr bytes.Buffer
		if got := run(append([]string{"mi"}, strings.Fields(args)...), &out, &stderr); got != status || stderr.Len() == 0 {
			t.Errorf("mi %s: status %d, %q", args, got, &stderr)
		}
	}
}
