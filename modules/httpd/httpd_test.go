package httpd_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/httpd"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// open starts a server with more parameters, whose root test is answered by h.
func open(t *testing.T, h httpd.Handler, params string) (base string, m *httpd.Module, run *module.Loaded) {
	t.Helper()
	port := strconv.Itoa(siptest.FreePort(t))
	var d syntax.Diags
	g, err := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	c := &proxy.Core{Settings: proxy.DefaultSettings(), Group: g, Ops: asyncops.NewSet(g, time.Second)}
	text := "loadmodule \"httpd.so\"\nmodparam(\"httpd\", \"port\", " + port + ")\n" + params + "\nroute { exit; }"
	m = httpd.New().(*httpd.Module)
	run = module.Load(syntax.Parse("t.cfg", []byte(text), nil, &d), module.Catalogue{"httpd": func() module.Module { return m }}, core.New(), c, &d)
	if d.Errors() > 0 {
		d.Render(os.Stderr)
		t.Fatal("does not load")
	}
	e := run.Modules[len(run.Modules)-1].Env
	if err := m.Start(e); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := m.Register("/test", "tests", h); err != nil {
		t.Fatal(err)
	}
	if err := m.Open(e); err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + port, m, run
}

func get(t *testing.T, method, url, body string) (status int, text string) {
	t.Helper()
	c := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

func echo(_ context.Context, r *httpd.Request) httpd.Answer {
	if r.Path == "panic" {
		panic("oh")
	}
	return httpd.Answer{Status: 202, Type: "text/plain", Body: []byte(r.Method + " " + r.Path + " " + string(r.Body))}
}

// What is behind a root goes to who registered it; all else is not there. A path that only
// begins like a root is another one. A fault of a Handler is its request's.
func TestRoots(t *testing.T) {
	base, m, run := open(t, echo, "")
	for url, want := range map[string]string{"/test": "202 GET  x", "/test/a/b": "202 GET a/b x", "/tests": "404 Not Found", "/": "404 Not Found", "/other": "404 Not Found", "/test/panic": "500 BUG: oh"} {
		status, text := get(t, "GET", base+url, "x")
		if got := strconv.Itoa(status) + " " + text; got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
	if status, text := get(t, "POST", base+"/test/p", "body"); status != 202 || text != "POST p body" {
		t.Errorf("POST: %d %q", status, text)
	}
	if m.Register("test", "others", echo) == nil || m.Register("/", "others", echo) == nil {
		t.Error("a taken or an empty path was registered")
	}
	list, err := run.Commands.Call(t.Context(), "httpd_list_root_path", nil)
	if text := sprint(list); err != nil || !strings.Contains(text, "test") || !strings.Contains(text, "tests") {
		t.Errorf("list_root_path gives %v, %v", list, err)
	}
}

// "Connections, requests and their time are bounded."
func TestBounds(t *testing.T) {
	base, m, _ := open(t, func(_ context.Context, r *httpd.Request) httpd.Answer {
		return httpd.Answer{Body: []byte(strings.Repeat("x", len(r.Body)))}
	}, `modparam("httpd", "max_request_size", 4096)
modparam("httpd", "buf_size", 100)
modparam("httpd", "max_connections", 2)
modparam("httpd", "conn_timeout", 1)`)
	if status, _ := get(t, "POST", base+"/test", strings.Repeat("x", 5000)); status != 413 {
		t.Errorf("a long request gives %d, want 413", status)
	}
	if status, text := get(t, "POST", base+"/test", strings.Repeat("x", 101)); status != 500 || !strings.Contains(text, "buf_size") {
		t.Errorf("a long answer gives %d %q, want 500", status, text)
	}
	var idle []net.Conn
	for range 3 {
		c, err := net.Dial("tcp", m.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write([]byte("GET /te")) // and nothing more
		c.SetReadDeadline(time.Now().Add(20 * time.Second))
		idle = append(idle, c)
	}
	early := 0
	for _, c := range idle {
		b, err := io.ReadAll(c) // until the server closes it, perhaps with a reset
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			t.Error("a silent connection is kept")
		}
		if strings.Contains(string(b), " 503 ") || err != nil {
			early++
		}
	}
	if early == 0 {
		t.Errorf("%d connections were told 503, want at least the third", early)
	}
}

// RFC 7617: whoever does not name the user and the password gets 401 with the realm.
func TestAuthentication(t *testing.T) {
	base, _, _ := open(t, echo, `modparam("httpd", "auth_username", "admin")
modparam("httpd", "auth_password", "se:cret")`)
	for url, want := range map[string]int{
		base + "/test": 401,
		strings.Replace(base, "//", "//admin:wrong@", 1) + "/test":    401,
		strings.Replace(base, "//", "//admin:se:cret@", 1) + "/test":  202,
		strings.Replace(base, "//", "//admin:se:cret@", 1) + "/other": 404,
	} {
		if status, _ := get(t, "GET", url, ""); status != want {
			t.Errorf("%s gives %d, want %d", url, status, want)
		}
	}
}

func sprint(x any) string {
	b, _ := json.Marshal(x)
	return string(b)
}
