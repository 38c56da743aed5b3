package main

import (
	_ "embed"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/benchproxy"
	"github.com/fastsips/fastsips/internal/sipprun"
)

//go:embed configs/fastsips.cfg
var fastsipsConfig string

//go:embed configs/kamailio.cfg
var kamailioConfig string

// start starts the product with a script of so many turns for each INVITE.
func (b *bench) start(turns int) (*benchproxy.Proxy, error) {
	port, err := sipprun.FreePort()
	if err != nil {
		return nil, err
	}
	b.started++
	dir := filepath.Join(b.dir, strconv.Itoa(b.started))
	text, argv := fastsipsConfig, []string{b.binary, "-F", "-f", benchproxy.ConfigFile(dir), "-n", strconv.Itoa(b.loops)}
	if b.product == "kamailio" {
		text, argv = kamailioConfig, benchproxy.Kamailio(b.kamailio, dir)
	}
	text = strings.NewReplacer("[proxy]", "127.0.0.1:"+strconv.Itoa(port), "[turns]", strconv.Itoa(turns), "[more]", b.more).Replace(text)
	if err := benchproxy.WriteConfig(dir, text); err != nil {
		return nil, err
	}
	return benchproxy.Start(benchproxy.Command{Argv: argv, Dir: dir, Port: port, CPUs: b.processors()})
}

// processors are those of the proxy: all but the last one, which is the generator's.
func (b *bench) processors() (list []int) {
	for i := range min(b.loops, max(1, runtime.NumCPU()-1)) {
		list = append(list, i)
	}
	return list
}
