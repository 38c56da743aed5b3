package benchproxy

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/child"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/testserver"
)

// A Backend is a real server, perhaps with a relay in front.
type Backend struct {
	Addr string // of the server, or the relay
	URL  string // as a proxy's script names it

	pid     func() int // of the server
	relay   *child.Process
	cleanup func()
}

// PIDs are the processes that serve.
func (b *Backend) PIDs() []int {
	list := procs.Tree(b.pid())
	if b.relay != nil {
		list = append(list, b.relay.PID())
	}
	return list
}

// SetDelay sets for how long the relay holds each answer.
func (b *Backend) SetDelay(d time.Duration) error {
	_, err := b.relay.Ask(d.String())
	return err
}

// Stop ends the server and what is in front of it.
func (b *Backend) Stop() {
	if b.relay != nil {
		b.relay.Stop()
	}
	b.cleanup()
}

// Behind puts a relay in front of a server. The first answers of a connection, with
// which it is authenticated, are not delayed.
func (b *Backend) Behind(undelayed int) (err error) {
	server := b.Addr
	if b.relay, err = StartHelper("help-relay"); err == nil {
		b.Addr, err = b.relay.Ask(relay.Config{Target: server, Undelayed: undelayed})
	}
	b.URL = strings.Replace(b.URL, server, b.Addr, 1)
	if err != nil {
		b.Stop()
	}
	return err
}

// StartPostgres starts PostgreSQL with an empty database.
func StartPostgres() (b *Backend, err error) {
	tb := new(testserver.Outside)
	defer tb.Recover(&err)
	s := pgtest.StartConfig(tb, pgtest.Config{MaxConns: 400})
	b = &Backend{Addr: s.Addr(), pid: s.Pid, cleanup: tb.Clean}
	b.URL, _, _ = strings.Cut(s.URL, "?") // Kamailio knows no sslmode
	return b, nil
}

// StartHTTP starts an HTTP server that answers everything with a few bytes.
func StartHTTP() (*Backend, error) {
	h, err := StartHelper("help-http")
	if err != nil {
		return nil, err
	}
	b := &Backend{pid: h.PID, cleanup: h.Stop}
	if b.Addr, err = h.Hear(); err != nil {
		h.Stop()
		return nil, err
	}
	b.URL = "http://" + b.Addr
	return b, nil
}

// StartRedis starts Redis with the one key that the scripts ask for.
func StartRedis() (*Backend, error) {
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("redis-server", "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")
	cmd.Dir = os.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	server := "127.0.0.1:" + strconv.Itoa(port)
	b := &Backend{Addr: server, URL: "redis:latency://" + server + "/", pid: func() int { return cmd.Process.Pid },
		cleanup: func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }}
	if err := fillRedis(server); err != nil {
		b.cleanup()
		return nil, err
	}
	return b, nil
}

// fillRedis waits until the server is up and stores the key that the scripts ask for.
func fillRedis(server string) error {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", server)
		if err != nil && time.Now().Before(end) {
			continue
		}
		if err != nil {
			return err
		}
		defer c.Close()
		_ = c.SetDeadline(end)
		answer := make([]byte, 5)
		if _, err = fmt.Fprint(c, "SET service sip:alice@192.0.2.1:5060\r\n"); err == nil {
			_, err = c.Read(answer)
		}
		if err == nil && string(answer) != "+OK\r\n" {
			err = fmt.Errorf("redis-server: %q", answer)
		}
		return err
	}
}
