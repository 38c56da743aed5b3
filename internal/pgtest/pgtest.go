// Package pgtest runs a private PostgreSQL for a test: its own cluster in a
// temporary folder, on a free port of loopback.
//
// PostgreSQL refuses to run as root, so a test that does hands the cluster to the
// user postgres, or nobody. A machine without PostgreSQL's programs fails the
// test; it does not skip it.
package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/testserver"
)

// Config is what a test may want different. Zero is a server without TLS that
// takes 200 connections from anybody on loopback.
type Config struct {
	TLS      bool   // with a certificate of its own making; the URL demands TLS
	Password string // of the user fastsips, by SCRAM; the URL has it. Empty: trust
	MaxConns int
}

// A Server is a running cluster. Its URL stays the same over a restart.
type Server struct {
	*testserver.Process
	URL string

	tb   testing.TB
	bin  string
	port int
	cred *syscall.Credential // nil: ours
}

const superuser = "fastsips"

// Start makes a cluster and starts it; it is stopped and removed when the test
// ends. It takes about two seconds.
func Start(tb testing.TB) *Server { return StartConfig(tb, Config{}) }

// StartConfig is Start with wishes.
func StartConfig(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	s := &Server{tb: tb, bin: binaries(tb), cred: credential(tb), port: testserver.FreePort(tb)}
	s.Process = testserver.New(tb, "pgtest", "PostgreSQL")
	s.own(s.Dir())
	s.initdb(cfg)
	s.URL = fmt.Sprintf("postgres://%s@127.0.0.1:%d/postgres?sslmode=%s", userinfo(cfg), s.port, sslmode(cfg))
	s.configure(cfg)
	s.Restart()
	tb.Cleanup(s.Stop)
	return s
}

func userinfo(cfg Config) string {
	if cfg.Password == "" {
		return superuser
	}
	return superuser + ":" + cfg.Password
}

func sslmode(cfg Config) string {
	if cfg.TLS {
		return "require"
	}
	return "disable"
}

// Stop shuts the server down as an administrator would: connections are ended
// with SQLSTATE 57P01. The cluster stays for Restart.
func (s *Server) Stop() { s.Process.Stop(syscall.SIGINT) }

// Crash stops the server without a word to its clients.
func (s *Server) Crash() { s.Process.Stop(syscall.SIGQUIT) }

// Restart starts the server after Stop or Crash and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Start(s.command("postgres", "-D", s.Path("data")), s.answers)
}

// answers reports whether the server has finished its start: then a start-up
// packet gets something other than the error 57P03.
func (s *Server) answers() bool {
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		return false
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(5 * time.Second)) // reading would fail as well
	params := "user\x00" + superuser + "\x00database\x00postgres\x00\x00"
	hello := append([]byte{0, 0, 0, byte(8 + len(params)), 0, 3, 0, 0}, params...)
	if _, err := nc.Write(hello); err != nil {
		return false
	}
	answer := make([]byte, 512)
	n, err := nc.Read(answer)
	return err == nil && (answer[0] == 'R' || !strings.Contains(string(answer[:n]), "57P03"))
}

// Addr returns where the server listens, host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Cert is the server's certificate, PEM; only with Config.TLS.
func (s *Server) Cert() []byte {
	s.tb.Helper()
	b, err := os.ReadFile(s.Path("data/server.crt"))
	s.Must(err)
	return b
}

// own gives a file to the cluster's user.
func (s *Server) own(name string) {
	s.tb.Helper()
	if s.cred != nil {
		s.Must(os.Chown(name, int(s.cred.Uid), int(s.cred.Gid)))
	}
}

func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.Dir()
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	return cmd
}

func (s *Server) initdb(cfg Config) {
	s.tb.Helper()
	args := []string{"-D", s.Path("data"), "-U", superuser, "-E", "UTF8", "--locale=C", "--no-sync", "--auth=trust"}
	if cfg.Password != "" {
		s.writeFile("password", []byte(cfg.Password+"\n"), 0o600)
		args = append(args[:len(args)-1], "--auth=scram-sha-256", "--pwfile="+s.Path("password"))
	}
	if out, err := s.command("initdb", args...).CombinedOutput(); err != nil {
		s.tb.Fatalf("pgtest: initdb: %v\n%s", err, out)
	}
}

func (s *Server) configure(cfg Config) {
	s.tb.Helper()
	if cfg.MaxConns == 0 {
		cfg.MaxConns = 200
	}
	conf := fmt.Sprintf("\nlisten_addresses = '127.0.0.1'\nport = %d\nunix_socket_directories = ''\nmax_connections = %d\n", s.port, cfg.MaxConns)
	conf += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\nshared_buffers = '16MB'\nlogging_collector = off\n"
	if cfg.TLS {
		cert, key := testserver.Certificate(s.tb)
		s.writeFile("data/server.crt", cert, 0o600)
		s.writeFile("data/server.key", key, 0o600)
		conf += "ssl = on\n"
	}
	old, err := os.ReadFile(s.Path("data/postgresql.conf"))
	s.Must(err)
	s.writeFile("data/postgresql.conf", append(old, conf...), 0o600)
}

func (s *Server) writeFile(name string, b []byte, mode os.FileMode) {
	s.tb.Helper()
	s.Must(os.WriteFile(s.Path(name), b, mode))
	s.own(s.Path(name))
}

// binaries finds the folder with initdb and postgres: Debian's, the newest
// version first, or PATH.
func binaries(tb testing.TB) string {
	tb.Helper()
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is well formed
	for i := len(dirs) - 1; i >= 0; i-- {
		if _, err := os.Stat(filepath.Join(dirs[i], "initdb")); err == nil {
			return dirs[i]
		}
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		tb.Fatal("pgtest: PostgreSQL is needed for this test: no initdb in /usr/lib/postgresql/*/bin or PATH (Debian: apt-get install postgresql)")
	}
	return filepath.Dir(initdb)
}

// credential returns the user to run as, nil for ourselves.
func credential(tb testing.TB) *syscall.Credential {
	tb.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		tb.Fatal("pgtest: PostgreSQL does not run as root, and there is no user postgres or nobody: ", err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		tb.Fatal("pgtest: ", err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
