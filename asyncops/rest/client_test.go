package rest

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// Against net/http, the server most likely to be met.
func TestAgainstNetHTTP(t *testing.T) {
	big := strings.Repeat("0123456789abcdef", 4<<16) // 4 MiB
	mux := http.NewServeMux()
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"set":7}`)
	})
	mux.HandleFunc("/chunked", func(w http.ResponseWriter, _ *http.Request) {
		for i := range 5 {
			fmt.Fprintf(w, "part %d;", i)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/big", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(big)))
		_, _ = io.WriteString(w, big)
	})
	mux.HandleFunc("/bigchunked", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, big) })
	mux.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/plain", http.StatusFound) })
	mux.HandleFunc("/fails", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) })
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %s %q [%s]", r.Method, r.URL.RawQuery, r.Header.Get("Content-Type"), r.Header["X-Call"], b)
	})
	mux.HandleFunc("/sum", func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	})
	mux.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "after a 103")
	})
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		fmt.Fprint(w, user, "/", password)
	})
	plain := httptest.NewServer(mux)
	defer plain.Close()
	secure := httptest.NewTLSServer(mux)
	defer secure.Close()
	r := newRig(t, 2, Config{TLS: secure.Client().Transport.(*http.Transport).TLSClientConfig})

	for _, base := range []string{plain.URL, secure.URL} {
		ask := func(method, path, body string, fields ...string) answer {
			t.Helper()
			return r.begin(1, 0, func(q *Request) {
				q.SetMethod([]byte(method))
				q.SetURL([]byte(base + path))
				q.SetBody([]byte(body))
				for i := 0; i < len(fields); i += 2 {
					q.AddHeader([]byte(fields[i]), []byte(fields[i+1]))
				}
			}).Wait()
		}
		check := func(a answer, status int, body string) {
			t.Helper()
			r.want(a, asyncops.Completed, CodeOK)
			if a.status != status || a.body != body {
				t.Errorf("got %d with %d bytes %.60q, want %d with %d bytes %.60q", a.status, len(a.body), a.body, status, len(body), body)
			}
		}
		a := ask("GET", "/plain", "")
		check(a, 200, `{"set":7}`)
		if a.contentType != "application/json" {
			t.Errorf("content type %q", a.contentType)
		}
		check(ask("GET", "/chunked", ""), 200, "part 0;part 1;part 2;part 3;part 4;")
		check(ask("GET", "/big", ""), 200, big)
		check(ask("GET", "/bigchunked", ""), 200, big)
		check(ask("GET", "/empty", ""), 204, "")
		check(ask("HEAD", "/big", ""), 200, "")
		check(ask("GET", "/fails", ""), 503, "no\n") // an answer is an answer
		a = ask("GET", "/moved", "")                 // redirects are the script's to follow
		if a.status != 302 || a.location != "/plain" {
			t.Errorf("redirect: status %d to %q", a.status, a.location)
		}
		check(ask("POST", "/echo?a=b%20c", "x=1"), 200, `POST a=b%20c application/x-www-form-urlencoded [] [x=1]`)
		check(ask("PUT", "/echo", "{}", "content-type", "application/json", "X-Call", "1", "X-Call", "2"), 200,
			`PUT  application/json ["1" "2"] [{}]`)
		check(ask("POST", "/sum", big), 200, fmt.Sprint(len(big)))
		check(ask("GET", "/early", ""), 200, "after a 103")
		user := strings.Replace(base, "://", "://al%20ice:s%3Acret@", 1)
		check(r.get(user+"/who"), 200, "al ice/s:cret")
	}
	if n := r.client.Snapshot(); n.Completed != n.Requests || n.InFlight() != 0 {
		t.Errorf("counters %+v", n)
	}
}

// "Reused": a kept connection serves request after request.
func TestKeepAlive(t *testing.T) {
	p := newPeer(t, says(ok200, true))
	r := newRig(t, 1, Config{})
	for range 50 {
		r.want(r.get(p.url()), asyncops.Completed, CodeOK)
	}
	if n := r.client.Snapshot(); n.Connects != 1 || n.Reused != 49 || n.Conns != 1 || p.accepted() != 1 {
		t.Errorf("counters %+v, %d accepted", n, p.accepted())
	}
}

// Not kept: "Connection: close", HTTP/1.0, bodies until close, bytes beyond the end.
func TestNotKept(t *testing.T) {
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
		"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad",
	} {
		p := newPeer(t, says(text, true))
		r := newRig(t, 1, Config{})
		for range 3 {
			if a := r.get(p.url()); a.body != "hi" {
				t.Errorf("%q: got %+v", text, a)
			}
		}
		if n := r.client.Snapshot(); n.Connects != 3 || n.Conns != 0 {
			t.Errorf("%q: counters %+v", text, n)
		}
	}
	p := newPeer(t, says("HTTP/1.1 200 OK\r\n\r\nuntil the end", false))
	r := newRig(t, 1, Config{})
	if a := r.get(p.url()); a.body != "until the end" {
		t.Errorf("until close: got %+v", a)
	}
}

// A server may close a kept connection at any time. If that meets the next request,
// it is sent again once, on a fresh connection; RFC 9112 §9.3.1.
func TestClosedWhileIdle(t *testing.T) {
	p := newPeer(t, func(x exchange) bool {
		return (x.conn > 1 || x.request == 1) && says(ok200, true)(x)
	})
	r := newRig(t, 1, Config{})
	r.want(r.get(p.url()), asyncops.Completed, CodeOK)
	a := r.get(p.url()) // the first connection reads it and closes
	r.want(a, asyncops.Completed, CodeOK)
	if n := r.client.Snapshot(); n.Retried != 1 || n.Connects != 2 {
		t.Errorf("counters %+v", n)
	}

	// Noticed in time, it costs no retry.
	p.mu.Lock()
	p.conns[1].Close()
	p.mu.Unlock()
	r.Until("the closed connection is dropped", func() bool { return r.client.Snapshot().Conns == 0 })
	r.want(r.get(p.url()), asyncops.Completed, CodeOK)
	if n := r.client.Snapshot(); n.Retried != 1 || n.Connects != 3 {
		t.Errorf("counters %+v", n)
	}
}

// A connection that never carried an answer is not tried again.
func TestClosedAtOnce(t *testing.T) {
	for _, part := range []string{"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"} {
		p := newPeer(t, says(part, false))
		r := newRig(t, 1, Config{})
		r.want(r.get(p.url()), asyncops.Failed, CodeInternal)
		if n := r.client.Snapshot(); n.Retried != 0 || n.Failed != 1 || n.Conns != 0 {
			t.Errorf("after %q: counters %+v", part, n)
		}
	}
}

// Headers and chunks may come byte by byte.
func TestByteByByte(t *testing.T) {
	text := crlfs("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n2;x=y\nde\n0\nTrailer-Field: 1\n\n")
	p := newPeer(t, func(x exchange) bool {
		for i := range len(text) {
			if _, err := x.Write([]byte{text[i]}); err != nil {
				return false
			}
		}
		return true
	})
	r := newRig(t, 1, Config{})
	for range 3 {
		if a := r.get(p.url()); a.body != "abcde" || a.code != CodeOK {
			t.Errorf("got %+v", a)
		}
	}
	if n := r.client.Snapshot(); n.Connects != 1 {
		t.Errorf("counters %+v", n)
	}
}

// Semantics §7.5: -1 refused, -2 connect timeout, -3 transfer timeout, -10 internal.
func TestCodes(t *testing.T) {
	r := newRig(t, 1, Config{ConnectTimeout: 200 * time.Millisecond})

	closed := newPeer(t, says(ok200, true))
	closed.ln.Close()
	r.want(r.get(closed.url()), asyncops.Failed, CodeRefused)

	silent := newPeer(t, mute)
	r.want(r.begin(0, 300*time.Millisecond, to(silent.url())).Wait(), asyncops.TimedOut, CodeTransferTimeout)

	hole := blackHole(t)
	r.want(r.get(hole), asyncops.TimedOut, CodeConnectTimeout)
	r.want(r.begin(0, 20*time.Millisecond, to(hole)).Wait(), asyncops.TimedOut, CodeConnectTimeout)

	for _, url := range []string{"", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "http://[::1/",
		"http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y", "http://a%00b/", "http:///path"} {
		r.want(r.get(url), asyncops.Failed, CodeInternal)
	}
	for _, text := range []string{"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200\r\n\r\n", "\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"} {
		p := newPeer(t, says(text, true)) // it does not close: we must find out ourselves
		r.want(r.get(p.url()), asyncops.Failed, CodeInternal)
	}
	if n := r.client.Snapshot(); n.Refused != 1 || n.ConnectTimeouts != 2 || n.TimedOut != 3 || n.InFlight() != 0 {
		t.Errorf("counters %+v", n)
	}
}

// TransferTimeout is the client's own bound, inside a longer deadline.
func TestTransferTimeout(t *testing.T) {
	r := newRig(t, 1, Config{TransferTimeout: 300 * time.Millisecond})
	r.want(r.get(newPeer(t, mute).url()), asyncops.TimedOut, CodeTransferTimeout)
}

// The limits of a header and a body hold, however the body is framed.
func TestLimits(t *testing.T) {
	r := newRig(t, 1, Config{MaxBody: 1000, MaxHeader: 500})
	body := strings.Repeat("x", 1001)
	for _, text := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n" + body,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f4\r\n" + body[:500] + "\r\n1f5\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n",
		"HTTP/1.1 200 OK\r\nX: " + body,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + body,
	} {
		p := newPeer(t, says(text, true)) // the connection stays open
		r.want(r.get(p.url()), asyncops.Failed, CodeInternal)
	}
	p := newPeer(t, says("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"+body[:1000], true))
	if a := r.get(p.url()); a.code != CodeOK || len(a.body) != 1000 {
		t.Errorf("exactly the limit: got code %d, %d bytes", a.code, len(a.body))
	}
}

// 1000 requests at once over two loops: all are answered, with their own answer, on
// a bounded number of connections.
func TestParallel(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }))
	defer srv.Close()
	r := newRig(t, 2, Config{ConnsPerOrigin: 16})
	const each = 500
	paths := make([]string, 2*each)
	asks := make([]*asked, 2*each)
	for i := range 2 {
		r.Group.Do(i, func(l *loop.Loop) {
			for n := i * each; n < (i+1)*each; n++ {
				paths[n] = fmt.Sprintf("/%d/%d", i, n)
				asks[n] = r.beginOn(l, 0, to(srv.URL+paths[n]))
			}
		})
	}
	for n, p := range asks {
		a := p.Wait()
		if r.want(a, asyncops.Completed, CodeOK); a.body != paths[n] {
			t.Errorf("asked for %s, got %q", paths[n], a.body)
		}
	}
	if n := r.client.Snapshot(); n.Connects > 32 || n.Completed != 2*each || n.Conns > 32 {
		t.Errorf("counters %+v", n)
	}
}

// A full queue is refused at once, and nothing is sent.
func TestQueueFull(t *testing.T) {
	hold := make(chan struct{})
	p := newPeer(t, func(x exchange) bool { <-hold; return says(ok200, true)(x) })
	r := newRig(t, 1, Config{ConnsPerOrigin: 1, Queue: 2})
	var waits []*asked
	for range 3 {
		waits = append(waits, r.begin(0, 0, to(p.url())))
	}
	r.want(r.get(p.url()), asyncops.Overloaded, CodeInternal)
	close(hold)
	for _, w := range waits {
		r.want(w.Wait(), asyncops.Completed, CodeOK)
	}
	if n := r.client.Snapshot(); n.Overloaded != 1 || len(p.asked()) != 3 {
		t.Errorf("counters %+v, asked %d", n, len(p.asked()))
	}
}

// A request whose waiter has gone frees its place; the next one gets it.
func TestAbandon(t *testing.T) {
	p := newPeer(t, func(x exchange) bool {
		if x.conn == 1 {
			return mute(x)
		}
		return says(ok200, true)(x)
	})
	r := newRig(t, 1, Config{ConnsPerOrigin: 1})
	never := r.begin(0, 0, to(p.url()))
	second := r.begin(0, 0, to(p.url()))
	r.Until("the first is with the server", func() bool { return len(p.asked()) == 1 })
	never.Abandon()
	r.want(second.Wait(), asyncops.Completed, CodeOK)
	if n := r.client.Snapshot(); n.Abandoned != 1 || never.Ended() {
		t.Errorf("counters %+v, resumed %v", n, never.Ended())
	}
}

// After five failures in a row the origin is left alone; one probe is let through
// per interval, and its success opens the way again. Other origins do not notice.
func TestBreaker(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + ln.Addr().String() + "/"
	ln.Close()
	good := newPeer(t, says(ok200, true))
	r := newRig(t, 1, Config{Breaker: asyncops.BreakerConfig{Probe: 50 * time.Millisecond}})
	for range 5 {
		r.want(r.get(url), asyncops.Failed, CodeRefused)
	}
	r.want(r.get(url), asyncops.Unavailable, CodeRefused)
	r.want(r.get(good.url()), asyncops.Completed, CodeOK)
	ln, err = net.Listen("tcp", ln.Addr().String())
	if err != nil {
		t.Skip("the port was taken by somebody else:", err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	go func() { _ = srv.Serve(ln) }()
	defer srv.Close()
	r.Until("a probe succeeds", func() bool { return r.get(url).out == asyncops.Completed })
	r.want(r.get(url), asyncops.Completed, CodeOK)
}

// Idle connections do not stay for ever.
func TestIdleTimeout(t *testing.T) {
	p := newPeer(t, says(ok200, true))
	r := newRig(t, 1, Config{IdleTimeout: 20 * time.Millisecond})
	r.want(r.get(p.url()), asyncops.Completed, CodeOK)
	r.Until("the idle connection is closed", func() bool { return r.client.Snapshot().Conns == 0 })
}

// Origins and connections are bounded; what is idle makes room.
func TestManyOrigins(t *testing.T) {
	r := newRig(t, 1, Config{MaxOrigins: 2, MaxConns: 2})
	for range 4 {
		p := newPeer(t, says(ok200, true))
		r.want(r.get(p.url()), asyncops.Completed, CodeOK)
	}
	if n := r.client.Snapshot(); n.Conns > 2 {
		t.Errorf("counters %+v", n)
	}
	// Busy ones stay, and the third is refused.
	for range 2 {
		p := newPeer(t, mute)
		r.begin(0, 0, to(p.url()))
	}
	r.want(r.get(newPeer(t, says(ok200, true)).url()), asyncops.Overloaded, CodeInternal)
}

// Fields that would break out of the header or frame the message are refused.
func TestFields(t *testing.T) {
	p := newPeer(t, says(ok200, true))
	r := newRig(t, 1, Config{UserAgent: "test/1"})
	for _, f := range [][2]string{{"X", "a\r\nY: b"}, {"X", "a\x00"}, {"X Y", "a"}, {"", "a"}, {"X:", "a"}, {"Content-Length", "3"},
		{"Transfer-Encoding", "chunked"}, {"connection", "close"}} {
		a := r.begin(0, 0, func(q *Request) {
			q.SetURL([]byte(p.url()))
			if q.AddHeader([]byte(f[0]), []byte(f[1])) {
				t.Errorf("field %q accepted", f)
			}
		}).Wait()
		r.want(a, asyncops.Failed, CodeInternal)
	}
	r.want(r.begin(0, 0, func(q *Request) {
		q.SetMethod([]byte("GET /smuggled HTTP/1.1\r\n"))
		q.SetURL([]byte(p.url()))
	}).Wait(), asyncops.Failed, CodeInternal)
	r.want(r.begin(0, 0, func(q *Request) {
		q.SetURL([]byte(p.url() + "x?y=z#part"))
		q.AddHeaderLine([]byte("X-Call:  a: b \r\n"))
		q.AddHeaderLine([]byte("Accept: text/plain"))
	}).Wait(), asyncops.Completed, CodeOK)
	want := crlfs("GET /x?y=z HTTP/1.1\nHost: " + p.ln.Addr().String() + "\nUser-Agent: test/1\nX-Call: a: b\nAccept: text/plain\n\n")
	if got := p.asked(); len(got) != 1 || got[0] != want {
		t.Errorf("asked %q, want %q", got, want)
	}
}

// Requests under way when the client is closed end; later ones are refused.
func TestClose(t *testing.T) {
	silent := newPeer(t, mute)
	r := newRig(t, 1, Config{ConnsPerOrigin: 1})
	waits := []*asked{r.begin(0, 0, to(silent.url())), r.begin(0, 0, to(silent.url()))}
	r.Until("one is with the server", func() bool { return len(silent.asked()) == 1 })
	r.client.Close()
	for _, w := range append(waits, r.begin(0, 0, to(silent.url()))) {
		r.want(w.Wait(), asyncops.Failed, CodeInternal)
	}
	if n := r.client.Snapshot(); n.Conns != 0 || n.InFlight() != 0 {
		t.Errorf("counters %+v", n)
	}
}

// https ends in the same codes as http.
func TestTLSCodes(t *testing.T) {
	secure := func(p *peer) string { return "https" + strings.TrimPrefix(p.url(), "http") }
	srv := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()
	trusting := newRig(t, 1, Config{TLS: srv.Client().Transport.(*http.Transport).TLSClientConfig})
	soon := func(url string) answer {
		return trusting.begin(0, time.Second, to(url)).Wait()
	}
	trusting.want(soon(srv.URL), asyncops.TimedOut, CodeTransferTimeout)
	trusting.want(soon(secure(newPeer(t, mute))), asyncops.TimedOut, CodeConnectTimeout) // no handshake
	gone := newPeer(t, mute)
	gone.ln.Close()
	trusting.want(trusting.get(secure(gone)), asyncops.Failed, CodeRefused)
	other := listen(t, func(_ *peer, c net.Conn, _ int) { // it does not wait to be spoken to
		_, _ = io.WriteString(c, "SSH-2.0-x\r\n")
		_, _ = io.Copy(io.Discard, c)
	})
	trusting.want(trusting.get(secure(other)), asyncops.Failed, CodeInternal)

	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it will complain of the handshake
	wary := newRig(t, 1, Config{})
	wary.want(wary.get(srv.URL), asyncops.Failed, CodeInternal) // nobody has vouched for it
	wary.want(wary.get("https://127.0.0.1/a b"), asyncops.Failed, CodeInternal)
}

// A dead https origin holds back its own requests only: it gets half of the handshakes.
func TestTLSShare(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	r := newRig(t, 1, Config{Handshakes: 2, TLS: srv.Client().Transport.(*http.Transport).TLSClientConfig})
	dead := newPeer(t, mute)
	for range 3 {
		r.begin(0, 0, to("https"+strings.TrimPrefix(dead.url(), "http")))
	}
	r.Until("one hangs", func() bool { return dead.accepted() == 1 })
	for range 5 {
		r.want(r.get(srv.URL), asyncops.Completed, CodeOK)
	}
	r.client.Close() // ends those that hang
	r.Until("all have ended", func() bool { return r.client.Snapshot().InFlight() == 0 })
}
