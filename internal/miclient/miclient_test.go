package miclient

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/mi/datagram"
	"github.com/fastsips/fastsips/mi/fifo"
)

func upper(_ context.Context, b []byte) []byte {
	return []byte(`{"said":"` + strings.ToUpper(string(b)) + `"}`)
}

// A request goes each way, and its answer comes back.
func TestCall(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	f, err := fifo.Listen(fifo.Config{Name: filepath.Join(dir, "fifo"), Mode: 0o600, UID: -1, GID: -1, ReplyDir: dir, Serve: upper, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	f.Run()
	defer func() { _ = f.Close() }()
	at := datagram.Address{Network: "unixgram", Name: filepath.Join(dir, "sock")}
	d, err := datagram.Listen(datagram.Config{Address: at, Mode: 0o600, UID: -1, GID: -1, Serve: upper, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	d.Run()
	defer func() { _ = d.Close() }()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		user, secret, _ := r.BasicAuth()
		if user != "admin" || secret != "se/cret" || r.Header.Get("Content-Type") != "application/json" {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		_, _ = w.Write(upper(r.Context(), b))
	}))
	defer h.Close()
	url := strings.Replace(h.URL, "//", "//admin:se%2Fcret@", 1)
	for _, to := range []Target{{FIFO: filepath.Join(dir, "fifo"), Dir: dir}, {Datagram: at, Dir: dir}, {Datagram: at}, {URL: url}} {
		if got, err := to.Call(t.Context(), []byte("{hi}")); err != nil || string(got) != `{"said":"{HI}"}` {
			t.Errorf("%s: %q, %v", to, got, err)
		}
	}
	for want, to := range map[string]Target{
		"401 Unauthorized: Unauthorized": {URL: h.URL},
		"is fastsips running":            {URL: "http://admin:secret@127.0.0.1:1/mi"},
		"nobody reads":                   {Datagram: datagram.Address{Network: "udp", Name: "127.0.0.1:1"}},
		"no URL":                         {URL: "http://admin:secret@127.0.0.1:x/"},
		"no way to send":                 {},
	} {
		if _, err := to.Call(t.Context(), []byte("{}")); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", to, err, want)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("clients have left something: %v, %v", left, err)
	}
}

// The ways that a configuration offers are found in it.
func TestOfConfig(t *testing.T) {
	for text, want := range map[string][]Target{
		`loadmodule "mi_fifo.so"`: {{FIFO: "/tmp/opensips_fifo", Dir: "/tmp/"}},
		`loadmodule "mi_fifo.so"
			modparam("mi_fifo", "fifo_name", "/run/a")
			modparam("mi_fifo|mi_datagram", "reply_dir", "/run/b")
			loadmodule "mi_datagram.so"
			modparam("mi_datagram", "socket_name", "/run/c")
			loadmodule "mi_http.so"`: {{FIFO: "/run/a", Dir: "/run/b"}, {URL: "http://127.0.0.1:8888/mi"}, {Datagram: datagram.Address{Network: "unixgram", Name: "/run/c"}}},
		`loadmodule "mi_datagram.so"
			modparam("mi_datagram", "socket_name", "udp:127.0.0.1:8080")`: {{Datagram: datagram.Address{Network: "udp", Name: "127.0.0.1:8080"}}},
		`loadmodule "httpd.so"
			loadmodule "mi_http.so"
			modparam("httpd", "ip", "0.0.0.0")
			modparam("httpd", "port", 8889)
			modparam("httpd", "auth_username", "admin")
			modparam("httpd", "auth_password", "p@ss")
			modparam("httpd", "tls_cert_file", "/x")
			modparam("mi_http", "root", "manage")`: {{URL: "https://admin:p%40ss@127.0.0.1:8889/manage"}},
		`loadmodule "tm.so"`: nil,
	} {
		file := filepath.Join(t.TempDir(), "a.cfg")
		if err := os.WriteFile(file, []byte("socket=udp:127.0.0.1:5060\n"+text+"\nroute { exit; }\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := OfConfig(file); !slices.Equal(got, want) || (err != nil) != (want == nil) {
			t.Errorf("%s\ngives %v, %v", text, got, err)
		}
	}
	if _, err := OfConfig("/nowhere.cfg"); err == nil {
		t.Error("a file that is not there")
	}
}
