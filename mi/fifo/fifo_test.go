package fifo

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience bounds a wait for what must happen.
const patience = 10 * time.Second

// A logBuffer may be read while it is written.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *logBuffer) await(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if b.has(text) {
			return
		}
	}
	t.Fatalf("%q was not logged", text)
}

func (b *logBuffer) has(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.b.String(), text)
}

// A rig is a server that answers {"echo":REQUEST}.
type rig struct {
	*Server
	t    *testing.T
	name string
	dir  string
	log  *logBuffer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir := t.TempDir()
	r := &rig{t: t, name: filepath.Join(dir, "mi"), dir: dir, log: new(logBuffer)}
	var err error
	r.Server, err = Listen(Config{Name: r.name, Mode: 0o640, UID: -1, GID: -1, ReplyDir: dir,
		Log:   slog.New(slog.NewTextHandler(r.log, nil)),
		Serve: func(_ context.Context, b []byte) []byte { return fmt.Appendf(nil, `{"echo":%s}`, b) }})
	if err != nil {
		t.Fatal(err)
	}
	r.Run()
	t.Cleanup(func() { r.Close() })
	return r
}

func (r *rig) call(request string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	got, err := Call(ctx, r.name, r.dir, []byte(request))
	if want := `{"echo":` + request + `}`; string(got) != want || err != nil {
		r.t.Errorf("answer %.200s (%v), want %.200s", got, err, want)
	}
}

// write puts text into the FIFO as a client would.
func (r *rig) write(text string) {
	r.t.Helper()
	if err := send(r.name, []byte(text)); err != nil {
		r.t.Error(err)
	}
}

// fifo makes a FIFO for an answer and returns the end that is read.
func (r *rig) fifo(name string) *os.File {
	r.t.Helper()
	path := filepath.Join(r.dir, name)
	if err := unix.Mkfifo(path, 0o600); err != nil {
		r.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { f.Close() })
	return f
}

func (r *rig) read(f *os.File, want string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if got, err := receive(ctx, f); string(got) != want || err != nil {
		r.t.Errorf("answer %s (%v), want %s", got, err, want)
	}
}

func TestCall(t *testing.T) {
	r := newRig(t)
	for range 3 {
		r.call(`{"a":"} \" ]","b":[1,{}]}`)
	}
	r.call(`{"long":"` + strings.Repeat("x", 200_000) + `"}`)
	if left, _ := filepath.Glob(filepath.Join(r.dir, "fastsips_reply_*")); left != nil {
		t.Errorf("left behind: %q", left)
	}
}

// Many clients at once get their own answers.
func TestManyClients(t *testing.T) {
	r := newRig(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			for j := range 5 {
				r.call(fmt.Sprintf(`{"client":%d,"turn":%d}`, i, j))
			}
		})
	}
	wg.Wait()
}

// "request = ':'(reply_fifo)?':'jsonrpc_command": with or without an end of line, in
// pieces or several at once.
func TestRequests(t *testing.T) {
	r := newRig(t)
	a := r.fifo("a")
	r.write(`:a:{"n":1}`)
	r.read(a, `{"echo":{"n":1}}`)
	r.write(`:a:{"n"`)
	r.write(`:2}` + "\n")
	r.read(a, `{"echo":{"n":2}}`)
	b := r.fifo("b")
	r.write(`:a:{"n":3}:b: {"n":4}` + "\n\n" + `::{"n":5}`)
	r.read(a, `{"echo":{"n":3}}`)
	r.read(b, `{"echo":{"n":4}}`)
	r.write("uptime\n:a:uptime\n:c\n:x:{}:y:[]")
	r.log.await(t, `uptime`)
	r.write(`:a:{"n":6}`)
	r.read(a, `{"echo":{"n":6}}`)
}

