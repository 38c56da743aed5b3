package loop

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A lockedBuffer is a log writer that a test may read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A stalledWriter is a journal that hangs until it is released.
type stalledWriter struct {
	lockedBuffer
	began   chan bool
	release chan bool
	once    sync.Once
}

func newStalledWriter() *stalledWriter {
	return &stalledWriter{began: make(chan bool), release: make(chan bool)}
}

func (w *stalledWriter) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.began) })
	<-w.release
	return w.lockedBuffer.Write(p)
}

// Lines look as OpenSIPS's on stderr, and come in the order of logging.
func TestLogLines(t *testing.T) {
	out := new(lockedBuffer)
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, nil)
	g.Do(0, func(l *Loop) {
		l.Log(3, []byte("INFO:script: one"))
		l.Log(-1, []byte("ERROR:script: two\n"))
		l.Log(3, nil)
	})
	g.Stop()
	want := fmt.Sprintf(`^(\w{3} [ \d]\d \d\d:\d\d:\d\d \[%d\] )INFO:script: one\n(.{15} \[\d+\] )ERROR:script: two\n.{15} \[\d+\] \n$`, os.Getpid())
	if !regexp.MustCompile(want).MatchString(out.String()) {
		t.Errorf("logged\n%s", out)
	}
}

func TestLogStamp(t *testing.T) {
	s := logStamp{pid: 1234}
	at := time.Date(2026, 11, 3, 7, 29, 5, 0, time.Local).Unix()
	for _, want := range []string{"Nov  3 07:29:05 [1234] ", "Nov  3 07:29:05 [1234] "} {
		if got := string(s.append(nil, at)); got != want {
			t.Errorf("stamp %q, want %q", got, want)
		}
	}
	if got := string(s.append(nil, at+1)); got != "Nov  3 07:29:06 [1234] " {
		t.Errorf("a second later: %q", got)
	}
}

// A stalled writer never delays a loop. What the ring has no room for is dropped
// and counted, errors last, and once the writer takes lines again it is told.
func TestLogStalled(t *testing.T) {
	out := newStalledWriter()
	const lines = 10_000
	g := newGroup(t, Config{Loops: 1, LogWriter: out, LogRing: 16}, nil)
	g.Do(0, func(l *Loop) { l.Log(3, []byte("INFO:script: the first")) })
	receive(t, out.began)
	var dropped uint64
	g.Do(0, func(l *Loop) {
		for i := range lines {
			l.Log(4, fmt.Appendf(nil, "DBG:script: line %d", i))
		}
		dropped = l.LogDropped()
		l.Log(-1, []byte("ERROR:script: this matters"))
		if l.LogDropped() != dropped {
			t.Error("debug lines took the room of an error")
		}
	})
	if dropped == 0 || dropped >= lines {
		t.Errorf("%d of %d lines dropped", dropped, lines)
	}
	close(out.release)
	notice := fmt.Sprintf("WARNING:core: %d log lines dropped\n", dropped)
	eventually(t, "the notice", func() bool { return strings.Contains(out.String(), notice) })
	g.Stop()
	text := out.String()
	if n := strings.Count(text, "DBG:script: line "); n != lines-int(dropped) {
		t.Errorf("%d lines written, want %d", n, lines-int(dropped))
	}
	if i := strings.Index(text, "this matters"); i < 0 || i > strings.Index(text, notice) {
		t.Error("the error is lost, or follows the notice")
	}
	if g.Snapshot().LogDrops != dropped {
		t.Errorf("LogDrops = %d, want %d", g.Snapshot().LogDrops, dropped)
	}
}

// Stop does not hang on a writer that does.
func TestStopWithStalledLog(t *testing.T) {
	out := newStalledWriter()
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, nil)
	g.Do(0, func(l *Loop) { l.Log(1, []byte("WARNING:script: stalls")) })
	receive(t, out.began)
	g.Stop()
	close(out.release)
	receive(t, g.log.ended)
	if !strings.Contains(out.String(), "stalls") {
		t.Errorf("written: %q", out)
	}
}

