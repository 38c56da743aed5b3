package loop

import (
	"errors"

	"golang.org/x/sys/unix"
)

// ErrTooManyStreams refuses a connection: Group.SetMaxStreams.
var ErrTooManyStreams = errors.New("loop: too many connections")

// Dial begins to connect to remote, from t's address or, if t is a wildcard, from
// local, which may be unset. What is queued on the Stream leaves once it is
// connected. It does not wait; an error is one that is known at once.
func (t *TCP) Dial(l *Loop, remote, local Addr) (*Stream, error) {
	if !l.group.admitStream() {
		return nil, ErrTooManyStreams
	}
	if !t.wildcard {
		local = t.addr
	}
	fd, err := t.connect(remote, local)
	if err != nil {
		l.group.streams.Add(-1)
		return nil, err
	}
	c := l.newStream(t)
	c.state, c.dialed, c.local, c.remote = streamConnecting, true, local.WithPort(0), remote
	if c.watch, err = l.Watch(fd, Writable, c); err != nil {
		_ = unix.Close(fd)
		c.abandon(l)
		return nil, err
	}
	c.stateBy = l.now + int64(t.limits.Connect)
	c.dueAt(l, c.stateBy)
	return c, nil
}

// connect opens a socket that is on its way to remote. The local port is the
// kernel's choice: the bound one is for those who connect to us.
func (t *TCP) connect(remote, local Addr) (fd int, err error) {
	fd, err = streamSocket(remote)
	if err != nil {
		return -1, err
	}
	if err = t.setStreamOptions(fd); err == nil && local.IsValid() && !local.IsUnspecified() {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
		err = unix.Bind(fd, local.WithPort(0).sockaddr())
	}
	if err == nil {
		if err = unix.Connect(fd, remote.sockaddr()); err == unix.EINPROGRESS {
			err = nil
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// abandon gives up a Stream that was never watched.
func (c *Stream) abandon(l *Loop) {
	*c = Stream{id: c.id, outs: c.outs}
	l.streamFree = append(l.streamFree, c.id.index)
	l.group.streams.Add(-1)
}

// tryConnected asks what has become of the connecting. To connect again is the one
// question that has three answers.
func (c *Stream) tryConnected(l *Loop) {
	switch err := unix.Connect(c.watch.FD(), c.remote.sockaddr()); err {
	case nil, unix.EISCONN:
		c.opened(l)
	case unix.EALREADY, unix.EINTR, unix.EINPROGRESS:
	default:
		c.end(l, NotConnected, err)
	}
}

// opened begins the life of a connection.
func (c *Stream) opened(l *Loop) {
	c.state, c.stateBy, c.used = streamOpen, 0, l.now
	if name, err := unix.Getsockname(c.watch.FD()); err == nil {
		c.local = addrFromSockaddr(name)
	}
	c.dueAt(l, c.idleBy())
	c.watchFor(l)
	if c.state != streamOpen {
		return
	}
	c.callOpened(l)
	if c.state != streamFree && c.outs.len() > 0 {
		c.soil(l)
	}
}

func (c *Stream) callOpened(l *Loop) {
	defer l.recovered("connection opened")
	c.tcp.cfg.Handler.Opened(l, c)
}

// admitStream counts one more connection of the process, if it may have one.
func (g *Group) admitStream() bool {
	if g.streams.Add(1) <= g.maxStreams {
		return true
	}
	g.streams.Add(-1)
	return false
}

// SetMaxStreams bounds the connections of all loops together, before Start; the
// default is 2048.
func (g *Group) SetMaxStreams(n int) { g.maxStreams = int64(n) }

// Streams returns how many connections there are.
func (g *Group) Streams() int { return int(g.streams.Load()) }
