package unixwrite

import (
	"bytes"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type rig struct {
	*looptest.Rig
	w *Writer
}

func newRig(t *testing.T, cfg Config) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, 1)}
	r.w = New(r.Group, r.Ops, cfg)
	t.Cleanup(r.w.Close)
	r.Start()
	return r
}

type answer struct {
	out asyncops.Outcome
	err error
}

func (r *rig) begin(timeout time.Duration, fifo bool, path string, data []byte) *looptest.Pending[answer] {
	return looptest.Begin(r.Rig, 0, timeout, func(l *loop.Loop) *Write {
		x := r.w.Write(l)
		if fifo {
			x.ToFIFO([]byte(path))
		} else {
			x.ToSocket([]byte(path))
		}
		x.SetData(append(x.Buffer(), data...))
		return x
	}, func(l *loop.Loop, x *Write, out asyncops.Outcome) answer {
		defer x.Free(l)
		return answer{out, x.Err()}
	})
}

func fifo(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// reader opens a FIFO for reading; it does not wait for a writer.
func reader(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func socket(t *testing.T) (*net.UnixConn, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sock")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, path
}

// "Hands one message to another program: to a FIFO, or to a UNIX datagram socket."
func TestMessageArrives(t *testing.T) {
	r := newRig(t, Config{})
	path := fifo(t)
	f := reader(t, path)
	if a := r.begin(0, true, path, []byte("to a FIFO")).Wait(); a.out != asyncops.Completed || a.err != nil {
		t.Error(a)
	}
	b := make([]byte, 100)
	if n, err := f.Read(b); string(b[:n]) != "to a FIFO" {
		t.Errorf("the FIFO has %q, %v", b[:n], err)
	}
	c, sock := socket(t)
	if a := r.begin(0, false, sock, []byte("to a socket")).Wait(); a.out != asyncops.Completed || a.err != nil {
		t.Error(a)
	}
	if n, err := c.Read(b); string(b[:n]) != "to a socket" {
		t.Errorf("the socket has %q, %v", b[:n], err)
	}
}

// "Never waits for a reader: a FIFO that nobody reads fails at once", and so does all
// that is no FIFO or no socket. A file that is there is left alone.
func TestNobodyReads(t *testing.T) {
	r := newRig(t, Config{MaxBytes: 100})
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, sock := socket(t)
	for what, c := range map[string]struct {
		fifo bool
		path string
		data string
		want error
	}{
		"no reader":   {true, fifo(t), "x", unix.ENXIO},
		"no FIFO":     {true, file, "x", errNoFIFO},
		"nothing":     {true, file + "x", "x", unix.ENOENT},
		"no socket":   {false, file, "x", unix.ECONNREFUSED},
		"no name":     {false, "", "x", unix.ENOENT},
		"abstract":    {false, "@name", "x", unix.ENOENT},
		"long name":   {false, "/" + string(make([]byte, 200)), "x", unix.EINVAL},
		"too long":    {false, sock, string(make([]byte, 101)), errTooLong},
		"null byte":   {true, "/tmp\x00", "x", unix.EINVAL},
		"a directory": {true, filepath.Dir(file), "x", unix.EISDIR},
	} {
		if a := r.begin(0, c.fifo, c.path, []byte(c.data)).Wait(); a.out != asyncops.Failed || !errors.Is(a.err, c.want) {
			t.Errorf("%s: %v %v, want %v", what, a.out, a.err, c.want)
		}
	}
	if b, _ := os.ReadFile(file); string(b) != "mine" {
		t.Errorf("the file has %q", b)
	}
}

// Two messages larger than a pipe holds do not mix: "All messages for one path go
// through one worker". Their reader is slow, and they wait for it.
func TestLargeMessagesDoNotMix(t *testing.T) {
	r := newRig(t, Config{MaxBytes: 1 << 20})
	path := fifo(t)
	f := reader(t, path)
	const size = 200 << 10
	a := r.begin(0, true, path, bytes.Repeat([]byte("a"), size))
	b := r.begin(0, true, path, bytes.Repeat([]byte("b"), size))
	got := make([]byte, 0, 2*size)
	r.Until("both are there", func() bool {
		n, _ := f.Read(got[len(got) : len(got)+min(4096, 2*size-len(got))])
		got = got[:len(got)+max(n, 0)]
		return len(got) == 2*size
	})
	if a.Wait().out != asyncops.Completed || b.Wait().out != asyncops.Completed {
		t.Error("not completed")
	}
	if want := append(bytes.Repeat([]byte("a"), size), bytes.Repeat([]byte("b"), size)...); !bytes.Equal(got, want) {
		t.Error("they are mixed up")
	}
}

// A reader that reads nothing costs until the deadline and no longer; other paths go on.
func TestReaderHangs(t *testing.T) {
	r := newRig(t, Config{Workers: 2, MaxBytes: 1 << 20})
	path := fifo(t)
	reader(t, path)
	hangs := r.begin(200*time.Millisecond, true, path, make([]byte, 1<<20))
	c, sock := socket(t)
	for r.w.lane([]byte(path)) == r.w.lane([]byte(sock)) {
		c, sock = socket(t)
	}
	if a := r.begin(0, false, sock, []byte("x")).Wait(); a.out != asyncops.Completed {
		t.Error("another path waits as well: ", a)
	}
	_ = c
	if a := hangs.Wait(); a.out != asyncops.TimedOut && a.out != asyncops.Failed {
		t.Error(a)
	}
}

// A message that nobody waits for any more is given up, its worker is free again, and
// its memory is used again only then.
func TestAbandoned(t *testing.T) {
	r := newRig(t, Config{Workers: 1, MaxBytes: 1 << 20})
	path := fifo(t)
	f := reader(t, path)
	p := r.begin(0, true, path, make([]byte, 1<<20))
	r.Until("it is being written", func() bool { n, _ := f.Read(make([]byte, 1)); return n == 1 })
	p.Abandon()
	c, sock := socket(t)
	if a := r.begin(0, false, sock, []byte("next")).Wait(); a.out != asyncops.Completed {
		t.Error(a)
	}
	b := make([]byte, 10)
	if n, _ := c.Read(b); string(b[:n]) != "next" {
		t.Errorf("the socket has %q", b[:n])
	}
	if s := r.w.Snapshot(); s.Writes != 2 || s.Abandoned != 1 || s.Completed != 1 || s.InFlight() != 0 {
		t.Errorf("%+v", s)
	}
}

// Whoever waits is bounded: beyond the queue a message is refused at once.
func TestQueueIsBounded(t *testing.T) {
	r := newRig(t, Config{Workers: 1, Queue: 1, MaxBytes: 1 << 20})
	path := fifo(t)
	f := reader(t, path)
	first := r.begin(0, true, path, make([]byte, 1<<20))
	r.Until("the worker has it", func() bool { n, _ := f.Read(make([]byte, 1)); return n == 1 })
	second := r.begin(0, true, path, []byte("x"))
	if a := r.begin(0, true, path, []byte("x")); !a.AtOnce || a.Wait().out != asyncops.Overloaded {
		t.Error("a third one is taken")
	}
	first.Abandon()
	second.Abandon()
}

// A Write that timed out and was freed is not used again while a worker has it.
func TestFreedWhileWriting(t *testing.T) {
	r := newRig(t, Config{Workers: 1, MaxBytes: 1 << 20})
	path := fifo(t)
	reader(t, path)
	if a := r.begin(time.Millisecond, true, path, make([]byte, 1<<20)).Wait(); a.out == asyncops.Completed {
		t.Fatal(a)
	}
	c, sock := socket(t)
	for range 100 {
		if a := r.begin(0, false, sock, []byte("y")).Wait(); a.out != asyncops.Completed {
			t.Fatal(a)
		}
		b := make([]byte, 10)
		if n, _ := c.Read(b); string(b[:n]) != "y" {
			t.Fatalf("got %q", b[:n])
		}
	}
}
