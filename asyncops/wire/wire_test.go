package wire

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops/dns"
	"github.com/fastsips/fastsips/internal/dnstest"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

const long = looptest.Patience

// echo sends back what it reads.
func echo(c net.Conn) { _, _ = io.Copy(c, c) }

// hung is a server that reads and says nothing.
func hung(t testing.TB) Target { return listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }) }

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
	silent := hung(t)
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

// What a certificate lacks is said, at the handshake.
func TestCertificates(t *testing.T) {
	server, trusting := secured(t)
	r := newRig(t, 1, Config{})
	to := listenTLS(t, server, echo)
	other, future := trusting.Clone(), trusting.Clone()
	other.ServerName = "other.invalid"
	future.Time = func() time.Time { return time.Now().AddDate(200, 0, 0) }
	for what, cfg := range map[string]*tls.Config{
		"unknown authority": {},
		"not other.invalid": other,
		"expired":           future,
	} {
		to.TLS = cfg
		err := r.dial(0, to, long, "").end()
		if err.Stage != Handshaking || err.Timeout() || err.Ours() || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	if cfg := other; cfg.ServerName != "other.invalid" || future.Renegotiation != tls.RenegotiateNever {
		t.Error("a configuration was changed")
	}
}

// The addresses of a host are tried in turn, "each with its share of the time".
func TestAddressesInTurn(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := serve(t, ln, echo)
	fillBacklog(t, [4]byte{127, 0, 0, 2}, int(to.Port)) // it hangs
	names := dnstest.Start(t, "two.test A 127.0.0.2\ntwo.test A 127.0.0.1")
	base := looptest.New(t, 1)
	resolver := dns.New(base.Group, base.Ops, dns.Config{Servers: []netip.AddrPort{names.Addr()}, NoSearch: true})
	t.Cleanup(resolver.Close)
	r := startRig(t, base, Config{Resolver: resolver})
	to.Host = "two.test"
	c := r.dial(0, to, 2*time.Second, "hi")
	if b := c.read(2); string(b) != "hi" || c.conn.Remote().String() == "" {
		t.Errorf("got %q", b)
	}
	if n := r.dialer.Snapshot(); n.Attempts != 2 {
		t.Errorf("counters %+v", n)
	}
	to.Host = "none.test"
	if err := r.dial(0, to, long, "").end(); err.Stage != Resolving || err.Err != ErrNoAddress {
		t.Errorf("got %v", err)
	}
	release := names.Hold(t)
	to.Host = "slow.test"
	if err := r.dial(0, to, 30*time.Millisecond, "").end(); err.Stage != Resolving || !err.Timeout() {
		t.Errorf("got %v", err)
	}
	release()
}

// "Write: false, and nothing is sent, if more than MaxOut bytes would wait." What waits
// leaves in its order once the peer reads.
func TestMaxOut(t *testing.T) {
	server, cfg := secured(t)
	r := newRig(t, 1, Config{MaxOut: 8 << 20})
	for _, secure := range []bool{false, true} {
		hold := make(chan struct{})
		all := make(chan int, 1)
		talk := func(c net.Conn) {
			if s, ok := c.(*tls.Conn); ok {
				_ = s.Handshake()
			}
			<-hold
			n := 0
			b := make([]byte, 64<<10)
			for n < 8<<20 {
				m, err := c.Read(b)
				for i := range m {
					if b[i] != byte((n+i)>>16) {
						t.Errorf("byte %d is %d", n+i, b[i])
						return
					}
				}
				if n += m; err != nil {
					break
				}
			}
			all <- n
		}
		to := listen(t, talk)
		if secure {
			to = listenTLS(t, server, talk)
			to.TLS = cfg
		}
		c := r.dial(0, to, long, "")
		looptest.Receive(t, "a connection", c.opened)
		block := make([]byte, 64<<10)
		c.do(func(l *loop.Loop) {
			for i := range 8 << 20 >> 16 {
				for j := range block {
					block[j] = byte(i)
				}
				if i%2 == 0 && !c.conn.Write(l, block) || i%2 == 1 && !c.conn.Queue(l, block) {
					t.Errorf("block %d was refused", i)
				}
			}
			if c.conn.Write(l, make([]byte, 8<<20)) {
				t.Error("took more than MaxOut")
			}
		})
		close(hold)
		if n := looptest.Receive(t, "all of it", all); n != 8<<20 {
			t.Errorf("%d bytes arrived", n)
		}
	}
}

// "More than MaxOut bytes": a peer that reads slowly, so that the socket never takes all,
// costs no more memory the longer it lasts.
func TestSlowPeerCostsNoMoreThanMaxOut(t *testing.T) {
	const most = 16 << 20 // more than the kernel takes at a time
	step := make(chan int)
	r := newRig(t, 1, Config{MaxOut: most})
	c := r.dial(0, listen(t, func(c net.Conn) {
		for n := range step {
			_, _ = io.CopyN(io.Discard, c, int64(n))
			step <- 0
		}
	}), long, "")
	looptest.Receive(t, "a connection", c.opened)
	fill := func() (added, held int) {
		block := make([]byte, 64<<10)
		c.do(func(l *loop.Loop) {
			for c.conn.Write(l, block) {
				added += len(block)
			}
			held = cap(c.conn.out)
		})
		return added, held
	}
	sent, _ := fill()
	for sent < 8*most {
		step <- 256 << 10
		<-step
		added, held := fill()
		if sent += added; held > 4*most {
			t.Fatalf("%d bytes are held", held)
		}
	}
	close(step)
}

// "It returns how many bytes are used; the others come again, in front of what arrives
// next", up to MaxIn.
func TestUnused(t *testing.T) {
	r := newRig(t, 1, Config{MaxIn: 1000})
	const line = "0123456789\n"
	c := r.dialFor(0, listen(t, func(c net.Conn) {
		for range 3 {
			for i := range line {
				_, _ = io.WriteString(c, line[i:i+1])
			}
		}
		_, _ = io.WriteString(c, strings.Repeat("x", 5000))
		_, _ = io.Copy(io.Discard, c)
	}), long, "", func(b []byte) int { return strings.LastIndexByte(string(b), '\n') + 1 })
	if got := string(c.read(3 * len(line))); got != line+line+line {
		t.Errorf("got %q", got)
	}
	if err := c.end(); err.Err != ErrTooMuch {
		t.Errorf("ended with %v", err)
	}
}

// A peer that resets is an error, not an end.
func TestReset(t *testing.T) {
	r := newRig(t, 1, Config{})
	c := r.dial(0, listen(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 1))
		_ = c.(*net.TCPConn).SetLinger(0)
	}), long, "x")
	if err := c.end(); err.Stage != Open || !errors.Is(err, unix.ECONNRESET) {
		t.Errorf("ended with %v", err)
	}
}

