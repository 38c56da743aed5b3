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
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/testserver"
)

// A Server is a running MariaDB. Its URL stays the same over a restart.
type Server struct {
	*testserver.Process
	URL  string // mysql://fastsips:secret@127.0.0.1:port/test
	Cert []byte // PEM; it offers TLS with a certificate of its own making

	tb   testing.TB
	port int
}

// Start makes a server and starts it; it is stopped and removed when the test ends.
// It takes about two seconds.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{Process: testserver.New(tb, "mysqltest", "MariaDB"), tb: tb, port: testserver.FreePort(tb)}
	s.URL = fmt.Sprintf("mysql://fastsips:secret@127.0.0.1:%d/test", s.port)
	s.install()
	s.Restart()
	tb.Cleanup(s.Stop)
	return s
}

// install makes the data folder: an empty one, with a user and a database.
func (s *Server) install() {
	s.tb.Helper()
	cert, key := testserver.Certificate(s.tb)
	s.Cert = cert
	s.Must(os.WriteFile(s.Path("cert.pem"), cert, 0o644))
	s.Must(os.WriteFile(s.Path("key.pem"), key, 0o600))
	init := "CREATE DATABASE IF NOT EXISTS test;\n" // a statement on each line
	for _, host := range []string{"localhost", "127.0.0.1"} {
		init += "CREATE USER IF NOT EXISTS fastsips@'" + host + "' IDENTIFIED BY 'secret';\nGRANT ALL ON *.* TO fastsips@'" + host + "';\n"
	}
	s.Must(os.WriteFile(s.Path("init.sql"), []byte(init), 0o644))
	cmd := exec.Command(program(s.tb, "mariadb-install-db"), "--no-defaults", "--datadir="+s.Path("data"), "--auth-root-authentication-method=normal",
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
	cmd := exec.Command(program(s.tb, "mariadbd"), "--no-defaults", "--datadir="+s.Path("data"), "--bind-address=127.0.0.1",
		"--port="+strconv.Itoa(s.port), "--socket="+s.Socket(), "--pid-file="+s.Path("pid"), "--init-file="+s.Path("init.sql"),
		"--innodb-buffer-pool-size=16M", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve", "--max-connections=200",
		"--ssl-cert="+s.Path("cert.pem"), "--ssl-key="+s.Path("key.pem"))
	if os.Getuid() == 0 {
		cmd.Args = append(cmd.Args, "--user=root")
	}
	s.Start(cmd, s.answers)
}

// Stop shuts the server down as an administrator would. The data stays for Restart.
func (s *Server) Stop() { s.Process.Stop(syscall.SIGTERM) }

// Crash stops the server without a word to its clients.
func (s *Server) Crash() { s.Process.Stop(syscall.SIGKILL) }

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
func (s *Server) Socket() string { return s.Path("sock") }

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
