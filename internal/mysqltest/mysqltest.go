// Package mysqltest runs a private MariaDB for a test: its own data in a temporary
// folder, on a free port of loopback, stopped by its process id.
//
// A machine without MariaDB's server fails the test; it does not skip it.
package mysqltest

import (
	"fmt"
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

// A Server is a running MariaDB. Its URL stays the same over a restart.
type Server struct {
	URL  string // mysql://fastsips:secret@127.0.0.1:port/test
	Cert []byte // PEM; it offers TLS with a certificate of its own making

	tb      testing.TB
	dir     string
	port    int
	mu      sync.Mutex
	cmd     *exec.Cmd // nil: stopped
	exited  chan struct{}
	release func()
}

// Start makes a server and starts it; it is stopped and removed when the test ends.
// It takes about two seconds.
func Start(tb testing.TB) *Server {
	tb.Helper()
	dir, err := os.MkdirTemp("", "mysqltest")
	s := &Server{tb: tb, dir: dir}
	s.must(err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) }) // in the temporary folder: others will
	s.port = freePort(tb)
	s.URL = fmt.Sprintf("mysql://fastsips:secret@127.0.0.1:%d/test", s.port)
	s.install()
	s.Restart()
	tb.Cleanup(s.Stop)
	return s
}

// install makes the data folder: an empty one, with a user and a database.
func (s *Server) install() {
	s.tb.Helper()
	cert, key := pgtest.Certificate(s.tb)
	s.Cert = cert
	s.must(os.WriteFile(s.path("cert.pem"), cert, 0o644))
	s.must(os.WriteFile(s.path("key.pem"), key, 0o600))
	init := "CREATE DATABASE IF NOT EXISTS test;\n" // a statement on each line
	for _, host := range []string{"localhost", "127.0.0.1"} {
		init += "CREATE USER IF NOT EXISTS fastsips@'" + host + "' IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO fastsips@'" + host + "';\n"
	}
	s.must(os.WriteFile(s.path("init.sql"), []byte(init), 0o644))
	cmd := exec.Command(program(s.tb, "mariadb-install-db"), "--no-defaults", "--datadir="+s.path("data"), "--auth-root-authentication-method=normal",
		"--skip-test-db", "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=16M")
	if os.Getuid() == 0 {
		cmd.Args = append(cmd.Args, "--user=root")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		s.tb.Fatalf("mysqltest: mariadb-install-db: %v\n%s", err, out)
	}
}

// Restart starts the server after Stop or Crash and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		s.tb.Fatal("mysqltest: the server runs already")
	}
	logFile, err := os.OpenFile(s.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	s.must(err)
	cmd := exec.Command(program(s.tb, "mariadbd"), "--no-defaults", "--datadir="+s.path("data"), "--bind-address=127.0.0.1",
		"--port="+strconv.Itoa(s.port), "--socket="+s.path("sock"), "--pid-file="+s.path("pid"), "--init-file="+s.path("init.sql"),
		"--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--max-connections=200",
		"--ssl-cert="+s.path("cert.pem"), "--ssl-key="+s.path("key.pem"))
	if os.Getuid() == 0 {
		cmd.Args = append(cmd.Args, "--user=root")
	}
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	s.must(cmd.Start())
	s.must(logFile.Close())
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }() // how it ended is in its log
	s.cmd, s.exited = cmd, exited
	s.watchOver(cmd.Process.Pid)
	s.waitReady()
}

// Pid returns the server's process id, 0 if it is stopped.
func (s *Server) Pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return 0
	}
	return s.cmd.Process.Pid
}

// Stop shuts the server down as an administrator would. The data stays for Restart.
func (s *Server) Stop() { s.stop(syscall.SIGTERM) }

// Crash stops the server without a word to its clients.
func (s *Server) Crash() { s.stop(syscall.SIGKILL) }

// Freeze stops the server's process (SIGSTOP), so that it accepts connections and
// answers nothing. Thaw lets it go on.
func (s *Server) Freeze() { _ = syscall.Kill(s.Pid(), syscall.SIGSTOP) } // a process that is gone needs no signal

// Thaw ends Freeze.
func (s *Server) Thaw() { _ = syscall.Kill(s.Pid(), syscall.SIGCONT) }

func (s *Server) stop(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return
	}
	pid := s.cmd.Process.Pid
	_ = syscall.Kill(pid, syscall.SIGCONT)
	_ = syscall.Kill(pid, sig) // if it is gone already, exited tells
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		_ = syscall.Kill(pid, syscall.SIGKILL)
		<-s.exited
	}
	s.cmd = nil
	s.release()
}

// watchOver starts a shell that ends the server should the test process die
// without its Cleanup, as when it runs into its time limit.
func (s *Server) watchOver(pid int) {
	guard := exec.Command("/bin/sh", "-c", `read ok; test -n "$ok" && exit; kill -KILL "$1"; sleep 1; rm -rf "$2"`, "sh", strconv.Itoa(pid), s.dir)
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
	for range 1200 {
		if s.answers() {
			return
		}
		select {
		case <-s.exited:
			s.cmd = nil
			s.release()
			s.tb.Fatalf("mysqltest: MariaDB did not start:\n%s", s.log())
		case <-time.After(25 * time.Millisecond):
		}
	}
	s.tb.Fatalf("mysqltest: MariaDB does not answer:\n%s", s.log())
}

// answers reports whether the server greets: it listens once its start is done.
func (s *Server) answers() bool {
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		return false
	}
	defer func() { _ = nc.Close() }()
	_ = nc.SetDeadline(time.Now().Add(5 * time.Second)) // reading would fail as well
	greeting := make([]byte, 5)
	n, err := nc.Read(greeting)
	return err == nil && n == 5 && greeting[4] == 10 // version of the protocol
}

// Addr returns where the server listens, host:port.
func (s *Server) Addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Socket returns the path of the server's Unix socket.
func (s *Server) Socket() string { return s.path("sock") }

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) log() string {
	b, _ := os.ReadFile(s.path("log")) // an empty one says as much as an error
	return strings.ToValidUTF8(string(b), "?")
}

func (s *Server) must(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal("mysqltest: ", err)
	}
}

// program finds one of MariaDB's.
func program(tb testing.TB, name string) string {
	tb.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if path := "/usr/sbin/" + name; exists(path) {
		return path
	}
	tb.Fatalf("mysqltest: MariaDB is needed for this test: no %s in PATH or /usr/sbin (Debian: apt-get install mariadb-server)", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// freePort returns a port that was free a moment ago.
func freePort(tb testing.TB) int {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal("mysqltest: ", err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().(*net.TCPAddr).Port
}
