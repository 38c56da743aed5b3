package wirefault

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

// streamEcho returns the address of a TCP server that sends everything back, and
// what it read at a time.
func streamEcho(t *testing.T) (addr string, sizes chan int) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	sizes = make(chan int, 1<<16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				b := make([]byte, 4096)
				for {
					n, err := c.Read(b)
					if err != nil {
						return
					}
					sizes <- n
					if _, err := c.Write(b[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String(), sizes
}

func relayTCP(t *testing.T, cfg TCPConfig) (*TCP, net.Conn) {
	t.Helper()
	r, err := NewTCP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, dial(t, r)
}

func dial(t *testing.T, r *TCP) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp4", r.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

// exchange sends n bytes and reads them back.
func exchange(c net.Conn, n int) error {
	want := bytes.Repeat([]byte("fastsips"), n/8+1)[:n]
	if _, err := c.Write(want); err != nil {
		return err
	}
	got := make([]byte, n)
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errors.New("other bytes came back")
	}
	return nil
}

// Without faults everything comes back, and the end of a direction is passed on.
func TestTCPIsTransparent(t *testing.T) {
	target, _ := streamEcho(t)
	r, c := relayTCP(t, TCPConfig{Target: target})
	if err := exchange(c, 100_000); err != nil {
		t.Fatal(err)
	}
	_ = c.(*net.TCPConn).CloseWrite()
	if n, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("after the end: %d bytes, %v", n, err)
	}
	if s := r.Stats(); s != (TCPStats{Connections: 1, Bytes: 200_000}) {
		t.Errorf("%+v", s)
	}
}

// Split: all bytes come, most of them by themselves.
func TestTCPSplit(t *testing.T) {
	target, sizes := streamEcho(t)
	r, c := relayTCP(t, TCPConfig{Target: target, Split: 1})
	if err := exchange(c, 2000); err != nil {
		t.Fatal(err)
	}
	if len(sizes) < 100 {
		t.Errorf("2000 bytes came in %d pieces", len(sizes))
	}
	if s := r.Stats(); s.Split != 1 {
		t.Errorf("%+v", s)
	}
}

// Stall: all bytes come, but not at once.
func TestTCPStall(t *testing.T) {
	const pause = 100 * time.Millisecond
	target, _ := streamEcho(t)
	r, c := relayTCP(t, TCPConfig{Target: target, Stall: 1, StallFor: pause, Within: 1000})
	begin := time.Now()
	if err := exchange(c, 2000); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begin); d < pause {
		t.Errorf("it took %v, less than the pause", d)
	}
	if s := r.Stats(); s.Stalled != 1 || s.Reset != 0 {
		t.Errorf("%+v", s)
	}
}

// Reset: the client sees ECONNRESET, somewhere; later connections have another fate.
func TestTCPReset(t *testing.T) {
	target, _ := streamEcho(t)
	r, c := relayTCP(t, TCPConfig{Target: target, Reset: 0.5, Within: 1000, Seed: 3})
	broken, whole := 0, 0
	for range 40 {
		switch err := exchange(c, 2000); {
		case err == nil:
			whole++
		case errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE):
			broken++
		default:
			t.Fatal(err)
		}
		c = dial(t, r)
	}
	if broken < 8 || whole < 8 {
		t.Errorf("%d connections were reset, %d not; want about half", broken, whole)
	}
	if s := r.Stats(); s.Reset != int64(broken) {
		t.Errorf("%d reset, but %+v", broken, s)
	}
}

// An end that is spared sees an orderly close; the other one a reset.
func TestTCPSpares(t *testing.T) {
	target, _ := streamEcho(t)
	_, c := relayTCP(t, TCPConfig{Target: target, Reset: 1, Within: 1000, Spare: Client})
	if _, err := c.Write(make([]byte, 2000)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Errorf("the end of the spared client's connection is %v", err)
	}
}

// A target that is not there: the client is refused, soon.
func TestTCPRefused(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	r, err := NewTCP(TCPConfig{Target: l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := net.Dial("tcp4", r.Addr())
	if err == nil {
		_ = c.SetDeadline(time.Now().Add(patience))
		_, err = c.Read(make([]byte, 1))
		c.Close()
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("refused with %v", err)
	}
	if s := r.Stats(); s.Refused != 1 {
		t.Errorf("%+v", s)
	}
}
