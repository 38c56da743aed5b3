package rest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A rig is a client on running loops.
type rig struct {
	t      testing.TB
	g      *loop.Group
	ops    *asyncops.Set
	client *Client
}

// patience bounds every wait of these tests; nothing is asserted about time.
const patience = 20 * time.Second

func newRig(t testing.TB, loops int, cfg Config) *rig {
	t.Helper()
	return newRigWith(t, loops, cfg, nil)
}

// newRigWith calls setUp before the client is made.
func newRigWith(t testing.TB, loops int, cfg Config, setUp func(*loop.Group)) *rig {
	t.Helper()
	g, err := loop.New(loop.Config{Loops: loops, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if setUp != nil {
		setUp(g)
	}
	ops := asyncops.NewSet(g, 10*time.Second)
	r := &rig{t: t, g: g, ops: ops, client: New(g, ops, cfg, slog.New(slog.DiscardHandler))}
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.client.Close()
		g.Stop()
	})
	return r
}

// An answer is what a request left behind.
type answer struct {
	out         asyncops.Outcome
	code        int32
	status      int
	body        string
	contentType string
	location    string
}

type waiter func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome)

func (w waiter) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) { w(l, op, out) }

// begin starts a request on a loop; its answer comes on the channel.
func (r *rig) begin(on int, timeout time.Duration, set func(*Request)) <-chan answer {
	got := make(chan answer, 1)
	r.g.Do(on, func(l *loop.Loop) { r.beginOn(l, timeout, set, got) })
	return got
}

func (r *rig) beginOn(l *loop.Loop, timeout time.Duration, set func(*Request), got chan<- answer) asyncops.Token {
	q := r.client.Request(l)
	set(q)
	ended := waiter(func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
		if op != asyncops.Op(q) {
			r.t.Error("resumed with another operation")
		}
		got <- answer{out, q.Code(), q.Status(), string(q.Body()), string(q.ContentType()), string(q.Header("Location"))}
		q.Free(l)
	})
	tok, out, pending := q.Begin(l, timeout, ended)
	if !pending {
		ended(l, q, out)
	}
	return tok
}

func (r *rig) wait(got <-chan answer) answer {
	r.t.Helper()
	select {
	case a := <-got:
		return a
	case <-time.After(patience):
		r.t.Fatal("no answer")
		return answer{}
	}
}

func (r *rig) get(url string) answer {
	r.t.Helper()
	return r.wait(r.begin(0, 0, func(q *Request) { q.SetURL([]byte(url)) }))
}

func (r *rig) want(a answer, out asyncops.Outcome, code int32) {
	r.t.Helper()
	if a.out != out || a.code != code {
		r.t.Errorf("got %v, code %d (status %d), want %v, code %d", a.out, a.code, a.status, out, code)
	}
}

// until polls cond: sockets and goroutines of the peer are involved.
func (r *rig) until(what string, cond func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("never: %s", what)
		}
	}
}

// An exchange is one request as a peer sees it.
type exchange struct {
	net.Conn
	conn    int // which connection of the peer, from 1
	request int // which request of the connection, from 1
}

// A serve writes what it likes; false closes the connection.
type serve func(x exchange) (goOn bool)

// A peer is an HTTP server of raw bytes: it reads a request's header and calls
// its serve. Each connection has a goroutine.
type peer struct {
	ln    net.Listener
	mu    sync.Mutex
	conns []net.Conn
	heads []string // what was asked, in order
}

func newPeer(t testing.TB, do serve) *peer {
	t.Helper()
	return listen(t, func(p *peer, c net.Conn, nth int) { p.talk(exchange{Conn: c, conn: nth}, do) })
}

// newLeanPeer answers whatever it reads with text, and allocates nothing meanwhile.
func newLeanPeer(t testing.TB, text string) *peer {
	t.Helper()
	return listen(t, func(_ *peer, c net.Conn, _ int) {
		defer c.Close()
		in, out := make([]byte, 4096), []byte(text)
		for {
			if _, err := c.Read(in); err != nil {
				return
			}
			if _, err := c.Write(out); err != nil {
				return
			}
		}
	})
}

func listen(t testing.TB, talk func(p *peer, c net.Conn, nth int)) *peer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{ln: ln}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			p.mu.Lock()
			p.conns = append(p.conns, c)
			nth := len(p.conns)
			p.mu.Unlock()
			go talk(p, c, nth)
		}
	}()
	t.Cleanup(p.close)
	return p
}

func (p *peer) talk(x exchange, do serve) {
	defer x.Close()
	in := bufio.NewReader(x)
	for {
		var head bytes.Buffer
		for !bytes.HasSuffix(head.Bytes(), []byte("\r\n\r\n")) {
			b, err := in.ReadByte()
			if err != nil {
				return
			}
			head.WriteByte(b)
		}
		p.mu.Lock()
		p.heads = append(p.heads, head.String())
		p.mu.Unlock()
		x.request++
		if !do(x) {
			return
		}
	}
}

func (p *peer) close() {
	p.ln.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
}

func (p *peer) url() string { return "http://" + p.ln.Addr().String() + "/" }

func (p *peer) accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

func (p *peer) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.heads...)
}

// says gives the same answer to everything, in one write.
func says(text string, goOn bool) serve {
	return func(x exchange) bool {
		_, _ = io.WriteString(x, text)
		return goOn
	}
}

// mute reads on and never answers.
func mute(x exchange) bool {
	_, _ = io.Copy(io.Discard, x)
	return false
}

const ok200 = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"

func crlfs(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// blackHole is a URL where connecting hangs: a listener whose backlog is full.
func blackHole(t testing.TB) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 { // one fits in, the others hang
		c, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(c) })
		if err := unix.Connect(c, sa); err != nil && err != unix.EINPROGRESS {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("http://127.0.0.1:%d/", sa.(*unix.SockaddrInet4).Port)
}
