package all

import (
	"errors"
	"strings"
	"sync"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Reloader gives a running proxy another version of its script.
type Reloader struct {
	Proxy  *proxy.Proxy
	Loaded *module.Loaded
	// Read reads and parses the configuration as it is now, in the manner of the
	// start. An error says why there is none to look at.
	Read func(d *syntax.Diags) (*syntax.Config, error)

	one sync.Mutex // one reload at a time
}

// Reload compiles the script beside the one that runs and, if it is good, makes it
// the script of all messages that come from now on. Otherwise nothing changes, and the
// error is all that is wrong with it. Both outcomes are logged. It must not be called
// on a loop.
func (r *Reloader) Reload() (notes string, err error) {
	r.one.Lock()
	defer r.one.Unlock()
	log := r.Proxy.Group().Logger()
	notes, err = r.reload()
	if err != nil {
		logLines(log.Error, err.Error())
		log.Error("the script was not reloaded, the old one goes on")
		return "", err
	}
	logLines(log.Info, notes)
	log.Info("the script was reloaded")
	return notes, nil
}

func (r *Reloader) reload() (notes string, err error) {
	var d syntax.Diags
	cfg, err := r.Read(&d)
	if err != nil {
		return "", err
	}
	prog := r.Loaded.Recompile(cfg, Catalogue, &d)
	if prog == nil {
		d.Drop(syntax.Note)
		return "", errors.New(render(&d))
	}
	r.Proxy.SetProgram(prog)
	return render(&d), nil
}

func render(d *syntax.Diags) string {
	var b strings.Builder
	d.Render(&b)
	return strings.TrimRight(b.String(), "\n")
}

func logLines(log func(string, ...any), text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		log(line)
	}
}