// A record is whole wherever in the circle it lies, and a text that fits none is
// cut.
func TestLogRing(t *testing.T) {
	r := newLogRing(1000)
	if len(r.buf) != 1024 {
		t.Fatalf("%d bytes", len(r.buf))
	}
	stamp := logStamp{}
	for i := range 3000 {
		text := bytes.Repeat([]byte{byte('a' + i%26)}, i%400)
		if !r.put(4, 1, text) {
			t.Fatalf("no room for record %d", i)
		}
		line, ok := r.get(nil, &stamp)
		if want := append(stamp.append(nil, 1), append(text, '\n')...); !ok || !bytes.Equal(line, want) {
			t.Fatalf("record %d is %q, want %q", i, line, want)
		}
	}
	if _, ok := r.get(nil, &stamp); ok || !r.empty() {
		t.Error("an empty ring has a record")
	}
	r.put(4, 1, make([]byte, 5000))
	if line, _ := r.get(nil, &stamp); len(line) != len(stamp.text)+512+1 {
		t.Errorf("a line of %d bytes", len(line))
	}
}

// One producer, one consumer, no lock: every record arrives whole and in order.
func TestLogRingConcurrent(t *testing.T) {
	const n = 50_000
	r := newLogRing(4096)
	go func() {
		for i := 0; i < n; {
			if r.put(-1, int64(i), fmt.Appendf(nil, "%d%s", i, strings.Repeat("x", i%100))) {
				i++
			}
		}
	}()
	stamp := logStamp{}
	for i := 0; i < n; {
		line, ok := r.get(nil, &stamp)
		if !ok {
			continue
		}
		if want := fmt.Sprintf("%s%d%s\n", stamp.append(nil, int64(i)), i, strings.Repeat("x", i%100)); string(line) != want {
			t.Fatalf("record %d is %q", i, line)
		}
		i++
	}
}

func TestLogger(t *testing.T) {
	out := new(lockedBuffer)
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, nil)
	log := g.Logger().With("a", 1).WithGroup("g").With("b", "x y")
	log.Info("listening", "socket", AddrFrom(localhost4), "err", errors.New("no room"), slog.Group("h", "c", ""), "d", 1500*time.Millisecond)
	log.Warn("careful")
	log.Error("broken")
	log.Debug("not at this level")
	g.Stop()
	for _, want := range []string{
		`] INFO:core: listening a=1 g.b="x y" g.socket=127.0.0.1:0 g.err="no room" g.h.c="" g.d=1.5s` + "\n",
		"] WARNING:core: careful a=1 g.b=\"x y\"\n", "] ERROR:core: broken",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out.String(), "not at this level") {
		t.Error("logged below the level")
	}
}

func TestLoggerLevel(t *testing.T) {
	out := new(lockedBuffer)
	g := newGroup(t, Config{Loops: 1, LogWriter: out, LogLevel: slog.LevelDebug}, nil)
	g.Logger().Debug("all of it")
	g.Stop()
	if !strings.Contains(out.String(), "DBG:core: all of it\n") {
		t.Errorf("logged %q", out)
	}
}

// Any number of goroutines may use the Logger; it neither blocks them nor queues
// without a bound while the writer stalls.
func TestLoggerStalled(t *testing.T) {
	out := newStalledWriter()
	g := newGroup(t, Config{Loops: 1, LogWriter: out}, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2 * logExtra {
				g.Logger().Info("again", "i", i)
			}
		})
	}
	wg.Wait()
	close(out.release)
	g.Stop()
	written := strings.Count(out.String(), "again")
	dropped := int(g.log.extraDropped.Load())
	if written+dropped != 8*logExtra || dropped == 0 {
		t.Errorf("%d lines written and %d dropped", written, dropped)
	}
	if !strings.Contains(out.String(), "log lines dropped") {
		t.Error("nobody is told")
	}
}

func TestLogAllocs(t *testing.T) {
	g := newGroup(t, Config{Loops: 1}, nil)
	text := []byte("INFO:script: new INVITE")
	g.Do(0, func(l *Loop) {
		if n := testing.AllocsPerRun(1000, func() { l.Log(3, text) }); n != 0 {
			t.Errorf("%v allocations per line, want 0", n)
		}
	})
}
