package pgtest

import (
	"net"
	"testing"
	"time"
)

// A cluster starts, hangs, goes on, stops and starts again under one address.
func TestServerLife(t *testing.T) {
	s := Start(t)
	if s.Pid() == 0 || !s.answers() {
		t.Fatal("started, but does not answer")
	}
	s.Freeze()
	if silent(t, s) == false {
		t.Error("frozen, but answers")
	}
	s.Thaw()
	if !s.answers() {
		t.Error("thawed, but does not answer")
	}
	s.Stop()
	if s.Pid() != 0 || s.answers() {
		t.Error("stopped, but answers")
	}
	s.Stop() // twice is harmless
	s.Restart()
	if !s.answers() {
		t.Error("restarted, but does not answer")
	}
	s.Crash()
	if s.answers() {
		t.Error("crashed, but answers")
	}
}

// silent reports whether the server takes a connection and says nothing. That
// something does not happen can only be waited for.
func silent(t *testing.T, s *Server) bool {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = nc.Close() }()
	if _, err := nc.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil { // SSLRequest
		t.Fatal(err)
	}
	_ = nc.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) // reading would fail as well
	_, err = nc.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}
