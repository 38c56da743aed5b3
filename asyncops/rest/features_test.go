package rest

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
)

// send sets a request up.
func send(method, url, body string, fields ...string) func(*Request) {
	return func(q *Request) {
		q.SetMethod([]byte(method))
		q.SetURL([]byte(url))
		q.SetBody([]byte(body))
		for _, f := range fields {
			q.AddHeaderLine([]byte(f))
		}
	}
}

// "A user agent MUST NOT automatically retry a request with a non-idempotent method";
// RFC 9110 §9.2.2. A kept connection that has closed is found out before a POST is
// spent on it.
func TestPostIsNotRepeated(t *testing.T) {
	p := newPeer(t, func(x exchange) bool { return (x.conn > 1 || x.request == 1) && says(ok200, true)(x) })
	r := newRig(t, 1, Config{})
	r.want(r.get(p.url()), asyncops.Completed, CodeOK)
	r.want(r.begin(0, 0, send("POST", p.url(), "x=1")).Wait(), asyncops.Failed, CodeInternal) // read, then closed
	r.want(r.get(p.url()), asyncops.Completed, CodeOK)
	if n := r.client.Snapshot(); n.Retried != 0 || len(p.asked()) != 3 {
		t.Errorf("counters %+v, %d requests", n, len(p.asked()))
	}
}

// "A 1 second timeout", or the server's 100, before the body is sent.
func TestExpect(t *testing.T) {
	body := strings.Repeat("b", 1025)
	read := func(x exchange) {
		_, _ = io.ReadFull(x, make([]byte, len(body)))
	}
	r := newRig(t, 1, Config{Expect100: true})
	for _, c := range []struct {
		name   string
		do     serve
		status int
	}{
		{"continue", func(x exchange) bool {
			_, _ = io.WriteString(x, "HTTP/1.1 100 Continue\r\n\r\n")
			read(x)
			return says(ok200, true)(x)
		}, 200},
		{"silence", func(x exchange) bool { read(x); return says(ok200, true)(x) }, 200},
		{"no", says("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", false), 403},
		{"unknown", func(x exchange) bool {
			if x.conn == 1 {
				return says("HTTP/1.1 417 What\r\nContent-Length: 0\r\n\r\n", false)(x)
			}
			return says(ok200, false)(x) // its reader has the body
		}, 200},
	} {
		p := newPeer(t, c.do)
		a := r.begin(0, 0, send("PUT", p.url(), body)).Wait()
		if r.want(a, asyncops.Completed, CodeOK); a.status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, a.status, c.status)
		}
		if heads := p.asked(); !strings.Contains(heads[0], "\r\nExpect: 100-continue\r\n") ||
			strings.Contains(heads[len(heads)-1], "Expect") != (c.name != "unknown") {
			t.Errorf("%s: asked %q", c.name, heads)
		}
	}
	small := newPeer(t, says(ok200, false))
	r.want(r.begin(0, 0, send("PUT", small.url(), body[:1024])).Wait(), asyncops.Completed, CodeOK)
	if strings.Contains(small.asked()[0], "Expect") {
		t.Errorf("asked %q", small.asked())
	}
}

