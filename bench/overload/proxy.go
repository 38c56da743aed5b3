package main

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

//go:embed configs/fastsips.cfg
var fastsipsConfig string

//go:embed configs/kamailio.cfg
var kamailioConfig string

// A proxy is a running product.
type proxy struct {
	addr netip.AddrPort
	cmd  *exec.Cmd
	dead chan struct{}
	log  string
}

// start starts the product with a script of so many turns for each INVITE.
func (b *bench) start(turns int) (*proxy, error) {
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	b.started++
	dir := filepath.Join(b.dir, strconv.Itoa(b.started))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	text := fastsipsConfig
	if b.product == "kamailio" {
		text = kamailioConfig
	}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
	text = strings.NewReplacer("[proxy]", addr.String(), "[turns]", strconv.Itoa(turns), "[more]", b.more).Replace(text)
	file := filepath.Join(dir, "proxy.cfg")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	p := &proxy{addr: addr, log: filepath.Join(dir, "log"), dead: make(chan struct{})}
	if b.product == "kamailio" {
		p.cmd = exec.Command(b.kamailio, "-DD", "-E", "-f", file, "-m", "2048", "-M", "16", "-Y", dir, "-P", filepath.Join(dir, "pid"))
	} else {
		p.cmd = exec.Command(b.binary, "-F", "-f", file, "-n", strconv.Itoa(b.loops))
	}
	return p, p.run(dir, b.processors())
}

// processors are those of the proxy: all but the last one, which is the generator's.
func (b *bench) processors() (list []int) {
	for i := range min(b.loops, max(1, runtime.NumCPU()-1)) {
		list = append(list, i)
	}
	return list
}

func (p *proxy) run(dir string, cpus []int) error {
	out, err := os.Create(p.log)
	if err != nil {
		return err
	}
	defer out.Close()
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := procs.Start(p.cmd, cpus...); err != nil {
		return err
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		close(p.dead)
	}()
	limit := time.After(15 * time.Second)
	for {
		if _, err := sipprun.UDPDrops(int(p.addr.Port())); err == nil {
			break
		}
		select {
		case <-p.dead:
			return fmt.Errorf("it ended by itself: see %s", p.log)
		case <-limit:
			p.stop()
			return errors.New("it does not listen")
		case <-time.After(20 * time.Millisecond):
		}
	}
	time.Sleep(300 * time.Millisecond) // Kamailio's workers come after the port
	return nil
}

// drops are the datagrams that the kernel had no room for at the proxy's port.
func (p *proxy) drops() int {
	n, _ := sipprun.UDPDrops(int(p.addr.Port())) // gone: none
	return n
}

// stop ends the proxy at once: what lingers is nobody's.
func (p *proxy) stop() {
	tree := procs.Tree(p.cmd.Process.Pid)
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.dead:
	case <-time.After(300 * time.Millisecond):
	}
	for _, pid := range tree {
		_ = syscall.Kill(pid, syscall.SIGKILL) // most are gone
	}
	<-p.dead
}
