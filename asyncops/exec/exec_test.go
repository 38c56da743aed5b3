package exec

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// What a command leaves behind: status as in $?, standard output and error.
func TestResults(t *testing.T) {
	r := newRig(t, 1, Config{})
	for _, c := range []struct {
		command string
		want    answer
	}{
		{"echo hello; echo world", answer{stdout: "hello\nworld\n"}},
		{"echo oops >&2", answer{stderr: "oops\n"}},
		{"printf out; printf err >&2; exit 3", answer{status: 3, stdout: "out", stderr: "err"}},
		{"exit 255", answer{status: 255}},
		{"true", answer{}},
		{"cat", answer{}}, // empty standard input
		{"kill -9 $$", answer{status: 128 + 9}},
		{"echo $0 | tr a-z A-Z", answer{stdout: "/BIN/SH\n"}},
	} {
		if a := r.run(c.command); a != c.want {
			t.Errorf("%s: got %+v, want %+v", c.command, a, c.want)
		}
	}
	if a := r.run("no-such-command-here"); a.status != 127 || !strings.Contains(a.stderr, "not found") {
		t.Errorf("unknown command: got %+v", a)
	}
	if n := r.x.Snapshot(); n.Completed != 9 || n.Started != 9 || n.Running() != 0 || n.InFlight() != 0 || n.Killed != 0 {
		t.Errorf("counters %+v", n)
	}
}

func TestStdin(t *testing.T) {
	r := newRig(t, 1, Config{MaxStdout: 1 << 20})
	big := strings.Repeat("0123456789abcdef", 32<<10) // 512 KiB: more than the pipes hold
	got := r.begin(0, 0, func(c *Run) {
		c.SetCommand([]byte("cat"))
		c.SetStdin([]byte(big))
	})
	if a := got.Wait(); a.stdout != big || a.status != 0 || a.truncated {
		t.Errorf("cat: status %d, %d bytes", a.status, len(a.stdout))
	}
	got = r.begin(0, 0, func(c *Run) { // it does not read; that is no error
		c.SetCommand([]byte("exec <&-; echo done"))
		c.SetStdin([]byte(big))
	})
	if a := got.Wait(); a.stdout != "done\n" || a.status != 0 {
		t.Errorf("closed input: got %+v", a)
	}
}

// The environment is the process's, with the given variables over it.
func TestEnv(t *testing.T) {
	r := newRig(t, 1, Config{Env: []string{"BASE=1", "BOTH=base"}})
	got := r.begin(0, 0, func(c *Run) {
		c.SetCommand([]byte(`echo "$BASE $BOTH $NEW"`))
		for _, kv := range []string{"BOTH=given", "NEW=once", "NEW=a b;$(c)"} {
			if !c.AddEnv([]byte(kv)) {
				t.Errorf("%q refused", kv)
			}
		}
	})
	if a := got.Wait(); a.stdout != "1 given a b;$(c)\n" {
		t.Errorf("got %+v", a)
	}
	for _, kv := range []string{"", "X", "=x", "A=\x00"} {
		got := r.begin(0, 0, func(c *Run) {
			c.SetCommand([]byte("true"))
			if c.AddEnv([]byte(kv)) {
				t.Errorf("%q accepted", kv)
			}
		})
		if a := got.Wait(); a.out != asyncops.Failed || a.status != NotRun {
			t.Errorf("%q: got %+v", kv, a)
		}
	}
}

func TestRefused(t *testing.T) {
	r := newRig(t, 1, Config{MaxInput: 10})
	for name, set := range map[string]func(*Run){
		"no command": command(""),
		"NUL":        command("echo \x00"),
		"big input":  func(c *Run) { c.SetCommand([]byte("cat")); c.SetStdin(make([]byte, 11)) },
	} {
		got := r.begin(0, 0, set)
		if a := got.Wait(); a.out != asyncops.Failed || a.status != NotRun {
			t.Errorf("%s: got %+v", name, a)
		}
	}
	if n := r.x.Snapshot(); n.Started != 0 || n.Failed != 3 {
		t.Errorf("counters %+v", n)
	}
}

