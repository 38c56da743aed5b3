// Package redistest runs private Redis servers for a test: each in a temporary folder, on
// a free port of loopback, without persistence. A machine without redis-server fails the
// test; it does not skip it.
package redistest

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
)

// Config is what a test may want different. Zero is a server without TLS that wants no
// password.
type Config struct {
	TLS      bool     // only; with a certificate of its own making, see Server.CA
	Password string   // of the user "default"
	Cluster  bool     // as a node of a cluster that has no other nodes and no slots yet
	Options  []string // further arguments of redis-server
}

// A Server is a running redis-server. Its port stays the same over a restart.
type Server struct {
	Port int
	CA   *x509.CertPool // of a server with TLS: what its certificate is signed by

	tb      testing.TB
	cfg     Config
	busPort int // of the nodes of a cluster among each other
	dir     string
	mu      sync.Mutex
	cmd     *exec.Cmd // nil: stopped
	exited  chan struct{}
	release func()
}

// Start starts a server; it is stopped and removed when the test ends.
func Start(tb testing.TB) *Server { return StartConfig(tb, Config{}) }

// StartConfig is Start with wishes.
func StartConfig(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		tb.Fatal("redistest: redis-server is needed for this test (Debian: apt-get install redis-server)")
	}
	s := &Server{tb: tb, cfg: cfg, Port: freePort(tb), busPort: freePort(tb)}
	dir, err := os.MkdirTemp("", "redistest")
	s.must(err)
	s.dir = dir
	tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // in the temporary folder: others will
	if cfg.TLS {
		s.makeCertificate()
	}
	s.Restart()
	tb.Cleanup(s.Stop)
	return s
}

// Addr returns where the server listens, host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)) }

func (s *Server) makeCertificate() {
	s.tb.Helper()
	cert, key := pgtest.Certificate(s.tb)
	s.must(os.WriteFile(s.path("cert"), cert, 0o600))
	s.must(os.WriteFile(s.path("key"), key, 0o600))
	s.CA = x509.NewCertPool()
	s.CA.AppendCertsFromPEM(cert)
}

// CAFile returns the name of a file with the certificate of a server with TLS.
func (s *Server) CAFile() string { return s.path("cert") }

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) must(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal("redistest: ", err)
	}
}

func (s *Server) args() []string {
	port := strconv.Itoa(s.Port)
	args := []string{"--bind", "127.0.0.1", "--dir", s.dir, "--save", "", "--appendonly", "no", "--databases", "16", "--loglevel", "notice"}
	if s.cfg.TLS {
		args = append(args, "--port", "0", "--tls-port", port, "--tls-cert-file", s.path("cert"), "--tls-key-file", s.path("key"),
			"--tls-ca-cert-file", s.path("cert"), "--tls-auth-clients", "no")
	} else {
		args = append(args, "--port", port)
	}
	if s.cfg.Password != "" {
		args = append(args, "--requirepass", s.cfg.Password, "--masterauth", s.cfg.Password)
	}
	if s.cfg.Cluster {
		args = append(args, "--cluster-enabled", "yes", "--cluster-node-timeout", "800", "--cluster-config-file", "nodes",
			"--cluster-port", strconv.Itoa(s.busPort), "--repl-diskless-sync-delay", "0")
	}
	return append(args, s.cfg.Options...)
}

// Restart starts the server after Stop or Kill and waits until it answers. What it knew
// is forgotten.
func (s *Server) Restart() {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		s.tb.Fatal("redistest: the server runs already")
	}
	logFile, err := os.OpenFile(s.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	s.must(err)
	cmd := exec.Command("redis-server", s.args()...)
	cmd.Dir = s.dir
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C is for the test
	s.must(cmd.Start())
	s.must(logFile.Close())
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }() // how it ended is in its log
	s.cmd, s.exited = cmd, exited
	s.watchOver(cmd.Process.Pid)
	s.waitReady()
}

// watchOver starts a shell that ends the server should the test process die without its
// Cleanup, as when it runs into its time limit.
func (s *Server) watchOver(pid int) {
	guard := exec.Command("/bin/sh", "-c", `read ok; test -n "$ok" && exit; kill -KILL "$1"; rm -rf "$2"`, "sh", strconv.Itoa(pid), s.dir)
	stdin, err := guard.StdinPipe()
	s.must(err)
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.must(guard.Start())
	s.release = func() {
		_, _ = stdin.Write([]byte("ok\n")) // a guard that died guards nothing
		_ = guard.Wait()
	}
}

// waitReady polls, for a server has no other way to say that it is up.
func (s *Server) waitReady() {
	s.tb.Helper()
	for range 600 {
		if c, err := net.Dial("tcp", s.Addr()); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-s.exited:
			s.cmd = nil
			s.release()
			s.tb.Fatalf("redistest: Redis did not start:\n%s", s.log())
		case <-time.After(10 * time.Millisecond):
		}
	}
	s.tb.Fatalf("redistest: Redis does not answer:\n%s", s.log())
}

func (s *Server) log() []byte {
	b, _ := os.ReadFile(s.path("log")) // an empty one says as much as an error
	return b
}

// Stop shuts the server down as an administrator would.
func (s *Server) Stop() { s.stop(syscall.SIGTERM) }

// Kill ends the server without a word to its clients.
func (s *Server) Kill() { s.stop(syscall.SIGKILL) }

func (s *Server) stop(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	pid := s.cmd.Process.Pid
	_ = syscall.Kill(pid, syscall.SIGCONT) // if it is gone already, exited tells
	_ = syscall.Kill(pid, sig)
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(pid, syscall.SIGKILL)
		<-s.exited
	}
	s.cmd = nil
	s.release()
}

// Freeze stops the process (SIGSTOP), so that it accepts connections and answers
// nothing. Thaw lets it go on.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		_ = syscall.Kill(s.cmd.Process.Pid, sig) // a process that is gone needs no signal
	}
}

// Do asks the server, on a connection of its own, for one reply of one line, which is
// returned; of a bulk string its text. The test fails if it is an error. It speaks no TLS.
func (s *Server) Do(args ...string) string {
	s.tb.Helper()
	reply, err := s.try(args...)
	s.must(err)
	if strings.HasPrefix(reply, "-") {
		s.tb.Fatalf("redistest: %s: %s", args, reply)
	}
	return reply
}

func (s *Server) try(args ...string) (string, error) {
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second)) // reading would fail as well
	r := bufio.NewReader(c)
	if s.cfg.Password != "" {
		if _, err := ask(c, r, "AUTH", s.cfg.Password); err != nil {
			return "", err
		}
	}
	return ask(c, r, args...)
}

// ask sends a command and reads a line, or the string that it is about.
func ask(c net.Conn, r *bufio.Reader, args ...string) (string, error) {
	text := fmt.Sprintf("*%d\r\n", len(args))
	for _, a := range args {
		text += fmt.Sprintf("$%d\r\n%s\r\n", len(a), a)
	}
	if _, err := io.WriteString(c, text); err != nil {
		return "", err
	}
	line, err := r.ReadString('\n')
	line = strings.TrimSuffix(line, "\r\n")
	if err != nil || !strings.HasPrefix(line, "$") || line == "$-1" {
		return line, err
	}
	n, err := strconv.Atoi(line[1:])
	if err != nil {
		return "", err
	}
	b := make([]byte, n)
	_, err = io.ReadFull(r, b)
	return string(b), err
}

// freePort returns a port that was free a moment ago.
func freePort(tb testing.TB) int {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal("redistest: ", err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}
