package mysqltest

import "testing"

// A server stops, starts again on the same port, and freezes.
func TestServer(t *testing.T) {
	s := Start(t)
	if !s.answers() {
		t.Error("it does not answer")
	}
	for _, stop := range []func(){s.Stop, s.Crash} {
		stop()
		if s.Pid() != 0 || s.answers() {
			t.Error("it answers after its end")
		}
		s.Restart()
	}
	s.Freeze()
	s.Thaw()
	if !s.answers() {
		t.Error("it does not answer")
	}
}