// Output beyond the bound is read, so that the command can go on, and dropped.
func TestOutputBounded(t *testing.T) {
	r := newRig(t, 1, Config{MaxStdout: 1000, MaxStderr: 10})
	a := r.run("head -c 3000000 /dev/zero | tr '\\0' x; head -c 200000 /dev/zero >&2; echo end >&2; exit 5")
	if a.stdout != strings.Repeat("x", 1000) || len(a.stderr) != 10 || !a.truncated || a.status != 5 {
		t.Errorf("got status %d, %d and %d bytes, truncated %v", a.status, len(a.stdout), len(a.stderr), a.truncated)
	}
	got := r.begin(0, 100*time.Millisecond, command("yes")) // for ever
	if a := got.Wait(); a.out != asyncops.TimedOut {
		t.Errorf("got %+v", a.out)
	}
	if n := r.x.Snapshot(); n.Truncated != 1 {
		t.Errorf("counters %+v", n)
	}
}

// At its deadline a command ends with everything it has started, whether that
// listens to signals or not.
func TestDeadlineKillsTheGroup(t *testing.T) {
	r := newRig(t, 1, Config{})
	pids := filepath.Join(t.TempDir(), "pids")
	got := r.begin(0, time.Second, func(c *Run) {
		c.SetCommand([]byte(`trap '' TERM INT HUP; (trap '' TERM; echo $$ >>"$PIDS"; sleep 1000 & echo $! >>"$PIDS"; wait) & echo $! >>"$PIDS"; sleep 1000`))
		c.AddEnv([]byte("PIDS=" + pids))
	})
	if a := got.Wait(); a.out != asyncops.TimedOut || a.status != NotRun {
		t.Errorf("got %+v", a)
	}
	r.Until("the command is reaped", func() bool { return r.x.Snapshot().Running() == 0 })
	text, err := os.ReadFile(pids)
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Fields(string(text))
	if len(list) != 3 {
		t.Fatalf("pids %q", list)
	}
	for _, field := range list {
		pid, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		r.Until("process "+field+" is gone", func() bool { return !alive(pid) })
	}
	if n := r.x.Snapshot(); n.TimedOut != 1 || n.Killed != 1 {
		t.Errorf("counters %+v", n)
	}
}

// alive says whether pid runs. An orphan's zombie waits for init, not for us.
func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

// A command that leaves a process behind has ended when it has ended.
func TestBackgroundProcess(t *testing.T) {
	r := newRig(t, 1, Config{})
	a := r.run("sleep 1000 & echo $!")
	pid, err := strconv.Atoi(strings.TrimSpace(a.stdout))
	if err != nil || a.out != asyncops.Completed {
		t.Fatalf("got %+v", a)
	}
	if !alive(pid) {
		t.Error("what was left behind is gone")
	}
	_ = unix.Kill(pid, unix.SIGKILL)
}

// Nobody waits any more: while it runs, while it is being started, while it is queued.
func TestAbandon(t *testing.T) {
	r := newRig(t, 1, Config{Children: 1})
	running := r.begin(0, 0, command("sleep 1000"))
	queued := r.begin(0, 0, command("echo second"))
	third := r.begin(0, 0, command("echo third"))
	r.Until("the first runs", func() bool { return r.x.Snapshot().Started == 1 })
	queued.Abandon()
	running.Abandon()
	if a := third.Wait(); a.stdout != "third\n" {
		t.Errorf("got %+v", a)
	}
	r.On(0, func(l *loop.Loop, ops *asyncops.Table) { // before the worker can have brought it home
		c := r.x.Run(l)
		c.SetCommand([]byte("sleep 1000"))
		starting, _, _ := c.Begin(l, 0, nil) // nobody is to be resumed
		ops.Abandon(l, starting)
		c.Free(l)
	})
	if a := r.run("echo fourth"); a.stdout != "fourth\n" {
		t.Errorf("got %+v", a)
	}
	if n := r.x.Snapshot(); n.Abandoned != 3 || n.Killed != 2 || n.Running() != 0 || running.Ended() || queued.Ended() {
		t.Errorf("counters %+v", n)
	}
}

