package siptest

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Virtual is a whole proxy on a [Net], in the test's own process.
type Virtual struct {
	*proxy.Proxy
	Net    *Net
	Lines  *sipprun.Log
	tb     testing.TB
	loaded *module.Loaded
	ended  bool
}

// VirtualConfig says what to start.
type VirtualConfig struct {
	Script string            // the keywords are those of sipprun.ProxyConfig
	Vars   map[string]string // likewise
	Loops  int               // zero means 3

	alter func(*module.Env)    // changes what a module has declared; may be nil
	edit  func(*syntax.Config) // changes the script; may be nil
}

// StartVirtual starts a proxy on n, where none has been started. It loads the script
// as cmd/fastsips does. [proxy] in it becomes 127.0.0.1:5060, [proxy2]
// 127.0.0.1:5062 … It is stopped when the test ends (see [Virtual.Stop]).
func StartVirtual(tb testing.TB, n *Net, cfg VirtualConfig) *Virtual {
	tb.Helper()
	v, err := startVirtual(tb, n, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func startVirtual(tb testing.TB, n *Net, cfg VirtualConfig) (*Virtual, error) {
	if cfg.Loops == 0 {
		cfg.Loops = 3
	}
	v := &Virtual{Net: n, Lines: sipprun.NewLog(), tb: tb}
	if err := v.start(cfg, tb.TempDir()); err != nil {
		return nil, err
	}
	tb.Cleanup(func() {
		v.Stop()
		if tb.Failed() {
			tb.Logf("log of the proxy:\n%s", v.Lines)
		}
	})
	return v, nil
}

func (v *Virtual) start(cfg VirtualConfig, dir string) error {
	port := 5058
	text, err := sipprun.Expand(sipprun.ProxyConfig{Config: cfg.Script, Vars: cfg.Vars, Dir: dir}, func() (string, error) {
		port += 2
		return "127.0.0.1:" + strconv.Itoa(port), nil
	})
	if err != nil {
		return err
	}
	var d syntax.Diags
	shared := &proxy.Core{Settings: proxy.DefaultSettings()}
	v.loaded = load([]byte(text), shared, cfg, &d)
	if d.Errors() > 0 {
		var b bytes.Buffer
		d.Render(&b)
		return errors.New(b.String())
	}
	if v.Net.Loops, err = loop.NewVirtual(loop.Config{Loops: cfg.Loops, LogWriter: v.Lines}, v.Net.Send); err != nil {
		return err
	}
	if v.Proxy, err = all.Start(shared, v.Net.Loops.Group(), v.loaded); err != nil {
		return err
	}
	return v.Group().Start()
}

// longest is longer than any timer of a transaction or operation can run after
// nobody says anything any more: timer C of RFC 3261 is three minutes, and a script
// sets up to ten times that in these tests.
const longest = 30 * time.Minute

// Stop ends the proxy. First time passes, until the last transaction must be over:
// then nothing may be left of anything, or the test fails.
func (v *Virtual) Stop() {
	v.tb.Helper()
	if v.ended {
		return
	}
	v.ended = true
	v.Net.Fate = nil
	v.Net.Run(longest, nil)
	if err := v.Leftovers(); err != nil {
		v.tb.Error(err)
	}
	v.Group().Stop()
	v.loaded.Close()
	v.Proxy.Close()
	for _, c := range sipprun.Complaints {
		if line, _, ok := v.Lines.Find(c, 0); ok {
			v.tb.Errorf("the proxy logged %q", line)
		}
	}
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
		if c.InUse.Load() != 0 || c.Parked.Load() != 0 || c.ForeignResumes.Load() != 0 {
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
