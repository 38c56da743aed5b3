package core

import (
	"net"
	"time"
)

// sysLogSocket is where the system's log listens.
const sysLogSocket = "/dev/log"

// A sysLog sends lines to the system's log, and never waits for it: a line that there is
// no room for, or nobody to take, is lost.
type sysLog struct {
	path  string
	conn  *net.UnixConn
	tried time.Time
	lost  int
}

// retry is how long to leave a log alone that is not there.
const retry = time.Second

func (s *sysLog) send(line []byte) {
	if s.conn == nil && !s.connect() {
		s.lost++
		return
	}
	_ = s.conn.SetWriteDeadline(time.Now().Add(time.Millisecond))
	if _, err := s.conn.Write(line); err != nil {
		s.lost++
		if e, ok := err.(net.Error); !ok || !e.Timeout() {
			s.conn.Close()
			s.conn = nil
		}
	}
}

func (s *sysLog) connect() bool {
	if now := time.Now(); now.Sub(s.tried) >= retry {
		s.tried = now
		s.conn, _ = net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.path, Net: "unixgram"})
	}
	return s.conn != nil
}
