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
	"sync"
	"syscall"
	"testing"
	"time"
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
	URL  string
	Cert []byte // PEM; of a server with TLS: a certificate of its own making

	tb      testing.TB
	bin     string
	dir     string
	port    int
	cred    *syscall.Credential // nil: ours
	mu      sync.Mutex
	cmd     *exec.Cmd // nil: stopped
	exited  chan struct{}
	release func()
}

const superuser = "fastsips"

// Start makes a cluster and starts it; it is stopped and removed when the test
// ends. It takes about two seconds.
func Start(tb testing.TB) *Server { return StartConfig(tb, Config{}) }

// StartConfig is Start with wishes.
func StartConfig(tb testing.TB, cfg Config) *Server {
	tb.Helper()
	s := &Server{tb: tb, bin: binaries(tb), cred: credential(tb)}
	s.makeDir()
	s.initdb(cfg)
	s.port = freePort(tb)
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

// Pid returns the postmaster's process id, 0 if it is stopped.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return 0
	}
	return s.cmd.Process.Pid
}

// Stop shuts the server down as an administrator would: connections are ended
// with SQLSTATE 57P01. The cluster stays for Restart.
func (s *Server) Stop() { s.stop(syscall.SIGINT) }

// Crash stops the server without a word to its clients.
func (s *Server) Crash() { s.stop(syscall.SIGQUIT) }

func (s *Server) stop(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	pid := s.cmd.Process.Pid
	s.signalAll(syscall.SIGCONT)
	_ = syscall.Kill(pid, sig) // if it is gone already, exited tells
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		s.signalAll(syscall.SIGKILL)
		<-s.exited
	}
	s.cmd = nil
	s.release()
}

// Restart starts the server after Stop or Crash and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		s.tb.Fatal("pgtest: the server runs already")
	}
	logFile, err := os.OpenFile(s.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	s.must(err)
	cmd := s.command("postgres", "-D", s.path("data"))
	cmd.Stdout, cmd.Stderr = logFile, logFile
	s.must(cmd.Start())
	s.must(logFile.Close())
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }() // how it ended is in its log
	s.cmd, s.exited = cmd, exited
	s.watchOver(cmd.Process.Pid)
	s.waitReady()
}

// Freeze stops every process of the server (SIGSTOP), so that it accepts
// connections and answers nothing. Thaw lets them go on.
func (s *Server) Freeze() { s.mu.Lock(); s.signalAll(syscall.SIGSTOP); s.mu.Unlock() }

// Thaw ends Freeze.
func (s *Server) Thaw() { s.mu.Lock(); s.signalAll(syscall.SIGCONT); s.mu.Unlock() }

// signalAll signals the postmaster and its children, which are in process groups
// of their own.
func (s *Server) signalAll(sig syscall.Signal) {
	pid := s.cmd.Process.Pid
	_ = syscall.Kill(pid, sig) // a process that is gone needs no signal; so below
	for _, child := range children(pid) {
		_ = syscall.Kill(child, sig)
	}
}

// children returns the processes whose parent is pid.
func children(pid int) (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well formed
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // gone since
		}
		// pid (name) state ppid …; the name may hold blanks and parentheses
		fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			pids = append(pids, child)
		}
	}
	return pids
}

// watchOver starts a shell that ends the server should the test process die
// without its Cleanup, as when it runs into its time limit.
func (s *Server) watchOver(pid int) {
	guard := exec.Command("/bin/sh", "-c", `read ok; test -n "$ok" && exit; kill -CONT "$1"; kill -QUIT "$1"; sleep 1; rm -rf "$2"`,
		"sh", strconv.Itoa(pid), s.dir)
	stdin, err := guard.StdinPipe()
	s.must(err)
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C is for the test
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
		if s.answers() {
			return
		}
		select {
		case <-s.exited:
			s.cmd = nil
			s.release()
			s.tb.Fatalf("pgtest: PostgreSQL did not start:\n%s", s.log())
		case <-time.After(25 * time.Millisecond):
		}
	}
	s.tb.Fatalf("pgtest: PostgreSQL does not answer:\n%s", s.log())
}

// answers reports whether the server has finished its start: then a start-up
// packet gets something other than the error 57P03.
func (s *Server) answers() bool {
	nc, err := net.Dial("tcp", s.addr())
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

func (s *Server) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Addr returns where the server listens, host:port.
func (s *Server) Addr() string { return s.addr() }

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) log() []byte {
	b, _ := os.ReadFile(s.path("log")) // an empty one says as much as an error
	return b
}

func (s *Server) must(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal("pgtest: ", err)
	}
}

// makeDir does not use TempDir, which the cluster's user could not enter.
func (s *Server) makeDir() {
	s.tb.Helper()
	dir, err := os.MkdirTemp("", "pgtest")
	s.must(err)
	s.dir = dir
	s.tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // in the temporary folder: others will
	s.own(dir)
}

// own gives a file to the cluster's user.
func (s *Server) own(name string) {
	s.tb.Helper()
	if s.cred != nil {
		s.must(os.Chown(name, int(s.cred.Uid), int(s.cred.Gid)))
	}
}

func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred, Setpgid: true}
	return cmd
}

func (s *Server) initdb(cfg Config) {
	s.tb.Helper()
	args := []string{"-D", s.path("data"), "-U", superuser, "-E", "UTF8", "--locale=C", "--no-sync", "--auth=trust"}
	if cfg.Password != "" {
		s.writeFile("password", []byte(cfg.Password+"\n"), 0o600)
		args = append(args[:len(args)-1], "--auth=scram-sha-256", "--pwfile="+s.path("password"))
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
		cert, key := Certificate(s.tb)
		s.Cert = cert
		s.writeFile("data/server.crt", cert, 0o600)
		s.writeFile("data/server.key", key, 0o600)
		conf += "ssl = on\n"
	}
	old, err := os.ReadFile(s.path("data/postgresql.conf"))
	s.must(err)
	s.writeFile("data/postgresql.conf", append(old, conf...), 0o600)
}

func (s *Server) writeFile(name string, b []byte, mode os.FileMode) {
	s.tb.Helper()
	s.must(os.WriteFile(s.path(name), b, mode))
	s.own(s.path(name))
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

// freePort returns a port that was free a moment ago.
func freePort(tb testing.TB) int {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal("pgtest: ", err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}
