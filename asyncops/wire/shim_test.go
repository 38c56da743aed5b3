package wire

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

// crypto/tls gives a temporary net.Error back and goes on where it stopped: what a TLS
// connection on a loop lives by. A record may come in any pieces.
func TestWouldBlockIsNotSticky(t *testing.T) {
	server, client := secured(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cfg := client.Clone()
		cfg.MaxVersion, cfg.ServerName = version, "127.0.0.1"
		near, far := net.Pipe()
		records := new(recorder)
		shim := NewShim(near)
		secure, peer := tls.Client(shim, cfg), tls.Server(&tapped{far, records}, server)
		go func() { _ = peer.Handshake() }()
		if err := secure.Handshake(); err != nil {
			t.Fatal(err)
		}
		records.on = true
		text := bytes.Repeat([]byte("so that it takes several records "), 1200) // 39,600 bytes
		if _, err := peer.Write(text); err != nil {
			t.Fatal(err)
		}

		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fds[0])
		defer unix.Close(fds[1])
		var out []byte
		shim.Adopt(fds[0], &out)
		var got []byte
		blocked, room := 0, make([]byte, 4096)
		for sent := 0; len(got) < len(text); {
			n, err := secure.Read(room)
			got = append(got, room[:n]...)
			switch {
			case err == WouldBlock && sent < len(records.b):
				blocked++
				m, err := unix.Write(fds[1], records.b[sent:min(sent+7, len(records.b))])
				if err != nil {
					t.Fatal(err)
				}
				sent += m
			case err != nil:
				t.Fatalf("TLS %x, after %d bytes: %v", version, len(got), err)
			}
		}
		if !bytes.Equal(got, text) || blocked < len(records.b)/7 {
			t.Errorf("TLS %x: %d bytes, would block %d times", version, len(got), blocked)
		}
		near.Close()
		far.Close()
	}
}

// A tapped connection keeps what is written once it is told to, instead of sending it.
type tapped struct {
	net.Conn
	to *recorder
}

type recorder struct {
	on bool
	b  []byte
}

func (p *tapped) Write(b []byte) (int, error) {
	if !p.to.on {
		return p.Conn.Write(b)
	}
	p.to.b = append(p.to.b, b...)
	return len(b), nil
}

// The end of a TLS connection that is announced by a close_notify is io.EOF, one that is
// cut off io.ErrUnexpectedEOF: "a truncation attack"; RFC 8446 §6.1.
func TestCloseNotify(t *testing.T) {
	server, client := secured(t)
	r := newRig(t, 1, Config{})
	polite := listenTLS(t, server, func(c net.Conn) {
		_, _ = io.ReadFull(c, make([]byte, 2))
		_ = c.Close()
	})
	rude := listenTLS(t, server, func(c net.Conn) {
		_, _ = io.ReadFull(c, make([]byte, 2))
		_ = c.(*tls.Conn).NetConn().Close()
	})
	polite.TLS, rude.TLS = client, client
	if err := r.dial(0, polite, long, "hi").end(); err.Err != io.EOF || err.Stage != Open {
		t.Errorf("announced: %v", err)
	}
	if err := r.dial(0, rude, long, "hi").end(); err.Err != io.ErrUnexpectedEOF {
		t.Errorf("cut off: %v", err)
	}

	// We say good-bye as well.
	heard := make(chan error, 1)
	to := listenTLS(t, server, func(c net.Conn) {
		_, err := c.Read(make([]byte, 10))
		if err == nil {
			_, err = c.Read(make([]byte, 10))
		}
		heard <- err
	})
	to.TLS = client
	c := r.dial(0, to, long, "hi")
	looptest.Receive(t, "a connection", c.opened)
	c.do(func(l *loop.Loop) { c.conn.Close(l); c.conn.Close(l) })
	if err := looptest.Receive(t, "the end at the server", heard); err != io.EOF {
		t.Errorf("the server saw %v, want the announced end", err)
	}
}

// A key update that the peer asks for is answered, in the middle of the stream (RFC 8446
// §4.6.3); a renegotiation is refused, for it would block the loop.
func TestKeyUpdateAndRenegotiation(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Fatal("openssl is needed for this test (Debian: apt-get install openssl): ", err)
	}
	r := newRig(t, 1, Config{})
	for _, c := range []struct {
		name, version, command string
		ends                   bool
	}{{"key update", "-tls1_3", "K", false}, {"renegotiation", "-tls1_2", "R", true}} {
		port, updated, say := startOpenSSL(t, openssl, c.version)
		conn := r.dial(0, Target{Host: "127.0.0.1", Port: port, TLS: &tls.Config{InsecureSkipVerify: true}}, long, "hello\n")
		looptest.Receive(t, "a connection", conn.opened)
		say(c.command)
		if c.ends {
			if err := conn.end(); err.Stage != Open || !strings.Contains(err.Error(), "renegotiation") {
				t.Errorf("%s: ended with %v", c.name, err)
			}
			continue
		}
		looptest.Receive(t, "openssl to update", updated)
		say("after it")
		for text := ""; !strings.Contains(text, "after it"); {
			text += string(conn.read(1))
		}
		conn.do(func(l *loop.Loop) {
			if !conn.conn.Write(l, []byte("still here\n")) {
				t.Errorf("%s: nothing can be written", c.name)
			}
		})
		say("and again") // behind its answer to what was written
		for text := ""; !strings.Contains(text, "and again"); {
			text += string(conn.read(1))
		}
	}
}

// startOpenSSL starts a server and returns what gives it a line: a command, or a text for
// the client. Updated is closed when it has carried out a command.
func startOpenSSL(t *testing.T, openssl, version string) (port uint16, updated chan struct{}, say func(string)) {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x",
		"-keyout", dir+"/key", "-out", dir+"/cert").CombinedOutput(); err != nil {
		t.Fatalf("openssl req: %v\n%s", err, out)
	}
	p := exec.Command(openssl, "s_server", version, "-accept", "127.0.0.1:0", "-key", dir+"/key", "-cert", dir+"/cert")
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	ports, connected := make(chan uint16, 1), make(chan struct{})
	updated = make(chan struct{})
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, addr, ok := strings.Cut(lines.Text(), "ACCEPT "); ok && len(ports) == 0 {
				a, _ := net.ResolveTCPAddr("tcp", addr)
				ports <- uint16(a.Port)
			}
			switch text := lines.Text(); {
			case text == "hello":
				close(connected)
			case strings.HasPrefix(text, "SSL_do_handshake"):
				close(updated)
			}
		}
	}()
	port = looptest.Receive(t, "openssl's port", ports)
	return port, updated, func(line string) {
		t.Helper()
		looptest.Receive(t, "openssl to hear us", connected)
		_, _ = io.WriteString(in, line+"\n")
	}
}
