// Package testserver holds what private servers of tests have in common (pgtest,
// mysqltest, redistest): a temporary folder, a free port of loopback, a process that is
// started, frozen and stopped by its id, and a guard that outlives a test that died.
package testserver

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Process is one server program and its folder. It may be started again once it has
// been stopped. Its methods may be called from any goroutine.
type Process struct {
	tb      testing.TB
	name    string // of the test's package, in front of what it reports
	program string // as people call it
	dir     string
	mu      sync.Mutex
	cmd     *exec.Cmd // nil: stopped
	exited  chan struct{}
	release func()
}

// New makes the folder, which is removed when the test ends. It is not tb's TempDir,
// which another user could not enter.
func New(tb testing.TB, name, program string) *Process {
	tb.Helper()
	dir, err := os.MkdirTemp("", name)
	p := &Process{tb: tb, name: name, program: program, dir: dir}
	p.Must(err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // in the temporary folder: others will
	return p
}

// Must ends the test if there is an error.
func (p *Process) Must(err error) {
	p.tb.Helper()
	if err != nil {
		p.tb.Fatal(p.name+": ", err)
	}
}

// Dir is the folder.
func (p *Process) Dir() string { return p.dir }

// Path names a file in the folder.
func (p *Process) Path(name string) string { return filepath.Join(p.dir, name) }

// Start starts cmd, in a process group of its own so that a ^C is for the test, and waits
// until answers says that it is up: a server has no other way to tell. What the program
// writes goes to the file "log" of the folder.
func (p *Process) Start(cmd *exec.Cmd, answers func() bool) {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.tb.Fatalf("%s: the server runs already", p.name)
	}
	log, err := os.OpenFile(p.Path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	p.Must(err)
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	p.Must(cmd.Start())
	p.Must(log.Close())
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }() // how it ended is in its log
	p.cmd, p.exited = cmd, exited
	p.watchOver(cmd.Process.Pid)
	p.waitReady(answers)
}

// watchOver starts a shell that ends the server should the test process die without its
// Cleanup, as when it runs into its time limit. SIGQUIT lets PostgreSQL take its children
// along.
func (p *Process) watchOver(pid int) {
	guard := exec.Command("/bin/sh", "-c", `read ok; test -n "$ok" && exit
		kill -CONT "$1"; kill -QUIT "$1"; sleep 1; kill -KILL "$1"; rm -rf "$2"`, "sh", strconv.Itoa(pid), p.dir)
	stdin, err := guard.StdinPipe()
	p.Must(err)
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.Must(guard.Start())
	p.release = func() {
		_, _ = stdin.Write([]byte("ok\n")) // a guard that died guards nothing
		_ = guard.Wait()
	}
}

func (p *Process) waitReady(answers func() bool) {
	p.tb.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if answers() {
			return
		}
		select {
		case <-p.exited:
			p.cmd = nil
			p.release()
			p.tb.Fatalf("%s: %s did not start:\n%s", p.name, p.program, p.log())
		case <-time.After(10 * time.Millisecond):
		}
	}
	p.tb.Fatalf("%s: %s does not answer:\n%s", p.name, p.program, p.log())
}

func (p *Process) log() []byte {
	b, _ := os.ReadFile(p.Path("log")) // an empty one says as much as an error
	return bytes.ToValidUTF8(b, []byte("?"))
}

// Pid is the process id, 0 if the server is stopped.
func (p *Process) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Stop sends a signal that ends the server, frozen or not, and returns when it has ended.
// A stopped one is left alone.
func (p *Process) Stop(sig syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	_ = syscall.Kill(p.cmd.Process.Pid, sig) // if it is gone already, exited tells
	p.signalAll(syscall.SIGCONT)
	select {
	case <-p.exited:
	case <-time.After(10 * time.Second):
		p.signalAll(syscall.SIGKILL)
		<-p.exited
	}
	p.cmd = nil
	p.release()
}

// Freeze stops the server and its children (SIGSTOP): it accepts connections and answers
// nothing. All of them have stopped when Freeze returns.
func (p *Process) Freeze() {
	p.tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) { // nobody tells
		if p.signalAll(syscall.SIGSTOP) {
			return
		}
	}
	p.tb.Fatalf("%s: %s does not freeze", p.name, p.program)
}

// Thaw ends Freeze.
func (p *Process) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		p.signalAll(syscall.SIGCONT)
	}
}

// signalAll signals the process and its children, which may be in groups of their own, and
// reports whether all of them had stopped before.
func (p *Process) signalAll(sig syscall.Signal) (stopped bool) {
	pid := p.cmd.Process.Pid
	stopped = true
	for _, child := range append(children(pid), pid) { // a parent that is gone has no children
		stopped = stopped && still(state(child))
		_ = syscall.Kill(child, sig) // a process that is gone needs no signal
	}
	return stopped
}

// children returns the processes whose parent is pid.
func children(pid int) (pids []int) {
	procs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, name := range procs {
		child, _ := strconv.Atoi(filepath.Base(name))
		if fields := stat(child); len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			pids = append(pids, child)
		}
	}
	return pids
}

// still reports whether a process in that state does nothing: it is stopped, or has ended,
// which its parent cannot be told while that is stopped.
func still(state string) bool { return state == "T" || state == "Z" || state == "" }

// state is "T" of a process that is stopped, "" of one that is gone.
func state(pid int) string {
	if fields := stat(pid); len(fields) > 0 {
		return fields[0]
	}
	return ""
}

// stat returns what /proc/pid/stat says behind "pid (name)", for a name may hold blanks
// and parentheses: state, parent …; nothing of a process that is gone.
func stat(pid int) []string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	return strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
}
