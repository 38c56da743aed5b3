package benchproxy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A Command says what proxy to start. It must bind UDP port Port of 127.0.0.1 and
// stay in the foreground.
type Command struct {
	Argv []string
	Env  []string // added to ours, NAME=value
	Dir  string   // its working folder, for the log too; made if need be
	Port int
	CPUs []int // none: wherever we may run
}

// A Proxy is a running one.
type Proxy struct {
	Port int
	Log  string // file of what it wrote

	cmd  *exec.Cmd
	dead chan struct{}
}

// ConfigFile is where WriteConfig puts a proxy's configuration.
func ConfigFile(dir string) string { return filepath.Join(dir, "proxy.cfg") }

// WriteConfig makes the folder and writes the configuration.
func WriteConfig(dir, text string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(ConfigFile(dir), []byte(text), 0o644)
}

// Start starts a proxy and returns when it listens and has settled.
func Start(c Command) (*Proxy, error) {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return nil, err
	}
	x := &Proxy{Port: c.Port, Log: filepath.Join(c.Dir, "log"), dead: make(chan struct{})}
	x.cmd = exec.Command(c.Argv[0], c.Argv[1:]...)
	x.cmd.Env = append(os.Environ(), c.Env...)
	out, err := os.Create(x.Log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	x.cmd.Dir, x.cmd.Stdout, x.cmd.Stderr = c.Dir, out, out
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM} // a ^C may come while it starts
	if err := procs.Start(x.cmd, c.CPUs...); err != nil {
		return nil, err
	}
	go func() {
		_ = x.cmd.Wait() // how it ended is in its log
		close(x.dead)
	}()
	if err := x.await(); err != nil {
		x.Stop()
		return nil, fmt.Errorf("%w\n%s", err, x.lastLines())
	}
	return x, nil
}

// PIDs are the processes that it has now.
func (x *Proxy) PIDs() []int { return procs.Tree(x.cmd.Process.Pid) }

// Signal sends its first process a signal.
func (x *Proxy) Signal(s os.Signal) error { return x.cmd.Process.Signal(s) }

// await returns when the proxy's port is bound and it has settled: Kamailio binds before its
// workers have connected to their servers.
func (x *Proxy) await() error {
	limit := time.After(15 * time.Second)
	for {
		if _, err := sipprun.UDPDrops(x.Port); err == nil {
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
	quiet, before := 0, procs.Look(x.PIDs()...)
	for range 100 {
		time.Sleep(50 * time.Millisecond)
		now := procs.Look(x.PIDs()...)
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

// Stop ends the proxy at once: what lingers is nobody's.
func (x *Proxy) Stop() {
	tree := x.PIDs()
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

func (x *Proxy) lastLines() string {
	b, _ := os.ReadFile(x.Log)
	lines := strings.Split(strings.TrimSpace(string(bytes.ToValidUTF8(b, nil))), "\n")
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

// Kamailio is the command line that runs Kamailio with the configuration in dir. Its
// allocator is fm: the default one is several times slower.
func Kamailio(binary, dir string) []string {
	return []string{binary, "-DD", "-E", "-f", ConfigFile(dir), "-m", "2048", "-M", "16", "-x", "fm", "-X", "fm", "-Y", dir, "-P", filepath.Join(dir, "pid")}
}
