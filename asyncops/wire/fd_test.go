package wire

import (
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// pollers returns the epoll sets of this process that watch fd, by their own descriptors.
func pollers(t *testing.T, fd int) (sets []string) {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); to != "anon_inode:[eventpoll]" {
			continue
		}
		info, _ := os.ReadFile("/proc/self/fdinfo/" + e.Name())
		for line := range strings.Lines(string(info)) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "tfd:" && f[1] == strconv.Itoa(fd) {
				sets = append(sets, e.Name())
			}
		}
	}
	return sets
}

// Each socket is in the epoll set of its loop and in no other, Go's own included: read
// from the process's fdinfo. During a handshake, too.
func TestOneEpollSet(t *testing.T) {
	server, cfg := secured(t)
	r := newRig(t, 2, Config{})
	plain, secure := listen(t, echo), listenTLS(t, server, echo)
	silent := hung(t)
	secure.TLS, silent.TLS = cfg, cfg
	ofLoop := make([]string, 2)
	for i := range 2 {
		for _, to := range []Target{plain, secure, silent} {
			c := r.dial(i, to, long, "")
			if to != silent {
				looptest.Receive(t, "a connection", c.opened)
			}
			var sets []string
			r.Until("the socket is watched", func() bool {
				c.do(func(*loop.Loop) {
					if to != silent || c.conn.Stage() == Handshaking {
						sets = pollers(t, c.conn.fd)
					}
				})
				return len(sets) > 0
			})
			if len(sets) != 1 || ofLoop[i] != "" && ofLoop[i] != sets[0] {
				t.Fatalf("loop %d: in the sets %v, others in %v", i, sets, ofLoop)
			}
			ofLoop[i] = sets[0]
		}
	}
	if ofLoop[0] == ofLoop[1] {
		t.Error("two loops, one set")
	}
}

// sockets counts the open sockets of this process, threads its threads.
func sockets(t *testing.T) (n int) {
	t.Helper()
	all, _ := os.ReadDir("/proc/self/fd")
	for _, e := range all {
		if to, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

func threads(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// A handshake that hangs holds a goroutine, and no thread.
func TestHandshakesWaitInNoThread(t *testing.T) {
	_, cfg := secured(t)
	r := newRig(t, 1, Config{})
	silent := hung(t)
	silent.TLS = cfg
	before := threads(t)
	for range 200 {
		r.dial(0, silent, long, "")
	}
	r.Until("all shake hands", func() bool { return r.dialer.Snapshot().Handshakes == 200 })
	if n := threads(t) - before; n > 20 {
		t.Errorf("%d more threads", n)
	}
}

// "Close frees what c holds", at whatever stage it comes, and the Handler hears nothing.
func TestCloseAtEachStage(t *testing.T) {
	server, cfg := secured(t)
	r := newRig(t, 1, Config{})
	silent := hung(t)
	secure := listenTLS(t, server, echo)
	silent.TLS, secure.TLS = cfg, cfg
	for _, to := range []Target{silent, secure, {Host: "127.0.0.1", Port: blackHole(t), TLS: cfg}, {Host: "localhost", Port: secure.Port}} {
		var all []*client
		for wait := range 8 {
			c := r.dial(0, to, long, "x")
			for range wait {
				c.do(func(*loop.Loop) {}) // a pass or so
			}
			c.do(func(l *loop.Loop) { c.conn.Close(l) })
			all = append(all, c)
		}
		r.Until("nothing is left", func() bool {
			left := 0
			r.Group.Do(0, func(l *loop.Loop) { left = r.dialer.states.On(l).conns.Len() })
			return left == 0 && r.dialer.hands.running.Load() == 0
		})
		for _, c := range all {
			if len(c.closed) > 0 {
				t.Errorf("told of its own Close: %v", <-c.closed)
			}
		}
	}
}

// What has hung until then ends with the Dialer, is told so, and leaves no socket.
func TestCloseDialer(t *testing.T) {
	server, cfg := secured(t)
	r := newRig(t, 2, Config{})
	silent := hung(t)
	secure := listenTLS(t, server, echo)
	silent.TLS, secure.TLS = cfg, cfg
	hole := Target{Host: "127.0.0.1", Port: blackHole(t)}
	var all []*client
	for i := range 30 {
		all = append(all, r.dial(i%2, []Target{silent, secure, hole}[i%3], long, "x"))
	}
	r.Until("some hang", func() bool { return r.dialer.Snapshot().Handshakes == 20 })
	r.dialer.Close()
	for _, c := range all {
		if err := c.end(); err.Err != ErrClosed || !err.Ours() {
			t.Errorf("ended with %v", err)
		}
	}
	if err := r.dial(0, secure, long, "").end(); err.Err != ErrClosed {
		t.Errorf("dialed after Close: %v", err)
	}
	if n := r.dialer.Snapshot(); n.Open != 0 {
		t.Errorf("counters %+v", n)
	}
	for i := range 2 {
		r.Group.Do(i, func(l *loop.Loop) {
			if n := r.dialer.states.On(l).conns.Len(); n != 0 {
				t.Errorf("loop %d holds %d", i, n)
			}
		})
	}
}

// A thousand connections that fail, at all stages, leave no descriptor behind.
func TestNoDescriptorLeaks(t *testing.T) {
	server, cfg := secured(t)
	r := newRig(t, 1, Config{})
	garbage := listen(t, func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-x\r\n") })
	closes := listen(t, func(net.Conn) {})
	untrusted := listenTLS(t, server, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	wrong := cfg.Clone()
	wrong.ServerName = "wrong.example"
	garbage.TLS, closes.TLS, untrusted.TLS = cfg, cfg, wrong
	targets := []Target{garbage, closes, untrusted, {Host: "127.0.0.1", Port: 1}}
	round := func(n int) {
		var all []*client
		for i := range n {
			all = append(all, r.dial(0, targets[i%len(targets)], time.Minute, ""))
		}
		for _, c := range all {
			c.end()
		}
	}
	round(8)
	before := 0
	settled := func() bool { n := sockets(t); same := n == before; before = n; return same }
	r.Until("the servers have closed theirs", settled)
	base := before
	for range 10 {
		round(40)
	}
	r.Until("no more sockets than before", func() bool { return sockets(t) <= base })
	if got := slices.Max([]int64{r.dialer.Snapshot().Open, r.dialer.hands.running.Load()}); got != 0 {
		t.Errorf("%d are left", got)
	}
}
