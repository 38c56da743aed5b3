package spool

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// "Whoever puts a row goes on at once, and the row is there in the end", in order, many in
// one statement.
func TestRowsAreWrittenInOrder(t *testing.T) {
	b := newBench(t, new(store), Config{Dir: t.TempDir()})
	b.put(0, 1000)
	b.await("all are written", b.empty)
	b.equal(wanted(0, 1000))
	if b.store.most < window {
		t.Errorf("at most %d rows in one statement", b.store.most)
	}
	b.Spool.Close()
}

// What memory has no room for is only in the journal, and is read from there in its turn.
func TestBeyondMemory(t *testing.T) {
	b := newBench(t, new(store), Config{Dir: t.TempDir(), MaxRows: 100})
	b.store.away(true)
	b.put(0, 1000)
	b.await("900 are on the disk", func() bool { return b.Counts().Spilled.Load() == 900 })
	b.store.away(false)
	b.await("all are written", b.empty)
	b.equal(wanted(0, 1000))
	if n := b.Counts().Dropped.Load(); n != 0 {
		t.Errorf("%d are lost", n)
	}
	b.Spool.Close()
}

// Without a journal a database that is away costs the rows beyond what memory has room for,
// which are counted; the others are written, in order.
func TestMemoryOnly(t *testing.T) {
	b := newBench(t, new(store), Config{MaxRows: 100})
	b.store.away(true)
	b.put(0, 150)
	b.await("50 are lost", func() bool { return b.Counts().Dropped.Load() == 50 })
	b.store.away(false)
	b.await("the others are written", b.empty)
	b.equal(wanted(0, 100))
	b.Spool.Close()
}

// A journal that has reached its limit takes no more; what memory has no room for either is
// lost and counted, and what is there is not harmed.
func TestJournalLimit(t *testing.T) {
	b := newBench(t, new(store), Config{Dir: t.TempDir(), MaxRows: 10, MaxDisk: 4000})
	b.store.away(true)
	for n := range 1000 {
		b.put(n, n+1)
		b.await("it was looked at", func() bool { return b.rings[0].empty() })
	}
	b.await("some are lost", func() bool { return b.Counts().Dropped.Load() > 0 })
	if n := b.Counts().DiskBytes.Load(); n > 4000 {
		t.Errorf("the journal has %d bytes", n)
	}
	b.store.away(false)
	b.await("the others are written", b.empty)
	got := b.store.list()
	if want := 1000 - int(b.Counts().Dropped.Load()); len(got) != want || !slices.Equal(got, wanted(0, want)) {
		t.Errorf("%d rows, want the first %d", len(got), want)
	}
	b.Spool.Close()
}

// A disk that is full is a journal that has reached its limit, also in the middle of a
// write: what that has left is taken off again, and memory goes on. Here the kernel lets no
// file grow beyond 3,000 bytes.
func TestDiskFull(t *testing.T) {
	b := newBench(t, new(store), Config{Dir: t.TempDir(), MaxRows: 10})
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	b.store.away(true)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 3000, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	for n := range 200 {
		b.put(n, n+1)
		b.await("it was looked at", func() bool { return b.rings[0].empty() })
	}
	b.await("some are lost", func() bool { return b.Counts().Dropped.Load() > 0 })
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	b.put(200, 201)
	b.await("it was looked at", func() bool { return b.rings[0].empty() })
	b.store.away(false)
	b.await("the others are written", b.empty)
	lost := int(b.Counts().Dropped.Load())
	b.equal(append(wanted(0, 200-lost), wanted(200, 201)...))
	b.Spool.Close()
}

// "How far the database has got is noted": a process that is killed, here one that is
// closed while the database is away, leaves its rows to the next, which writes each once.
func TestNextProcess(t *testing.T) {
	dir, s := t.TempDir(), new(store)
	first := newBench(t, s, Config{Dir: dir, MaxRows: 50})
	first.put(0, 300)
	first.await("they are written", first.empty)
	s.away(true)
	first.put(300, 500)
	first.await("they are in the journal", func() bool { return first.Counts().Spilled.Load() >= 150 })
	first.Spool.Close()
	s.away(false)
	second := newBench(t, s, Config{Dir: dir, MaxRows: 50})
	second.put(500, 600)
	second.await("all are written", second.empty)
	second.equal(wanted(0, 600))
	second.Spool.Close()
	if left, _ := filepath.Glob(filepath.Join(dir, "*.rows")); len(left) != 0 {
		t.Errorf("left behind: %q", left)
	}
}

