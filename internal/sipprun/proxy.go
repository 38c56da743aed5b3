package sipprun

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ProxyConfig says what to start. Binary and Config are required.
type ProxyConfig struct {
	Binary string
	Args   []string // besides -F -f FILE
	Env    []string // added to ours, NAME=value
	Dir    string   // for the configuration and whatever the process writes; empty: a temporary one, which goes with it
	// Config is the script. [proxy] becomes a free address of 127.0.0.1, [proxy2],
	// [proxy3] … further ones, [dir] the folder Dir, and [NAME] Vars["NAME"].
	Config string
	Vars   map[string]string

	StartWithin time.Duration // until its sockets are bound; zero means 20 s
	StopWithin  time.Duration // after each signal; zero means 10 s
}

// A Proxy is a running fastsips.
type Proxy struct {
	*Log
	Addr  string   // its first socket
	Addrs []string // all of them, in the order of the script
	Dir   string   // where its configuration is

	cfg   ProxyConfig
	given map[string]string // addresses by keyword
	leave func()            // of the folder
	cmd   *exec.Cmd
	dead  chan struct{} // closed when the process has ended
	err   error         // of Wait; after dead
}

// StartProxy writes the configuration, starts the program and returns once it has
// bound the UDP sockets that the script names.
func StartProxy(cfg ProxyConfig) (*Proxy, error) {
	cfg.StartWithin = or(cfg.StartWithin, 20*time.Second)
	cfg.StopWithin = or(cfg.StopWithin, 10*time.Second)
	dir, leave, err := Folder(cfg.Dir, "proxy")
	if err != nil {
		return nil, err
	}
	cfg.Dir = dir
	p, err := start(cfg)
	if err != nil {
		leave()
		return nil, err
	}
	p.leave = leave
	return p, nil
}

func start(cfg ProxyConfig) (*Proxy, error) {
	given := map[string]string{}
	text, err := expand(cfg, given, freeAddress)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(cfg.Dir, "fastsips.cfg")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p := &Proxy{Log: NewLog(), cfg: cfg, Dir: cfg.Dir, dead: make(chan struct{}), given: given, leave: func() {}}
	p.cmd = exec.Command(cfg.Binary, append([]string{"-F", "-f", file}, cfg.Args...)...)
	p.cmd.Args[0] = "fastsips"
	p.cmd.Dir = cfg.Dir
	p.cmd.Env = append(os.Environ(), cfg.Env...)
	p.cmd.Stdout, p.cmd.Stderr = p.Log, p.Log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.dead)
	}()
	var ports []int
	if p.Addrs, ports, err = sockets(text); err == nil {
		p.Addr = p.Addrs[0]
		err = awaitBound(p.PID(), ports, p.dead, cfg.StartWithin)
	}
	if err != nil {
		return nil, errors.Join(err, p.Stop(), fmt.Errorf("log:\n%s", p.Log))
	}
	return p, nil
}

func or(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

var proxyKeyword = regexp.MustCompile(`\[proxy\d*\]`)

// Expand replaces the keywords of cfg.Config, without starting anything; next gives
// the address, host:port, of each [proxy].
func Expand(cfg ProxyConfig, next func() (string, error)) (string, error) {
	return expand(cfg, map[string]string{}, next)
}

func expand(cfg ProxyConfig, addrs map[string]string, next func() (string, error)) (string, error) {
	var err error
	text := proxyKeyword.ReplaceAllStringFunc(cfg.Config, func(k string) string {
		if addrs[k] == "" {
			var e error
			addrs[k], e = next()
			err = errors.Join(err, e)
		}
		return addrs[k]
	})
	text = strings.ReplaceAll(text, "[dir]", cfg.Dir)
	for name, value := range cfg.Vars {
		text = strings.ReplaceAll(text, "["+name+"]", value)
	}
	return text, err
}

func freeAddress() (string, error) {
	port, err := FreePort()
	return "127.0.0.1:" + strconv.Itoa(port), err
}

var socketLine = regexp.MustCompile(`(?m)^\s*(?:socket|listen)\s*=\s*(?:udp|tcp):(\[[^\]]+\]|[^\s:]+):(\d+)\b`)

// sockets finds the addresses that a script listens on.
func sockets(text string) (addrs []string, ports []int, err error) {
	for _, m := range socketLine.FindAllStringSubmatch(text, -1) {
		port, err := strconv.Atoi(m[2])
		if err != nil {
			return nil, nil, err
		}
		addrs, ports = append(addrs, m[1]+":"+m[2]), append(ports, port)
	}
	if len(addrs) == 0 {
		return nil, nil, errors.New("the script has no socket=udp:HOST:PORT line, nor a tcp one")
	}
	return addrs, ports, nil
}

// Rewrite replaces the configuration's file, with the same addresses for the keywords.
func (p *Proxy) Rewrite(config string) error {
	cfg := p.cfg
	cfg.Config = config
	text, err := expand(cfg, p.given, freeAddress)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(cfg.Dir, "fastsips.cfg"), []byte(text), 0o600)
}

// PID is the id of the process.
func (p *Proxy) PID() int { return p.cmd.Process.Pid }

// CPU is what the process has cost so far.
func (p *Proxy) CPU() (time.Duration, error) { return CPU(p.PID()) }

// Done is closed when the process has ended.
func (p *Proxy) Done() <-chan struct{} { return p.dead }

// Signal sends sig to the process.
func (p *Proxy) Signal(sig os.Signal) error { return p.cmd.Process.Signal(sig) }

// Stop ends the process: SIGTERM, which lets calls finish; a second SIGTERM, which
// does not; SIGKILL. It returns an error when the process had to be killed, ended
// by itself before, exited with another status than 0, or wrote of a panic, a bug
// or a data race.
func (p *Proxy) Stop() error {
	defer p.leave()
	early := false
	select {
	case <-p.dead:
		early = true
	default:
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM, syscall.SIGKILL} {
		_ = p.cmd.Process.Signal(sig) // it may have ended
		select {
		case <-p.dead:
		case <-time.After(p.cfg.StopWithin):
			continue
		}
		return p.verdict(early, sig == syscall.SIGKILL)
	}
	return fmt.Errorf("process %d survives SIGKILL", p.PID())
}

// Complaints are what no proxy may log.
var Complaints = []string{"panic:", "BUG:", "WARNING: DATA RACE", "fatal error:"}

func (p *Proxy) verdict(early, killed bool) error {
	for _, c := range Complaints {
		if line, _, ok := p.Find(c, 0); ok {
			return fmt.Errorf("the proxy logged %q", line)
		}
	}
	switch {
	case early:
		return fmt.Errorf("the proxy ended by itself: %v", p.cmd.ProcessState)
	case killed:
		return fmt.Errorf("the proxy had to be killed after %v", 2*p.cfg.StopWithin)
	case p.err != nil:
		return fmt.Errorf("the proxy exited with %w", p.err)
	}
	return nil
}
