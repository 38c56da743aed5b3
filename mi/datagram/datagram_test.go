package datagram

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a server that answers x with yx, "quiet" with nothing, and "long" with
// more than a datagram holds.
func start(t *testing.T, at Address, log io.Writer) *Server {
	t.Helper()
	s, err := Listen(Config{Address: at, Mode: 0o600, UID: -1, GID: -1, Patience: 300 * time.Millisecond,
		Serve: func(_ context.Context, b []byte) []byte {
			switch string(b) {
			case "quiet":
				return nil
			case `{"id":9}`:
				return make([]byte, MaxSize+1)
			}
			return append([]byte("y"), b...)
		}, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.Run()
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func addresses(t *testing.T) []Address {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	return []Address{{"udp", c.LocalAddr().String()}, {"unixgram", filepath.Join(t.TempDir(), "mi.sock")}}
}

func ask(t *testing.T, at Address, request string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	answer, err := Call(ctx, at, t.TempDir(), []byte(request))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// A request is answered to where it came from, whatever it says. "The maximum length
// of a datagram request or reply is 65457 bytes": what is longer becomes an error.
func TestAnswers(t *testing.T) {
	for _, at := range addresses(t) {
		start(t, at, io.Discard)
		if got := ask(t, at, "hello"); got != "yhello" {
			t.Errorf("%s: %q", at, got)
		}
		long := strings.Repeat("x", MaxSize-1)
		if got := ask(t, at, long); got != "y"+long {
			t.Errorf("%s: %d bytes came as %d", at, len(long), len(got))
		}
		if got := ask(t, at, strings.Repeat("x", MaxSize+1)); got != `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Server error","data":"a request may have 65457 bytes"},"id":null}` {
			t.Errorf("%s: a long request: %.200q", at, got)
		}
		if got := ask(t, at, `{"id":9}`); !strings.HasPrefix(got, `{"jsonrpc":"2.0","error":{"code":-32000,"message":"Server error","data":"the answer has 65458 bytes`) || !strings.HasSuffix(got, `"id":9}`) {
			t.Errorf("%s: a long answer: %.200q", at, got)
		}
	}
}

// A notification is not answered: the next answer is the next request's. A client
// without a name cannot be answered, and is served all the same.
func TestSilence(t *testing.T) {
	for _, at := range addresses(t) {
		start(t, at, io.Discard)
		c, end, err := dial(at, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer end()
		if at.Network == "unixgram" {
			nameless, err := net.Dial("unixgram", at.Name)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nameless.Close() }()
			if _, err := nameless.Write([]byte("nobody")); err != nil {
				t.Fatal(err)
			}
		}
		for _, text := range []string{"quiet", "", "loud"} {
			if _, err := c.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		b := make([]byte, 100)
		for _, want := range []string{"y", "yloud"} {
			if n, err := c.Read(b); err != nil || string(b[:n]) != want {
				t.Errorf("%s: %q, %v, want %q", at, b[:n], err, want)
			}
		}
	}
}

// A client that does not take its answers delays nobody; what it does not take in time
// is dropped and logged.
func TestSlowClient(t *testing.T) {
	at := addresses(t)[1]
	log := lines{text: make(chan []byte, 1000)}
	start(t, at, &log)
	slow, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "slow"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = slow.Close() }()
	queue, err := os.ReadFile("/proc/sys/net/unix/max_dgram_qlen")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(queue)))
	if err != nil {
		t.Fatal(err)
	}
	_ = slow.SetWriteDeadline(time.Now().Add(10 * time.Second))
	for range n + 2*maxAnswering { // more than its socket and the answers that may wait
		if _, err := slow.WriteTo([]byte("slow"), &net.UnixAddr{Name: at.Name, Net: "unixgram"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := ask(t, at, "quick"); got != "yquick" {
		t.Errorf("%q", got)
	}
	log.await(t, "an answer was not taken", "too many clients")
}

// lines is a log that can be waited for.
type lines struct {
	text chan []byte
	all  bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	if l.text == nil {
		return len(b), nil
	}
	select {
	case l.text <- bytes.Clone(b):
	default:
	}
	return len(b), nil
}

func (l *lines) await(t *testing.T, words ...string) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		missing := false
		for _, w := range words {
			missing = missing || !strings.Contains(l.all.String(), w)
		}
		if !missing {
			return
		}
		select {
		case b := <-l.text:
			l.all.Write(b)
		case <-late:
			t.Fatalf("the log lacks one of %q:\n%s", words, &l.all)
		}
	}
}

// A socket has the permissions that are asked for and is removed at the end; one that
// a dead process has left is replaced, one that is read or another file is not.
func TestUnixFile(t *testing.T) {
	at := addresses(t)[1]
	s := start(t, at, io.Discard)
	info, err := os.Lstat(at.Name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := Listen(Config{Address: at}); err == nil || !strings.Contains(err.Error(), "another process reads") {
		t.Errorf("taken: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(at.Name); err == nil {
		t.Error("it is still there")
	}
	if _, err := Call(t.Context(), at, t.TempDir(), []byte("x")); err == nil {
		t.Error("an answer from nobody")
	}
	dead, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at.Name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	_ = dead.Close() // Go leaves the file of a datagram socket
	if _, err := Call(t.Context(), at, t.TempDir(), []byte("x")); err == nil || !strings.Contains(err.Error(), "is fastsips running") {
		t.Errorf("an answer from the dead: %v", err)
	}
	start(t, at, io.Discard)
	file := Address{"unixgram", filepath.Join(t.TempDir(), "file")}
	if err := os.WriteFile(file.Name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Config{Address: file}); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a file: %v", err)
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]Address{"udp:127.0.0.1:8080": {"udp", "127.0.0.1:8080"}, "udp:[::1]:8080": {"udp", "[::1]:8080"},
		"/tmp/a.sock": {"unixgram", "/tmp/a.sock"}, "unix:/tmp/a.sock": {"unixgram", "/tmp/a.sock"}} {
		if got, err := ParseAddress(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "udp:", "udp:127.0.0.1", "udp:127.0.0.1:0", "udp:127.0.0.1:x", "udp::80", "a.sock", "tcp:127.0.0.1:80", "/" + strings.Repeat("x", 107), "/a\x00"} {
		if a, err := ParseAddress(text); err == nil {
			t.Errorf("%q is %v", text, a)
		}
	}
}
