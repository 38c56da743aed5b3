package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Virtual is a whole proxy on a [Net].
type Virtual struct {
	*proxy.Proxy
	Net    *Net
	Lines  *sipprun.Log
	loaded *module.Loaded
	cfg    VirtualConfig
	dir    string // [dir]
	ended  bool
}

// VirtualConfig says what to start.
type VirtualConfig struct {
	Script  string            // the keywords are those of sipprun.ProxyConfig
	Vars    map[string]string // likewise
	Loops   int               // zero means 3
	Name    string            // of the script, for messages; empty: fastsips.cfg
	Options []string          // of the command line: name=value, for -o
	// Preprocessor and Strict are those of the command line too.
	Preprocessor string
	Strict       bool
	// Modules are loadable besides those that are built in.
	Modules module.Catalogue
	Plain   bool // the script has no keywords: route[bob] is not an address

	Alter  func(*module.Env)      // changes what a module has declared; may be nil
	Edit   func(*syntax.Config)   // changes the script; may be nil
	Idle   func(name string) bool // modules that are not started; may be nil
	Tracer script.Tracer          // is told of all runs; may be nil
}

// StartVirtual starts a proxy on n, where none has been started. It loads the script
// as cmd/fastsips does. [proxy] in it becomes 127.0.0.1:5060, [proxy2]
// 127.0.0.1:5062 …, [dir] dir.
func StartVirtual(n *Net, cfg VirtualConfig, dir string) (*Virtual, error) {
	if cfg.Loops == 0 {
		cfg.Loops = 3
	}
	if cfg.Name == "" {
		cfg.Name = "fastsips.cfg"
	}
	v := &Virtual{Net: n, Lines: sipprun.NewLog(), cfg: cfg, dir: dir}
	if err := v.start(cfg); err != nil {
		return nil, err
	}
	return v, nil
}

// expand replaces the keywords of a script.
func (v *Virtual) expand(text string) (string, error) {
	if v.cfg.Plain {
		return text, nil
	}
	port := 5058
	return sipprun.Expand(sipprun.ProxyConfig{Config: text, Vars: v.cfg.Vars, Dir: v.dir}, func() (string, error) {
		port += 2
		return "127.0.0.1:" + strconv.Itoa(port), nil
	})
}

func (v *Virtual) start(cfg VirtualConfig) error {
	text, err := v.expand(cfg.Script)
	if err != nil {
		return err
	}
	var d syntax.Diags
	shared := &proxy.Core{Settings: proxy.DefaultSettings(), Tracer: cfg.Tracer, Offline: cfg.Idle != nil}
	for _, o := range cfg.Options {
		shared.Settings.SetOption(o)
	}
	v.loaded = load([]byte(text), shared, cfg, &d)
	if d.Errors() > 0 {
		var b bytes.Buffer
		d.Render(&b)
		return errors.New(b.String())
	}
	for _, in := range v.loaded.Modules {
		if cfg.Idle != nil && cfg.Idle(in.Name) {
			in.Module = idle{}
		}
	}
	if v.Net.Loops, err = loop.NewVirtual(loop.Config{Loops: cfg.Loops, LogWriter: all.LogWriter(v.loaded, v.Lines)}, v.Net.Send); err != nil {
		return err
	}
	if v.Proxy, err = all.Start(shared, v.Net.Loops.Group(), v.loaded); err != nil {
		return err
	}
	shared.Control = proxy.Control{Version: "0", Args: []string{"fastsips", "-f", cfg.Name}, Started: time.Now(),
		Reload: func() (string, error) { return "", v.Reload(cfg.Script) }}
	return v.Group().Start()
}

// idle stands for a module that is not started: what it declares stays.
type idle struct{}

func (idle) Setup(*module.Env) {}

// longest is longer than any timer of a transaction or operation can run after
// nobody says anything any more: timer C of RFC 3261 is three minutes, and a script
// sets up to ten times that in these tests. A contact is registered for an hour, or two.
const longest = 3 * time.Hour

// Stop ends the proxy. First time passes, until the last transaction must be over:
// that something is left then, or a bug was logged, is the error. A second Stop does
// nothing.
func (v *Virtual) Stop() error {
	if v.ended {
		return nil
	}
	v.ended = true
	v.Net.Fate = nil
	v.EndTimers()
	v.Net.Run(longest, nil)
	errs := []error{v.Leftovers()}
	v.Group().Stop()
	errs = append(errs, v.loaded.Close())
	v.Proxy.Close()
	for _, c := range sipprun.Complaints {
		if line, _, ok := v.Lines.Find(c, 0); ok {
			errs = append(errs, fmt.Errorf("the proxy logged %q", line))
		}
	}
	return errors.Join(errs...)
}

// Leftovers returns an error that names what the proxy still has in hand.
func (v *Virtual) Leftovers() error {
	var left []string
	for i := range v.Group().Len() {
		v.Group().Do(i, func(l *loop.Loop) {
			if h := v.Holdings(l); h != (proxy.Holdings{}) {
				left = append(left, fmt.Sprintf("loop %d: %+v", i, h))
			}
		})
		c := v.Counters(i)
		if c.InUse.Load() != 0 || c.Parked.Load() != 0 || c.Launched.Load() != 0 || c.ForeignResumes.Load() != 0 {
			left = append(left, fmt.Sprintf("loop %d: %d transactions in use, %d runs parked, %d resumes on a foreign loop",
				i, c.InUse.Load(), c.Parked.Load(), c.ForeignResumes.Load()))
		}
	}
	if slots, outs := v.Net.Loops.Held(); slots != 0 || outs != 0 {
		left = append(left, fmt.Sprintf("%d received and %d outgoing datagrams", slots, outs))
	}
	if n := v.Net.Loops.Timers(); n != 0 {
		left = append(left, fmt.Sprintf("%d timers", n))
	}
	if s := v.Group().Snapshot(); s.Panics != 0 || s.QueueDrops != 0 || s.HandOverDrops != 0 {
		left = append(left, fmt.Sprintf("%+v", s))
	}
	if left == nil {
		return nil
	}
	return errors.New("left behind: " + strings.Join(left, "; "))
}

// Address is where the proxy listens first, host:port.
func (v *Virtual) Address() string { return v.Transport().Listeners()[0].Addr().String() }

// Log returns the lines that the proxy has written so far.
func (v *Virtual) Log() []string {
	v.Net.settle()
	return v.Lines.Lines()
}

// Wait lets time pass until a line contains substr, see [Target].
func (v *Virtual) Wait(substr string, from int, within time.Duration) (line string, next int, err error) {
	if v.Net.Run(within, func() (ok bool) {
		line, next, ok = v.Lines.Find(substr, from)
		return ok
	}) {
		return line, next, nil
	}
	return "", from, fmt.Errorf("%q did not appear in the log within %v", substr, within)
}
