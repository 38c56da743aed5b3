package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/internal/looptest"
)

const long = looptest.Patience

// echo sends back what it reads.
func echo(c net.Conn) { _, _ = io.Copy(c, c) }

// secured returns what a TLS server and its client need.
func secured(t testing.TB) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return s.TLS, s.Client().Transport.(*http.Transport).TLSClientConfig
}

func TestPlainAndTLS(t *testing.T) {
	server, client := secured(t)
	r := newRig(t, 2, Config{})
	plain, secure := listen(t, echo), listenTLS(t, server, echo)
	secure.TLS = client
	for i, to := range []Target{plain, secure} {
		c := r.dial(i, to, long, "hello")
		if b := c.read(5); string(b) != "hello" {
			t.Errorf("got %q", b)
		}
	}
	if n := r.dialer.Snapshot(); n.Attempts != 2 || n.Opened != 2 || n.Open != 2 || n.Handshakes != 1 || n.Failed != 0 {
		t.Errorf("counters %+v", n)
	}
}

// Each end says at which stage it came, and why.
func TestEnds(t *testing.T) {
	r := newRig(t, 1, Config{})
	gone := listen(t, echo)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Port = uint16(ln.Addr().(*net.TCPAddr).Port)
	ln.Close()
	_, client := secured(t)
	silent := listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	silent.TLS = client
	for _, c := range []struct {
		to      Target
		timeout time.Duration
		stage   Stage
		err     error
	}{
		{gone, long, Connecting, unix.ECONNREFUSED},
		{Target{Host: "no..such", Port: 1}, long, Resolving, ErrNoAddress},
		{gone, 0, Resolving, ErrTimeout},
		{silent, 30 * time.Millisecond, Handshaking, ErrTimeout},
		{listen(t, func(c net.Conn) { c.Close() }), long, Open, io.EOF},
	} {
		got := r.dial(0, c.to, c.timeout, "").end()
		if got.Stage != c.stage || !errors.Is(got, c.err) {
			t.Errorf("ended with %v, want %v: %v", got, c.stage, c.err)
		}
	}
}