// No more children than allowed, no more waiting than allowed.
func TestBounds(t *testing.T) {
	r := newRig(t, 1, Config{Children: 2, Queue: 3})
	gate := filepath.Join(t.TempDir(), "gate")
	if err := unix.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	var waits []*looptest.Pending[answer]
	for range 5 {
		got := r.begin(0, 0, command("cat "+gate))
		waits = append(waits, got)
	}
	got := r.begin(0, 0, command("true"))
	if a := got.Wait(); a.out != asyncops.Overloaded || a.status != NotRun {
		t.Errorf("got %+v", a)
	}
	r.Until("two run", func() bool { return r.x.Snapshot().Started == 2 })
	if n := r.x.Snapshot(); n.Running() != 2 || n.InFlight() != 5 {
		t.Errorf("counters %+v", n)
	}
	r.Until("all have passed the gate", func() bool { // those that read now, see its end
		if fd, err := unix.Open(gate, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
			unix.Close(fd)
		}
		return r.x.Snapshot().InFlight() == 0
	})
	for _, w := range waits {
		if a := w.Wait(); a.out != asyncops.Completed {
			t.Errorf("got %+v", a)
		}
	}
}

// A shell that cannot be started is a failure, and after some the runner stops trying.
func TestCannotStart(t *testing.T) {
	r := newRig(t, 1, Config{Shell: "/no/such/shell", Breaker: asyncops.BreakerConfig{Failures: 2}})
	for i, want := range []asyncops.Outcome{asyncops.Failed, asyncops.Failed, asyncops.Unavailable} {
		if a := r.run("true"); a.out != want || a.status != NotRun {
			t.Errorf("attempt %d: got %+v, want %v", i, a, want)
		}
	}
}

// 200 commands leave nothing behind: no process, no zombie, no file descriptor.
func TestNothingLeaks(t *testing.T) {
	r := newRig(t, 2, Config{})
	r.run("true")
	r.settle()
	fds := openFDs(t)
	var waits []*looptest.Pending[answer]
	for i := range 200 {
		got := r.begin(i%2, 0, command(fmt.Sprintf("echo %d", i)))
		waits = append(waits, got)
	}
	for i, w := range waits {
		if a := w.Wait(); a.stdout != fmt.Sprintf("%d\n", i) {
			t.Errorf("command %d: got %+v", i, a)
		}
	}
	r.settle()
	r.Until("all fds are closed", func() bool { return len(openFDs(t)) <= len(fds) })
	if list := children(t); len(list) != 0 {
		t.Errorf("children %v", list)
	}
	if n := r.x.Snapshot(); n.Started != 201 || n.Reaped != 201 {
		t.Errorf("counters %+v", n)
	}
}

// settle lets the loops close what they close later.
func (r *rig) settle() {
	for range 3 {
		for i := range r.Group.Len() {
			r.Group.Do(i, func(*loop.Loop) {})
		}
	}
}

func openFDs(t *testing.T) []string {
	t.Helper()
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// children lists the processes whose parent we are, zombies too.
func children(t *testing.T) (list []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, _ := os.ReadFile(f) // a thread may have ended
		list = append(list, strings.Fields(string(b))...)
	}
	return list
}

// Close kills what runs, also what is just being started, and leaves no zombie.
func TestClose(t *testing.T) {
	r := newRig(t, 2, Config{Children: 6})
	var waits []*looptest.Pending[answer]
	for i := range 10 {
		got := r.begin(i%2, 0, command("sleep 1000"))
		waits = append(waits, got)
	}
	r.Until("one runs", func() bool { return r.x.Snapshot().Started > 0 })
	r.x.Close()
	for _, w := range waits {
		if a := w.Wait(); a.out != asyncops.Failed {
			t.Errorf("got %+v", a)
		}
	}
	if list := children(t); len(list) != 0 {
		t.Errorf("children %v", list)
	}
	if a := r.run("true"); a.out != asyncops.Failed {
		t.Errorf("after Close: got %+v", a)
	}
}

// The last of several values of a variable counts; the others are not handed on.
func TestEnvironment(t *testing.T) {
	got := environment([]string{"A=1", "B=2", "AB=3"}, []string{"A=x", "C=y", "A=z"})
	if s := strings.Join(got, " "); s != "B=2 AB=3 C=y A=z" {
		t.Errorf("got %s", s)
	}
}
