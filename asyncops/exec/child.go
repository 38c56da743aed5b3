package exec

import (
	"bytes"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A child is one process, from the attempt to start it until it is reaped. A
// worker starts it; then it belongs to its loop, where it may outlive its Run.
type child struct {
	loop.Task // brings it home from the worker
	state     *state
	run       *Run // nil once nobody waits for it
	home      loop.Mailbox

	// what the worker needs
	command string
	env     []string
	stdin   []byte

	// what it finds
	err   error
	pid   int
	pidfd int
	pipes [3]int // our ends of 0, 1, 2; -1: none

	// the loop's again
	ended  *loop.Watch
	in     *loop.Watch
	out    output
	errs   output
	killed bool
}

// An output is one of the pipes a child writes to.
type output struct {
	w         *loop.Watch
	max       int
	data      []byte
	truncated bool
}

func newChild(s *state, l *loop.Loop, r *Run) *child {
	c := &child{state: s, run: r, home: l.Mailbox(), pidfd: -1, pipes: [3]int{-1, -1, -1}}
	c.command = string(r.command)
	c.env = environment(s.runner.cfg.Env, slices.Clone(r.env))
	c.stdin = bytes.Clone(r.stdin)
	c.out.max, c.errs.max = s.runner.cfg.MaxStdout, s.runner.cfg.MaxStderr
	c.Run = c.arrive
	return c
}

// start starts the process, in a worker.
func (c *child) start() {
	c.err = c.fork()
	c.home.Post(&c.Task)
}

// fork makes the pipes and the process. The pidfd comes with the process, so it
// can never be another's.
func (c *child) fork() (err error) {
	var theirs [3]int
	for i := range theirs {
		theirs[i] = -1
	}
	defer func() {
		for _, fd := range theirs {
			closeFD(fd)
		}
		if err != nil {
			for i, fd := range c.pipes {
				closeFD(fd)
				c.pipes[i] = -1
			}
		}
	}()
	if len(c.stdin) == 0 {
		if theirs[0], err = unix.Open(os.DevNull, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			return os.NewSyscallError("open "+os.DevNull, err)
		}
	} else if theirs[0], c.pipes[0], err = pipe(); err != nil {
		return err
	}
	if c.pipes[1], theirs[1], err = pipe(); err != nil {
		return err
	}
	if c.pipes[2], theirs[2], err = pipe(); err != nil {
		return err
	}
	for _, fd := range c.pipes {
		if fd >= 0 {
			if err = unix.SetNonblock(fd, true); err != nil {
				return os.NewSyscallError("fcntl", err)
			}
		}
	}
	return c.exec(theirs)
}

func (c *child) exec(stdio [3]int) (err error) {
	cfg := &c.state.runner.cfg
	attr := syscall.ProcAttr{
		Dir:   cfg.Dir,
		Env:   c.env,
		Files: []uintptr{uintptr(stdio[0]), uintptr(stdio[1]), uintptr(stdio[2])},
		Sys:   &syscall.SysProcAttr{Setpgid: true, PidFD: &c.pidfd},
	}
	if c.pid, err = syscall.ForkExec(cfg.Shell, []string{cfg.Shell, "-c", c.command}, &attr); err != nil {
		return os.NewSyscallError("fork "+cfg.Shell, err)
	}
	if c.pidfd < 0 { // before Linux 5.4; it is our child and not reaped: the number is still its own
		c.pidfd, err = unix.PidfdOpen(c.pid, 0)
	}
	if err != nil {
		_ = unix.Kill(-c.pid, unix.SIGKILL)
		wait(c.pid)
		c.pid = 0
		return os.NewSyscallError("pidfd_open", err)
	}
	return nil
}

// wait waits for a process that has been killed.
func wait(pid int) {
	for {
		if _, err := unix.Wait4(pid, nil, 0, nil); err != unix.EINTR {
			return
		}
	}
}

// pipe makes a pipe that no other process inherits.
func pipe() (r, w int, err error) {
	var p [2]int
	if err = unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return -1, -1, os.NewSyscallError("pipe2", err)
	}
	return p[0], p[1], nil
}

func closeFD(fd int) {
	if fd >= 0 {
		_ = unix.Close(fd)
	}
}

// arrive takes the started process over, on its loop.
func (c *child) arrive(l *loop.Loop) {
	s := c.state
	err := c.err
	if err == nil {
		s.stats.started.Inc()
		err = c.watch(l)
	}
	s.started(l, err)
	if err != nil {
		c.failed(l)
		return
	}
	c.command, c.env = "", nil
	if c.run == nil || s.closed {
		c.kill()
		c.drop(l)
		return
	}
	c.feed(l)
}

// failed ends a child that did not come to be, or could not be watched.
func (c *child) failed(l *loop.Loop) {
	s, r := c.state, c.run
	if c.pid > 0 {
		// The loop cannot watch it, so a goroutine waits for it: not long, for it
		// has been killed.
		c.kill()
		c.unwatch(l)
		s.stats.reaped.Inc()
		go wait(c.pid)
	}
	delete(s.children, c)
	c.run = nil
	if r != nil {
		r.end(l, asyncops.Failed)
	}
	s.pump(l)
}