// A client that never opens its FIFO, or does not read it, keeps nobody waiting.
func TestClientsThatDoNotRead(t *testing.T) {
	r := newRig(t)
	if err := unix.Mkfifo(filepath.Join(r.dir, "never"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := r.fifo("full")
	const tooMany = "too many clients do not read their answers"
	// However slow this is: those that were written first are given up meanwhile.
	for end := time.Now().Add(patience); !r.log.has(tooMany) && time.Now().Before(end); {
		r.write(`:never:{}`)
		r.write(`:full:{"x":"` + strings.Repeat("x", 70_000) + `"}`)
	}
	r.log.await(t, tooMany)
	full.Close()
	r.log.await(t, "an answer was not taken")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if _, err := Call(ctx, r.name, r.dir, []byte(`{}`)); err == nil {
			break // once some of them were given up
		} else if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// Names of FIFOs cannot lead elsewhere, and nothing but a FIFO is written to.
func TestReplyNames(t *testing.T) {
	r := newRig(t)
	file := filepath.Join(r.dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.fifo("real")
	if err := os.Symlink("real", filepath.Join(r.dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(r.dir, "real"), filepath.Join(r.dir, "twin")); err != nil {
		t.Fatal(err)
	}
	for name, why := range map[string]string{"../x": "no name for a reply FIFO", "a.b": "no name for a reply FIFO", "file": "file is no FIFO",
		"link": "too many levels", "twin": "twin has other names too", "absent": "no such file"} {
		r.write(":" + name + ":{}")
		r.log.await(t, why)
	}
	if b, _ := os.ReadFile(file); string(b) != "precious" {
		t.Errorf("the file is %q now", b)
	}
}

// What nobody could have meant is passed over, and the next request is served.
func TestNonsense(t *testing.T) {
	r := newRig(t)
	for text, why := range map[string]string{
		":a:{\"never\":\"ending":                   "not complete",
		":a:{" + strings.Repeat("x", maxRequest+1): "too long",
		"\x00\xff::::\n":                           "not understood",
		":" + strings.Repeat("n", 300) + ":{}\n":   "not understood",
		":a:uptime\n":                              "not understood",
		strings.Repeat("}", 1000) + "\n":           "not understood",
	} {
		r.write(text)
		r.log.await(t, why)
		r.call(`{"still":"there"}`)
	}
}

// "The module checks if the FIFO file exists, and if it was deleted, it recreates it."
func TestReopen(t *testing.T) {
	r := newRig(t)
	os.Remove(r.name)
	r.reopen() // every half minute, or when reading fails
	r.current().SetReadDeadline(time.Now())
	r.call(`{}`)
	info, err := os.Stat(r.name)
	if err != nil || info.Mode() != os.ModeNamedPipe|0o640 {
		t.Errorf("%v, %v", info, err)
	}
}

// A FIFO that was left behind is taken over; one that is read, or a file, is not.
func TestListen(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "mi")
	cfg := Config{Name: name, Mode: 0o622, UID: -1, GID: -1, Log: slog.New(slog.DiscardHandler)}
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(name); info.Mode().Perm() != 0o622 {
		t.Errorf("permissions %v", info.Mode())
	}
	if _, err := Listen(cfg); err == nil || !strings.Contains(err.Error(), "another process reads") {
		t.Errorf("a second server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(name); err == nil {
		t.Error("the FIFO is still there")
	}
	if err := os.WriteFile(name, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(cfg); err == nil || !strings.Contains(err.Error(), "is no FIFO") {
		t.Errorf("in the place of a file: %v", err)
	}
	cfg.Name = filepath.Join(dir, "absent", "mi")
	if _, err := Listen(cfg); err == nil {
		t.Error("a folder that is not there")
	}
}

// A client without a server does not wait.
func TestNobodyListens(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "mi")
	if _, err := Call(t.Context(), name, dir, []byte(`{}`)); err == nil {
		t.Error("no FIFO, but an answer")
	}
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Call(t.Context(), name, dir, []byte(`{}`)); err == nil || !strings.Contains(err.Error(), "is fastsips running") {
		t.Errorf("%v", err)
	}
}

// Whatever comes, in whatever pieces, requests are found and nothing is read twice.
func FuzzNext(f *testing.F) {
	f.Add([]byte(`:a:{"x":1}::[]`))
	f.Add([]byte(`:a:{"x":"}"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			r, rest, bad, more := next(b)
			if more {
				return
			}
			if len(rest) >= len(b) {
				t.Fatalf("%q: nothing was taken", b)
			}
			if r == nil && bad == nil && len(bytes.TrimLeft(b, " \t\r\n")) > 0 {
				t.Fatalf("%q was lost", b)
			}
			b = rest
		}
	})
}
