package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A product is a kind of proxy.
type product string

const (
	fastsips product = "fastsips"
	kamailio product = "kamailio"
	opensips product = "opensips"
	floored  product = "floor" // the forwarder
)

// A contender is one that is measured: a product, or a build of it.
type contender struct {
	name    string
	product product
	binary  string
	version string
	mpath   string // folder of OpenSIPS's modules, with the slash
}

// contenders are those that are installed and wanted; the first is what the others
// are compared with.
func contenders(s settings) (list []contender, err error) {
	wanted := func(p product) bool { return s.only == nil || slices.Contains(s.only, string(p)) }
	if wanted(fastsips) {
		if list, err = builds(s); err != nil {
			return nil, err
		}
	}
	for _, c := range []contender{
		{name: "Kamailio", product: kamailio, binary: s.kamailio},
		{name: "OpenSIPS", product: opensips, binary: s.opensips, mpath: modulesOf(s.opensips, s.modules)},
	} {
		if _, err := os.Stat(c.binary); err == nil && wanted(c.product) {
			c.version = firstLine(exec.Command(c.binary, "-v")) // Kamailio; OpenSIPS has -V
			if c.product == opensips {
				c.version = firstLine(exec.Command(c.binary, "-V"))
			}
			list = append(list, c)
		}
	}
	if wanted(floored) {
		list = append(list, floors()...)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("-only %s: none of them is there", strings.Join(s.only, ","))
	}
	return list, nil
}

// builds are the fastsips.
func builds(s settings) (list []contender, err error) {
	if s.binaries == nil {
		b, err := sipprun.Build("./cmd/fastsips")
		if err != nil {
			return nil, err
		}
		return []contender{{name: "fastsips", product: fastsips, binary: b.Path(), version: "this one"}}, nil
	}
	for _, file := range s.binaries {
		abs, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		c := contender{name: "fastsips", product: fastsips, binary: abs, version: firstLine(exec.Command(abs, "-V"))}
		if len(s.binaries) > 1 { // its last folder too, for many a build is named fastsips
			c.name = strings.TrimPrefix(abs, filepath.Dir(filepath.Dir(abs))+"/")
		}
		if slices.ContainsFunc(list, func(other contender) bool { return other.name == c.name }) {
			c.name += "-" + strconv.Itoa(len(list)+1)
		}
		list = append(list, c)
	}
	return list, nil
}

// modulesOf is where OpenSIPS's modules are: where its installation puts them, or Debian.
func modulesOf(binary, given string) string {
	prefix := filepath.Dir(filepath.Dir(binary))
	for _, dir := range []string{given, prefix + "/lib64/opensips/modules", prefix + "/lib/opensips/modules", "/usr/lib/x86_64-linux-gnu/opensips/modules"} {
		if _, err := os.Stat(dir); err == nil {
			return dir + "/"
		}
	}
	return ""
}

func firstLine(cmd *exec.Cmd) string {
	out, _ := cmd.CombinedOutput() // a product that cannot tell is nameless
	line, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(line)
}

// linger is how long the product keeps a finished transaction, and a second.
func (c contender) linger() time.Duration {
	switch c.product {
	case fastsips:
		return 33 * time.Second // 64·T1
	case floored:
		return time.Second
	}
	return 6 * time.Second // wt_timer, 5 s
}

// argv is the command line for the configuration in dir.
func (c contender) argv(dir string, loops int) []string {
	file := benchproxy.ConfigFile(dir)
	switch c.product {
	case kamailio:
		return benchproxy.Kamailio(c.binary, dir)
	case opensips:
		return []string{c.binary, "-F", "-f", file, "-m", "2048", "-M", "16"}
	}
	return []string{c.binary, "-F", "-f", file, "-n", strconv.Itoa(loops)}
}

// accepts asks the product to check a configuration: nil if it takes it.
func (c contender) accepts(dir string) error {
	cmd := exec.Command(c.binary, "-c", "-f", benchproxy.ConfigFile(dir))
	if c.product == opensips {
		cmd.Args[1] = "-C"
	}
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	for line := range bytes.Lines(out) {
		if bytes.Contains(bytes.ToLower(line), []byte("error")) {
			return fmt.Errorf("%s", bytes.TrimSpace(line))
		}
	}
	return fmt.Errorf("%w: %.200s", err, bytes.TrimSpace(out))
}
