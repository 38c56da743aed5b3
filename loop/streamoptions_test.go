package loop

import (
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel probes connections as the configuration says, and keeps as many waiting.
func TestStreamOptions(t *testing.T) {
	for _, on := range []bool{true, false} {
		g, h := newEcho(t, 1, StreamLimits{}, func(c *TCPConfig) {
			c.KeepAlive, c.KeepIdle, c.KeepInterval, c.KeepCount, c.Backlog = on, 31, 11, 4, 17
		})
		dialEcho(t, h)
		h.want(t, "opened false")
		id := someStream(t, g)
		g.Do(0, func(l *Loop) {
			fd := l.Stream(id).watch.FD()
			get := func(level, name int) int {
				n, err := unix.GetsockoptInt(fd, level, name)
				if err != nil {
					t.Error(err)
				}
				return n
			}
			if got := get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) != 0; got != on {
				t.Errorf("probes: %v, want %v", got, on)
			}
			got := [...]int{get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL), get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT)}
			if want := [...]int{31, 11, 4}; on && got != want || !on && got == want {
				t.Errorf("keepalive %v: %v", on, got)
			}
			// Of a listening socket this is the length that its queue may have: tcp(7).
			info, err := unix.GetsockoptTCPInfo(h.tcp.sockets[0].watch.FD(), unix.IPPROTO_TCP, unix.TCP_INFO)
			if err != nil || info.Sacked != 17 {
				t.Errorf("the queue takes %d, %v", info.Sacked, err)
			}
		})
	}
}
