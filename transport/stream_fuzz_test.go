package transport

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// However a stream is cut, the same messages come out of it; whatever it says, the
// connection ends or goes on, and the loop lives.
func FuzzStream(f *testing.F) {
	one := message("one", 1, "hello")
	for _, text := range []string{
		one + one, "\r\n\r\n" + one + "\r\n\r\n", strings.Replace(one, "Content-Length: 5", "Content-Length: 99999", 1),
		strings.Replace(one, "Content-Length: 5\r\n", "", 1) + one, "GET / HTTP/1.1\r\n\r\n", strings.Repeat("\r\n", 50), one[:40] + "\x00" + one,
		strings.Replace(one, "CSeq: 1", "CSeq: x", 1) + one, strings.Replace(one, "MESSAGE sip", "ACK sip", 1) + one,
	} {
		f.Add([]byte(text), uint16(1), uint16(3))
		f.Add([]byte(text), uint16(100), uint16(1000))
	}
	got := make(chan string, 10_000)
	r := newRig(f, loop.Config{Loops: 1}, TCPConfig{}, func(_ *rig, _ *loop.Loop, _ *Listener, s *loop.Slot) {
		got <- fmt.Sprintf("%d %s", s.Note(), s.Bytes())
	})
	f.Fuzz(func(t *testing.T, b []byte, first, step uint16) {
		whole := r.play(t, got, b)
		at := min(int(first), len(b))
		pieces := [][]byte{b[:at]}
		for at < len(b) {
			end := min(at+int(step)+1, len(b))
			pieces = append(pieces, b[at:end])
			at = end
		}
		if cut := r.play(t, got, pieces...); cut != whole {
			t.Errorf("in pieces\n%s\nas a whole\n%s", cut, whole)
		}
		if s := r.group.Snapshot(); s.Panics > 0 {
			t.Fatal("a callback panicked")
		}
	})
}

// play sends pieces, says that this is all, and returns what has come of it.
func (r *rig) play(t *testing.T, got <-chan string, pieces ...[]byte) string {
	c, err := net.Dial("tcp", r.tr.Listener(0).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	for _, p := range pieces {
		if _, err := c.Write(p); err != nil {
			break // it was closed before
		}
	}
	c.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, c) // until the other side has closed too
	var all bytes.Buffer
	for len(got) > 0 {
		fmt.Fprintln(&all, <-got)
	}
	return all.String()
}
