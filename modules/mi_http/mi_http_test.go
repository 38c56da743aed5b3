package mi_http_test

import (
	"io"
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
	"github.com/fastsips/fastsips/modules/mi_http"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// open loads both modules with more parameters, and returns the base of URLs.
func open(t *testing.T, params string) string {
	t.Helper()
	port := strconv.Itoa(siptest.FreePort(t))
	g, err := loop.New(loop.Config{Loops: 1, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	text := "loadmodule \"httpd.so\"\nmodparam(\"httpd\", \"port\", " + port + ")\nloadmodule \"mi_http.so\"\n" + params + "\nroute { exit; }"
	var d syntax.Diags
	run := module.Load(syntax.Parse("t.cfg", []byte(text), nil, &d), module.Catalogue{"httpd": httpd.New, "mi_http": mi_http.New}, core.New(),
		&proxy.Core{Settings: proxy.DefaultSettings(), Group: g, Ops: asyncops.NewSet(g, time.Second)}, &d)
	if d.Errors() > 0 {
		_ = d.Render(os.Stderr)
		t.Fatal("does not load")
	}
	for _, l := range run.Modules {
		if c, ok := l.Module.(module.Closer); ok && l.Env.Name != module.CoreName {
			t.Cleanup(func() { _ = c.Close() })
		}
		if s, ok := l.Module.(module.Starter); ok && l.Env.Name != module.CoreName {
			if err := s.Start(l.Env); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, l := range run.Modules {
		if h, ok := l.Module.(*httpd.Module); ok {
			if err := h.Open(l.Env); err != nil {
				t.Fatal(err)
			}
		}
	}
	return "http://127.0.0.1:" + port
}

// request sends one; headers are name: value.
func request(t *testing.T, method, url, body string, headers ...string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	c := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, _ := io.ReadAll(resp.Body)
	return strconv.Itoa(resp.StatusCode) + " " + resp.Header.Get("Content-Type") + " " + strings.TrimSpace(string(b))
}

// As opensips-cli asks: POST /mi with application/json. JSON-RPC's own errors come
// with 200; a notification gets 202 without a body; what is no POST 405.
func TestRequests(t *testing.T) {
	base := open(t, "")
	const pwd = `{"jsonrpc":"2.0","method":"help","params":["which"],"id":"1"}`
	const result = `{"jsonrpc":"2.0","result":{"Help":"List the commands; those of a module (which dialog:); or the parameters of one command.","Exported by":"core"},"id":"1"}`
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "/mi", pwd, "200 application/json " + result},
		{"POST", "/mi/", pwd, "200 application/json " + result},
		{"POST", "/mi", "[" + pwd + "," + strings.Replace(pwd, `,"id":"1"`, "", 1) + "]", "200 application/json [" + result + "]"},
		{"POST", "/mi", `{"jsonrpc":"2.0","method":"help"}`, "202"},
		{"POST", "/mi", `{"jsonrpc":"2.0","method":"nothing","id":2}`, `200 application/json {"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":2}`},
		{"POST", "/mi", `{"jsonrpc":"2.0","method":"help","id":2,"params":{"mi_cmd":7`, `200 application/json {"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}`},
		{"POST", "/mi", " ", "400 text/plain Bad Request: the body is empty"},
		{"GET", "/mi", "", "405 text/plain Method Not Allowed: a management request is a POST"},
		{"PUT", "/mi", pwd, "405 text/plain Method Not Allowed: a management request is a POST"},
		{"POST", "/mi/help", pwd, "404 text/plain Not Found"},
		{"POST", "/json", pwd, "404 text/plain; charset=utf-8 Not Found"},
	} {
		if got := strings.TrimSpace(request(t, c.method, base+c.path, c.body, "Content-Type: application/json")); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s %s:\n%s, want\n%s", c.method, c.path, c.body, got, c.want)
		}
	}
	// A page that somebody looks at cannot have his browser give commands.
	if got := request(t, "POST", base+"/mi", pwd, "Content-Type: text/plain", "Origin: http://evil.example"); !strings.HasPrefix(got, "403 ") {
		t.Errorf("a page's request: %s", got)
	}
}

func TestParameters(t *testing.T) {
	base := open(t, `modparam("mi_http", "root", "/manage/me")
modparam("mi_http", "pretty_printing", 1)
modparam("httpd", "auth_username", "admin")
modparam("httpd", "auth_password", "secret")`)
	const body = `{"jsonrpc":"2.0","method":"which","params":["help"],"id":1}`
	if got := request(t, "POST", base+"/manage/me", body); !strings.HasPrefix(got, "401 ") {
		t.Errorf("without a password: %s", got)
	}
	got := request(t, "POST", strings.Replace(base, "//", "//admin:secret@", 1)+"/manage/me", body)
	if want := "200 application/json {\n\t\"jsonrpc\": \"2.0\",\n\t\"result\": ["; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