// The methods and fields of what follows a redirection: RFC 9110 §15.4.
func TestRedirects(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "elsewhere %s %q %q", r.Method, r.Header.Get("Authorization"), r.Header.Get("X"))
	}))
	defer elsewhere.Close()
	mux := http.NewServeMux()
	var base string
	to := func(status int, place string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Location", strings.ReplaceAll(place, "BASE", base))
			w.WriteHeader(status)
		}
	}
	mux.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		user, _, _ := r.BasicAuth()
		fmt.Fprintf(w, "%s [%s] %q %s", r.Method, b, r.Header.Get("Content-Type"), user)
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		mux.HandleFunc(fmt.Sprint("/", status), to(status, "end"))
	}
	mux.HandleFunc("/away", to(302, elsewhere.URL))
	mux.HandleFunc("/round", to(302, "/round"))
	mux.HandleFunc("/nowhere", to(302, ""))
	mux.HandleFunc("/mail", to(302, "mailto:a@b"))
	plain := httptest.NewServer(mux)
	defer plain.Close()
	secure := httptest.NewTLSServer(mux)
	defer secure.Close()
	base = plain.URL
	mux.HandleFunc("/down", to(302, plain.URL+"/end"))

	r := newRig(t, 1, Config{MaxRedirects: 3, TLS: secure.Client().Transport.(*http.Transport).TLSClientConfig})
	const form = `"application/x-www-form-urlencoded" `
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/301", 200, `GET [] "" `},
		{"POST", "/301", 200, `GET [] "" `},
		{"POST", "/302", 200, `GET [] "" `},
		{"POST", "/303", 200, `GET [] "" `},
		{"PUT", "/302", 200, `PUT [x] ` + form},
		{"PUT", "/303", 200, `GET [] "" `},
		{"POST", "/307", 200, `POST [x] ` + form},
		{"POST", "/308", 200, `POST [x] ` + form},
		{"GET", "/nowhere", 302, ""},
		{"GET", "/mail", 302, ""},
	} {
		body := ""
		if c.method != "GET" {
			body = "x"
		}
		a := r.begin(0, 0, send(c.method, plain.URL+c.path, body)).Wait()
		if r.want(a, asyncops.Completed, CodeOK); a.status != c.status || a.body != c.body {
			t.Errorf("%s %s: got %d %q, want %d %q", c.method, c.path, a.status, a.body, c.status, c.body)
		}
	}
	user := strings.Replace(plain.URL, "://", "://al:pw@", 1)
	if a := r.get(user + "/302"); a.body != `GET [] "" al` {
		t.Errorf("credentials within an origin: %q", a.body)
	}
	if a := r.begin(0, 0, send("GET", user+"/away", "", "Authorization: Bearer t", "X: y")).Wait(); a.body != `elsewhere GET "" "y"` {
		t.Errorf("credentials elsewhere: %q", a.body)
	}
	if a := r.get(secure.URL + "/down"); a.status != 302 {
		t.Errorf("from https to http: status %d", a.status)
	}
	if a := r.get(secure.URL + "/302"); a.status != 200 {
		t.Errorf("https: status %d", a.status)
	}
	r.want(r.get(plain.URL+"/round"), asyncops.Failed, CodeInternal)
}

// A body that ends with the connection is whole over TLS only if the end is announced:
// "complete only if a valid closure alert has been received"; RFC 9112 §9.8.
func TestCutOffTLS(t *testing.T) {
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		c, rw, _ := w.(http.Hijacker).Hijack()
		_, _ = rw.WriteString("HTTP/1.1 200 OK\r\n\r\nall of it?")
		_ = rw.Flush()
		if q.URL.Path == "/cut" {
			_ = c.(*tls.Conn).NetConn().Close()
		}
		_ = c.Close()
	}))
	defer secure.Close()
	r := newRig(t, 1, Config{TLS: secure.Client().Transport.(*http.Transport).TLSClientConfig})
	if a := r.get(secure.URL + "/whole"); a.body != "all of it?" {
		t.Errorf("got %+v", a)
	}
	r.want(r.get(secure.URL+"/cut"), asyncops.Failed, CodeInternal)
}

// no_concurrent_connects: -4 while a connection to the origin is being made.
func TestOneConnect(t *testing.T) {
	r := newRig(t, 1, Config{OneConnect: true})
	hole := blackHole(t)
	first := r.begin(0, 300*time.Millisecond, to(hole))
	r.want(r.get(hole), asyncops.Failed, CodeConnecting)
	r.want(first.Wait(), asyncops.TimedOut, CodeConnectTimeout)
}

// The status of an answer that did not come whole is known, as OpenSIPS has it for -3.
func TestStatusOfHalfAnAnswer(t *testing.T) {
	p := newPeer(t, func(x exchange) bool {
		_, _ = io.WriteString(x, "HTTP/1.1 206 Part\r\nContent-Length: 9\r\n\r\nhalf")
		return mute(x)
	})
	r := newRig(t, 1, Config{})
	a := r.begin(0, 100*time.Millisecond, to(p.url())).Wait()
	if r.want(a, asyncops.TimedOut, CodeTransferTimeout); a.status != 206 || a.body != "" {
		t.Errorf("got %+v", a)
	}
}
