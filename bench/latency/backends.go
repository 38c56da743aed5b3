package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/testserver"
)

// A backend is a real server with a relay in front.
type backend struct {
	pid     func() int // of the server
	relay   *helper
	addr    string // of the relay
	url     string // through the relay
	cleanup func()
}

// pids are the processes that serve.
func (b *backend) pids() []int { return append(procs.Tree(b.pid()), b.relay.cmd.Process.Pid) }

func (b *backend) setDelay(d time.Duration) error {
	_, err := b.relay.ask(d.String())
	return err
}

func (b *backend) stop() {
	if b.relay != nil {
		b.relay.stop()
	}
	b.cleanup()
}

// behind puts a relay in front of a server. The first answers of a connection, with
// which it is authenticated, are not delayed.
func (b *backend) behind(server string, undelayed int) (err error) {
	if b.relay, err = startHelper("help-relay"); err == nil {
		b.addr, err = b.relay.ask(relay.Config{Target: server, Undelayed: undelayed})
	}
	if err != nil {
		b.stop()
	}
	return err
}

func startBackend(op string) (*backend, error) {
	switch op {
	case "postgres":
		return startPostgres()
	case "rest":
		return startHTTP()
	case "redis":
		return startRedis()
	}
	return nil, nil // it needs none
}

func startPostgres() (b *backend, err error) {
	tb := new(testserver.Outside)
	defer tb.Recover(&err)
	s := pgtest.StartConfig(tb, pgtest.Config{MaxConns: 400})
	b = &backend{pid: s.Pid, cleanup: tb.Clean}
	if err := b.behind(s.Addr(), 1); err != nil {
		return nil, err
	}
	b.url = strings.Replace(s.URL, s.Addr(), b.addr, 1)
	b.url, _, _ = strings.Cut(b.url, "?") // Kamailio knows no sslmode
	return b, nil
}

func startHTTP() (*backend, error) {
	h, err := startHelper("help-http")
	if err != nil {
		return nil, err
	}
	b := &backend{pid: func() int { return h.cmd.Process.Pid }, cleanup: h.stop}
	addr, err := h.hear()
	if err != nil {
		h.stop()
		return nil, err
	}
	if err := b.behind(addr, 0); err != nil {
		return nil, err
	}
	b.url = "http://" + b.addr
	return b, nil
}

func startRedis() (*backend, error) {
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
	b := &backend{pid: func() int { return cmd.Process.Pid }, cleanup: func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }}
	server := "127.0.0.1:" + strconv.Itoa(port)
	if err := fillRedis(server); err != nil {
		b.cleanup()
		return nil, err
	}
	if err := b.behind(server, 0); err != nil {
		return nil, err
	}
	b.url = "redis:latency://" + b.addr + "/"
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
