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
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/testserver"
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
	*testserver.Process
	Port int
	CA   *x509.CertPool // of a server with TLS: what its certificate is signed by

	tb      testing.TB
	cfg     Config
	busPort int // of the nodes of a cluster among each other
}

// Start starts a server; it is stopped and removed when the test ends.
func Start(tb testing.TB) *Server { return StartConfig(tb, Config{}) }

// StartConfig is Start with wishes.
func StartConfig(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		tb.Fatal("redistest: redis-server is needed for this test (Debian: apt-get install redis-server)")
	}
	s := &Server{Process: testserver.New(tb, "redistest", "Redis"), tb: tb, cfg: cfg, Port: testserver.FreePort(tb), busPort: testserver.FreePort(tb)}
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
	cert, key := testserver.Certificate(s.tb)
	s.Must(os.WriteFile(s.Path("cert"), cert, 0o600))
	s.Must(os.WriteFile(s.Path("key"), key, 0o600))
	s.CA = x509.NewCertPool()
	s.CA.AppendCertsFromPEM(cert)
}

// CAFile returns the name of a file with the certificate of a server with TLS.
func (s *Server) CAFile() string { return s.Path("cert") }

func (s *Server) args() []string {
	port := strconv.Itoa(s.Port)
	args := []string{"--bind", "127.0.0.1", "--dir", s.Dir(), "--save", "", "--appendonly", "no", "--databases", "16", "--loglevel", "notice"}
	if s.cfg.TLS {
		args = append(args, "--port", "0", "--tls-port", port, "--tls-cert-file", s.Path("cert"), "--tls-key-file", s.Path("key"),
			"--tls-ca-cert-file", s.Path("cert"), "--tls-auth-clients", "no")
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
	cmd := exec.Command("redis-server", s.args()...)
	cmd.Dir = s.Dir()
	s.Start(cmd, s.answers)
}

func (s *Server) answers() bool {
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		return false
	}
	_ = c.Close() // it was only to see whether it comes about
	return true
}

// Stop shuts the server down as an administrator would.
func (s *Server) Stop() { s.Process.Stop(syscall.SIGTERM) }

// Kill ends the server without a word to its clients.
func (s *Server) Kill() { s.Process.Stop(syscall.SIGKILL) }

// Do asks the server, on a connection of its own, for one reply of one line, which is
// returned; of a bulk string its text. The test fails if it is an error. It speaks no TLS.
func (s *Server) Do(args ...string) string {
	s.tb.Helper()
	reply, err := s.try(args...)
	s.Must(err)
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
