package mi_datagram_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/miclient"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/datagram"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/mi_datagram"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// log is written by loops too.
type log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// start loads the module with parameters and starts it. The error is that of the start,
// or the diagnostics.
func start(t *testing.T, params string) (*log, string) {
	t.Helper()
	out := new(log)
	g, err := loop.New(loop.Config{Loops: 1, LogWriter: out})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	var d syntax.Diags
	m := mi_datagram.New().(*mi_datagram.Module)
	run := module.Load(syntax.Parse("t.cfg", []byte("loadmodule \"mi_datagram.so\"\n"+params+"\nroute { exit; }"), nil, &d),
		module.Catalogue{"mi_datagram": func() module.Module { return m }}, core.New(), &proxy.Core{Settings: proxy.DefaultSettings(), Group: g, Ops: asyncops.NewSet(g, time.Second)}, &d)
	if d.Errors() > 0 {
		var b bytes.Buffer
		_ = d.Render(&b)
		return out, b.String()
	}
	e := run.Modules[len(run.Modules)-1].Env
	if err := m.Start(e); err != nil {
		return out, err.Error()
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := m.Open(e); err != nil {
		t.Fatal(err)
	}
	return out, ""
}

// Commands come by UDP and by a UNIX socket, which has the mode that is set.
func TestRequests(t *testing.T) {
	udp := siptest.FreePort(t)
	path := filepath.Join(t.TempDir(), "mi.sock")
	for _, name := range []string{"udp:127.0.0.1:" + strconv.Itoa(udp), path, "unix:" + path + "2"} {
		if _, fault := start(t, `modparam("mi_datagram", "socket_name", "`+name+`")
modparam("mi_datagram", "unix_socket_mode", 0600)
modparam("mi_datagram", "pretty_printing", 1)`); fault != "" {
			t.Fatal(fault)
		}
		at, err := datagram.ParseAddress(name)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := miclient.Target{Datagram: at, Dir: t.TempDir()}.Call(t.Context(), mi.Request(1, "which", "core:help"))
		if err != nil || !strings.HasPrefix(string(answer), "{\n\t\"jsonrpc\": \"2.0\",\n\t\"result\": [") {
			t.Errorf("%s: %s, %v", name, answer, err)
		}
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// "An operator's mistake gets a diagnostic"; an address that others reach is warned of.
func TestMistakes(t *testing.T) {
	for params, want := range map[string]string{
		"": "socket_name is not set",
		`modparam("mi_datagram", "socket_name", "mi.sock")`:                  `t.cfg:2:40: error: mi_datagram socket_name: "mi.sock" should be udp:address:port`,
		`modparam("mi_datagram", "socket_name", "/nowhere/at/all")`:          "no such file",
		`modparam("mi_datagram", "unix_socket_user", "nobody at all")`:       "unix_socket_user: user: unknown user nobody at all",
		"modparam(\"mi_datagram\", \"socket_name\", \"" + os.DevNull + "\")": "is there already, and is no socket",
	} {
		if _, fault := start(t, params); !strings.Contains(fault, want) {
			t.Errorf("%s: %q, want %q", params, fault, want)
		}
	}
	var out *log
	var fault string
	t.Run("open to others", func(t *testing.T) { // at whose end all is logged
		out, fault = start(t, `modparam("mi_datagram", "socket_name", "udp:0.0.0.0:`+strconv.Itoa(siptest.FreePort(t))+`")`)
	})
	if fault != "" || !strings.Contains(out.String(), "whoever can send to this address may give commands") {
		t.Errorf("%s, %s", fault, out)
	}
}
