package inproc

import (
	"errors"
	"os"
	"strings"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// A running is a proxy that runs.
type running struct {
	*proxy.Proxy
	loaded *module.Loaded
	group  *loop.Group
}

// start starts a proxy on so many loops with a script, as cmd/fastsips does, but for what
// that sets of the process: GOMAXPROCS and how the collector works.
func start(script string, loops int) (*running, error) {
	shared := &proxy.Core{Settings: proxy.DefaultSettings()}
	var d syntax.Diags
	cfg := all.ParseText(all.Options{File: "inproc.cfg"}, []byte(script), &d)
	loaded := all.Load(cfg, shared, &d)
	if d.Errors() > 0 {
		var text strings.Builder
		d.Render(&text)
		return nil, errors.New(text.String())
	}
	group, err := loop.New(loop.Config{Loops: loops, LogWriter: all.LogWriter(loaded, os.Stderr)})
	if err != nil {
		return nil, err
	}
	p, err := all.Start(shared, group, loaded)
	if err != nil {
		group.Stop()
		return nil, err
	}
	if err = errors.Join(group.Start(), loaded.Open()); err != nil {
		group.Stop()
		return nil, err
	}
	return &running{p, loaded, group}, nil
}

// Stop ends it at once.
func (p *running) Stop() {
	p.loaded.Close()
	p.Close()
	p.group.Stop()
}