// watch hands the fds to the loop. Those it does not take are closed.
func (c *child) watch(l *loop.Loop) (err error) {
	add := func(fd int, on loop.Events, w **loop.Watch) {
		if fd < 0 {
			return
		}
		if err == nil {
			*w, err = l.Watch(fd, on, c)
		}
		if err != nil {
			closeFD(fd)
		}
	}
	add(c.pidfd, loop.Readable, &c.ended)
	add(c.pipes[0], loop.Writable, &c.in)
	add(c.pipes[1], loop.Readable, &c.out.w)
	add(c.pipes[2], loop.Readable, &c.errs.w)
	return err
}

// Ready is called by the loop.
func (c *child) Ready(l *loop.Loop, w *loop.Watch, _ loop.Events) {
	switch w {
	case c.in:
		c.feed(l)
	case c.out.w:
		c.take(l, &c.out)
	case c.errs.w:
		c.take(l, &c.errs)
	case c.ended:
		c.reap(l)
	}
}

// feed writes what is left of the standard input, then closes it. A command may
// end without reading it.
func (c *child) feed(l *loop.Loop) {
	for c.in != nil {
		if len(c.stdin) == 0 {
			shut(l, &c.in)
			return
		}
		n, err := unix.Write(c.in.FD(), c.stdin)
		switch {
		case n > 0:
			c.stdin = c.stdin[n:]
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return
		default:
			c.stdin = nil
		}
	}
}

const (
	chunk    = 16 << 10  // bytes per read
	passRead = 256 << 10 // bytes read in one pass, more than a pipe holds: others want their turn
)

// take reads what has come.
func (c *child) take(l *loop.Loop, o *output) {
	s := c.state
	if s.scratch == nil {
		s.scratch = make([]byte, chunk)
	}
	for budget := passRead; budget > 0 && o.w != nil; {
		n, err := unix.Read(o.w.FD(), s.scratch)
		switch {
		case n > 0:
			budget -= n
			o.add(s.scratch[:n])
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return
		default: // end of file
			shut(l, &o.w)
		}
	}
}

// add keeps b up to the bound.
func (o *output) add(b []byte) {
	if room := o.max - len(o.data); len(b) > room {
		b, o.truncated = b[:room], true
	}
	o.data = append(o.data, b...)
}

// reap collects the process. The pidfd is readable once it is a zombie.
func (c *child) reap(l *loop.Loop) {
	var ws unix.WaitStatus
	pid, err := unix.Wait4(c.pid, &ws, unix.WNOHANG, nil)
	if pid == 0 || err == unix.EINTR {
		return // told without cause
	}
	s, r := c.state, c.run
	s.stats.reaped.Inc()
	if r != nil { // what it wrote before its end is in the pipes
		c.take(l, &c.out)
		c.take(l, &c.errs)
	}
	c.unwatch(l)
	c.pid = 0
	delete(s.children, c)
	if r != nil {
		c.run = nil
		c.deliver(r, ws, err)
		if r.truncated {
			s.stats.truncated.Inc()
		}
	}
	s.pump(l)
	if r != nil {
		r.end(l, asyncops.Completed)
	}
}

// deliver gives r its results.
func (c *child) deliver(r *Run, ws unix.WaitStatus, err error) {
	r.stdout, r.stderr = c.out.data, c.errs.data
	r.truncated = c.out.truncated || c.errs.truncated
	switch {
	case err != nil: // somebody else has reaped it
	case ws.Signaled():
		r.status = 128 + int(ws.Signal())
	default:
		r.status, r.signalled = ws.ExitStatus(), false
	}
}

// abandon kills the child. Nobody waits for it any more but the loop.
func (c *child) abandon(l *loop.Loop) {
	c.run = nil
	if c.ended != nil {
		c.kill()
		c.drop(l)
	} // else a worker still has it, and arrive will see to it
}

// kill ends the process and all of its group. It has not been reaped, so the
// number is still its own.
func (c *child) kill() {
	if !c.killed {
		c.killed = true
		c.state.stats.killed.Inc()
		_ = unix.Kill(-c.pid, unix.SIGKILL)
	}
}

// drop closes the pipes; the pidfd is watched until the process is reaped.
func (c *child) drop(l *loop.Loop) {
	shut(l, &c.in)
	shut(l, &c.out.w)
	shut(l, &c.errs.w)
	c.stdin, c.out.data, c.errs.data = nil, nil, nil
}

func (c *child) unwatch(l *loop.Loop) {
	shut(l, &c.ended)
	shut(l, &c.in)
	shut(l, &c.out.w)
	shut(l, &c.errs.w)
}

func shut(l *loop.Loop, w **loop.Watch) {
	if *w != nil {
		(*w).Close(l)
		*w = nil
	}
}
