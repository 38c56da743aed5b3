package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// startProxy starts the product of a point in dir, with its configuration.
func startProxy(s settings, p point, b *benchproxy.Backend, dir string, cpus []int) (*benchproxy.Proxy, error) {
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	if err := benchproxy.WriteConfig(dir, script(p, port, b)); err != nil {
		return nil, err
	}
	file := benchproxy.ConfigFile(dir)
	c := benchproxy.Command{Dir: dir, Port: port, CPUs: cpus}
	if p.product == fastsips {
		c.Argv = []string{s.binary, "-F", "-f", file, "-n", strconv.Itoa(p.loops)}
		c.Env = s.env
	} else {
		c.Argv = benchproxy.Kamailio(s.kamailio, dir)
	}
	return benchproxy.Start(c)
}

// supported reports whether the fastsips at hand can do the operation.
func supported(s settings, p point, b *benchproxy.Backend, dir string) error {
	file := filepath.Join(dir, "check.cfg")
	if err := os.WriteFile(file, []byte(script(p, 5060, b)), 0o644); err != nil {
		return err
	}
	if out, err := exec.Command(s.binary, "-c", "-f", file).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %.300s", err, out)
	}
	return nil
}
