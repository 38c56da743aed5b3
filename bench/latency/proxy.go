package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A proxy is a running fastsips or Kamailio.
type proxy struct {
	cmd  *exec.Cmd
	port int
	log  string // file
	dead chan struct{}
}

// startProxy starts the product of a point in dir, with its configuration.
func startProxy(s settings, p point, b *backend, dir string, cpus []int) (*proxy, error) {
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "proxy.cfg")
	if err := os.WriteFile(file, []byte(script(p, port, b)), 0o644); err != nil {
		return nil, err
	}
	x := &proxy{port: port, log: filepath.Join(dir, "log"), dead: make(chan struct{})}
	if p.product == fastsips {
		x.cmd = exec.Command(s.binary, "-F", "-f", file, "-n", strconv.Itoa(p.loops))
		x.cmd.Env = append(os.Environ(), s.env...)
	} else {
		x.cmd = exec.Command(s.kamailio, "-DD", "-E", "-f", file, "-m", "2048", "-M", "16", "-x", "fm", "-X", "fm", "-Y", dir, "-P", filepath.Join(dir, "pid"))
	}
	out, err := os.Create(x.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	x.cmd.Dir, x.cmd.Stdout, x.cmd.Stderr = dir, out, out
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := procs.Start(x.cmd, cpus...); err != nil {
		return nil, err
	}
	go func() {
		_ = x.cmd.Wait() // how it ended is in its log
		close(x.dead)
	}()
	if err := x.await(); err != nil {
		x.stop()
		return nil, fmt.Errorf("%w\n%s", err, x.lastLines())
	}
	return x, nil
}

func (x *proxy) pid() int { return x.cmd.Process.Pid }

// await returns when the proxy's port is bound and it has settled: Kamailio binds before its
// workers have connected to their servers.
func (x *proxy) await() error {
	limit := time.After(15 * time.Second)
	for {
		if _, err := sipprun.UDPDrops(x.port); err == nil {
			break
		}
		select {
		case <-x.dead:
			return errors.New("the proxy ended by itself")
		case <-limit:
			return errors.New("the proxy does not listen")
		case <-time.After(20 * time.Millisecond):
		}
	}
	quiet, before := 0, procs.Look(procs.Tree(x.pid())...)
	for range 100 {
		time.Sleep(50 * time.Millisecond)
		now := procs.Look(procs.Tree(x.pid())...)
		if now.Threads == before.Threads && now.Sub(before).CPU < 5*time.Millisecond {
			quiet++
		} else {
			quiet = 0
		}
		if before = now; quiet == 6 {
			break
		}
	}
	return nil
}

// stop ends the proxy at once: what lingers is nobody's.
func (x *proxy) stop() {
	tree := procs.Tree(x.pid())
	_ = x.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-x.dead:
	case <-time.After(300 * time.Millisecond):
	}
	for _, pid := range tree {
		_ = syscall.Kill(pid, syscall.SIGKILL) // most are gone
	}
	<-x.dead
}

func (x *proxy) lastLines() string {
	b, _ := os.ReadFile(x.log)
	lines := strings.Split(strings.TrimSpace(string(bytes.ToValidUTF8(b, nil))), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

// supported reports whether the fastsips at hand can do the operation.
func supported(s settings, p point, b *backend, dir string) error {
	file := filepath.Join(dir, "check.cfg")
	if err := os.WriteFile(file, []byte(script(p, 5060, b)), 0o644); err != nil {
		return err
	}
	if out, err := exec.Command(s.binary, "-c", "-f", file).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %.300s", err, out)
	}
	return nil
}
