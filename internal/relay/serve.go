package relay

import (
	"cmp"
	"net/netip"

	"golang.org/x/sys/unix"
)

// serve is the goroutine that does all the work.
func (r *Relay) serve() {
	defer close(r.gone)
	for !r.stopped {
		for _, ev := range r.poll.wait(r.patience()) {
			r.ready(int(ev.Fd), ev.Events)
		}
		r.release(now())
		for len(r.dirty) > 0 {
			p := r.dirty[len(r.dirty)-1]
			r.dirty = r.dirty[:len(r.dirty)-1]
			p.dirty = false
			r.writeDown(p)
		}
	}
	r.closeAll()
	r.stopListening()
	r.poll.close()
}

// patience is how long there is nothing to do unless something comes.
func (r *Relay) patience() int64 {
	t := now()
	ns := r.line.wait(t)
	if len(r.dripping) > 0 {
		drip := max(0, r.dripAt-t)
		if ns < 0 || drip < ns {
			ns = drip
		}
	}
	return ns
}

func (r *Relay) ready(fd int, events uint32) {
	switch fd {
	case r.poll.bell:
		r.carryOut()
		return
	case r.listener:
		r.accept()
		return
	}
	p := r.at(fd)
	if p == nil {
		return // closed in this round
	}
	if events&unix.EPOLLOUT != 0 {
		r.writable(p, fd)
	}
	if events&^unix.EPOLLOUT != 0 && !p.closed {
		r.readable(p, fd)
	}
}

// carryOut does what other goroutines have asked for.
func (r *Relay) carryOut() {
	var count [8]byte
	_, _ = unix.Read(r.poll.bell, count[:])
	for {
		select {
		case f := <-r.asked:
			f()
		default:
			return
		}
	}
}

// release lets go what is due.
func (r *Relay) release(t int64) {
	for {
		h, ok := r.line.pop(t)
		if !ok {
			break
		}
		if !h.p.closed {
			r.arrive(h.p, h.n)
		}
	}
	r.drip(t)
}

// touch has p written when all that is ready has been dealt with.
func (r *Relay) touch(p *pair) {
	if !p.dirty && !p.closed {
		p.dirty = true
		r.dirty = append(r.dirty, p)
	}
}

func (r *Relay) listen() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	err = cmp.Or(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1),
		unix.Bind(fd, &unix.SockaddrInet4{Port: int(r.addr.Port()), Addr: r.addr.Addr().As4()}),
		unix.Listen(fd, 4096),
		r.poll.add(fd, unix.EPOLLIN))
	if err != nil {
		_ = unix.Close(fd)
		return err
	}
	r.listener = fd
	if sa, err := unix.Getsockname(fd); err == nil {
		if in, ok := sa.(*unix.SockaddrInet4); ok && r.addr.Port() == 0 {
			r.addr = netip.AddrPortFrom(r.addr.Addr(), uint16(in.Port))
		}
	}
	return nil
}

func (r *Relay) stopListening() {
	if r.listener >= 0 {
		_ = unix.Close(r.listener)
		r.listener = -1
	}
}

// accept takes the connections that have come and connects each to the server.
func (r *Relay) accept() {
	for {
		client, _, err := unix.Accept4(r.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		if err != nil {
			return
		}
		r.stats.accepted.Add(1)
		server, err := r.connect()
		if err != nil {
			_ = unix.Close(client)
			continue
		}
		r.open(client, server)
	}
}

// connect begins a connection to the server. It may stand later, or never.
func (r *Relay) connect() (int, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Connect(fd, &r.target); err != nil && err != unix.EINPROGRESS {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}