// Quiet sees what the loop has not been told yet.
func TestQuiet(t *testing.T) {
	r := newRig(t, 1, Config{})
	hang := make(chan struct{})
	c := r.dial(0, listen(t, func(net.Conn) { <-hang }), long, "")
	looptest.Receive(t, "a connection", c.opened)
	c.do(func(*loop.Loop) {
		if !c.conn.Quiet() {
			t.Error("not quiet though nothing has come")
		}
		close(hang) // the server closes
		for end := time.Now().Add(long); c.conn.Quiet(); {
			if time.Now().After(end) {
				t.Error("the end is not seen")
				return
			}
		}
	})
	c.end()
}

// blackHole is a port where connecting hangs: a listener whose backlog is full.
func blackHole(t testing.TB) uint16 { return fillBacklog(t, [4]byte{127, 0, 0, 1}, 0) }

func fillBacklog(t testing.TB, ip [4]byte, port int) uint16 {
	t.Helper()
	open := func(flags int) int {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|flags, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.Close(fd) })
		return fd
	}
	fd := open(0)
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: ip, Port: port}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 { // one fits in, the others hang
		if err := unix.Connect(open(unix.SOCK_NONBLOCK), sa); err != nil && err != unix.EINPROGRESS {
			t.Fatal(err)
		}
	}
	return uint16(sa.(*unix.SockaddrInet4).Port)
}