// killed makes the folder what kill -9 would leave: a copy of it as it is now.
func killed(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// A process may be killed between the database's having a batch and the note of it, and
// while it writes a row: the rows that are there are found and not written twice, the row
// that is cut off is left out.
func TestKilled(t *testing.T) {
	dir, s := t.TempDir(), new(store)
	first := newBench(t, s, Config{Dir: dir})
	s.away(true)
	first.put(0, 200)
	first.await("they are in the journal", func() bool { return first.Counts().DiskBytes.Load() > 200*20 })
	as := killed(t, dir) // knows of nothing that is written from here on
	s.away(false)
	first.await("they are written", first.empty)
	first.Spool.Close()
	files, _ := filepath.Glob(filepath.Join(as, "*.rows"))
	last := files[len(files)-1]
	info, err := os.Stat(last)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(last, info.Size()-3); err != nil {
		t.Fatal(err)
	}
	s.set(func() { s.rows = s.rows[:150] }) // a part of them only
	second := newBench(t, s, Config{Dir: as})
	second.put(200, 300)
	second.await("all are written", second.empty)
	second.equal(append(wanted(0, 199), wanted(200, 300)...))
	if n := second.Counts().Found.Load(); n != 150 {
		t.Errorf("%d rows were found, want 150", n)
	}
	second.Spool.Close()
}

// Where the answer to an INSERT is lost nobody knows whether it was carried out: its rows
// are looked for, and written if they are not there.
func TestAnswerLost(t *testing.T) {
	for _, carriedOut := range []bool{true, false} {
		s := new(store)
		b := newBench(t, s, Config{Dir: t.TempDir()})
		once := true
		s.set(func() {
			s.say = func(n int) (asyncops.Outcome, string, bool) {
				if once {
					once = false
					return asyncops.Failed, "08006", carriedOut
				}
				return asyncops.Completed, "", true
			}
		})
		b.put(0, 200)
		b.await("all are written", b.empty)
		b.equal(wanted(0, 200))
		if s.asks == 0 {
			t.Error("the rows were not looked for")
		}
		b.Spool.Close()
	}
}

// A row that the database refuses (here: a value too long for its column, SQLSTATE 22001)
// holds up no other; it is counted, and the log has it.
func TestRefusedRow(t *testing.T) {
	s := &store{bad: "row 77"}
	b := newBench(t, s, Config{})
	b.put(0, 100)
	b.await("the others are written", b.empty)
	b.equal(append(wanted(0, 77), wanted(78, 100)...))
	if n := b.Counts().Rejected.Load(); n != 1 {
		t.Errorf("%d were refused", n)
	}
	b.Spool.Close()
}

// Two processes do not share a folder.
func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	b := newBench(t, new(store), Config{Dir: dir})
	if _, err := Open(Config{Name: "other", Set: b.cfg.Set, DB: b.store, Dir: dir, MaxRows: 1, MaxDisk: 1 << 20}); !errors.Is(err, errInUse) {
		t.Errorf("got %v", err)
	}
	b.Spool.Close()
}

// The files of the journal are deleted as the database gets on, not only when it has all.
func TestJournalShrinks(t *testing.T) {
	b := newBench(t, new(store), Config{Dir: t.TempDir(), MaxRows: 100, MaxDisk: 1 << 20})
	b.store.away(true)
	for n := 0; n < 20000; n += 1000 {
		b.put(n, n+1000)
		b.await("it was looked at", func() bool { return b.rings[0].empty() })
	}
	full := b.Counts().DiskBytes.Load()
	b.store.away(false)
	b.await("most are written", func() bool { return b.Counts().Queued.Load() < 5000 })
	if now := b.Counts().DiskBytes.Load(); now >= full {
		t.Errorf("%d bytes, then %d", full, now)
	}
	b.await("all are written", b.empty)
	b.equal(wanted(0, 20000))
	b.Spool.Close()
}

// Close gives the database what is left, if it takes it.
func TestCloseFlushes(t *testing.T) {
	b := newBench(t, new(store), Config{})
	b.put(0, 500)
	b.Spool.Close()
	b.equal(wanted(0, 500))
}

// What a loop does for a row allocates nothing.
func TestPutAllocatesNothing(t *testing.T) {
	b := newBench(t, new(store), Config{})
	b.store.away(true)
	var buf []byte
	b.Group.Do(0, func(l *loop.Loop) {
		if n := testing.AllocsPerRun(100, func() {
			buf = AppendTime(AppendNull(AppendText(AppendInt(append(buf[:0], b.shape...), 7), []byte("text"))), 1)
			b.rings[0].put(buf)
			b.rings[0].read.Store(b.rings[0].written.Load())
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
	b.store.away(false)
	b.Spool.Close()
}

// Whatever stands in a row's bytes, reading them ends.
func FuzzRow(f *testing.F) {
	f.Add(AppendText(AppendInt(AppendShape(nil, "t", []string{"a", "b"}), 1), []byte("x")))
	f.Fuzz(func(t *testing.T, data []byte) {
		head, values, err := shapeOf(data)
		if err != nil {
			return
		}
		describe(parseShape(head), values)
	})
}

// A time is written in the machine's zone.
func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 27, 3, 4, 5, 0, time.Local)
	if got := string(number(kindTime, at.Unix()).B); got != "2026-11-27 03:04:05" {
		t.Errorf("got %s", got)
	}
}
