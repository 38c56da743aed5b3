package rest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

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

// newLeanTLSPeer is newLeanPeer over TLS; it returns its URL and what trusts it.
func newLeanTLSPeer(t testing.TB, text string) (url string, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	p := listen(t, func(_ *peer, c net.Conn, _ int) {
		defer c.Close()
		in, out, sec := make([]byte, 4096), []byte(text), tls.Server(c, s.TLS)
		for {
			if _, err := sec.Read(in); err != nil {
				return
			}
			if _, err := sec.Write(out); err != nil {
				return
			}
		}
	})
	return "https" + strings.TrimPrefix(p.url(), "http"), s.Client().Transport.(*http.Transport).TLSClientConfig
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
