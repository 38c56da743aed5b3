package transport

import "github.com/fastsips/fastsips/loop"

// ForceAlias has what is sent to port of f's peer leave by the connection that f came by,
// whether or not a Via asks for it (RFC 5923). Of what is no connection nothing changes.
func (t *Transport) ForceAlias(l *loop.Loop, f *Flow, port uint16) {
	ls := t.listeners[f.Listener]
	t.onConn(l, f.Conn, func(_ *loop.Loop, s *loop.Stream) { ls.addAlias(s, port) })
}

// KeepConn lets the connection that f came by be idle until the time until, of Loop.Now.
// Of what is no connection nothing changes.
func (t *Transport) KeepConn(l *loop.Loop, f *Flow, until int64) {
	t.onConn(l, f.Conn, func(_ *loop.Loop, s *loop.Stream) { s.KeepUntil(until) })
}

// Connected reports whether a connection of p leads to remote.
func (t *Transport) Connected(p Proto, remote loop.Addr) bool {
	for _, ls := range t.listeners {
		if ls.tcp != nil && ls.proto == p && !t.peers.find(peerKey{remote, ls.index}).IsZero() {
			return true
		}
	}
	return false
}

// CloseConn closes the connection that leads to remote, by any listener or by those of one
// protocol; what waits to be sent still leaves. False if none is known.
func (t *Transport) CloseConn(l *loop.Loop, p Proto, anyProto bool, remote loop.Addr) (known bool) {
	for _, ls := range t.listeners {
		if ls.tcp == nil || !anyProto && ls.proto != p {
			continue
		}
		key := peerKey{remote, ls.index}
		if id := t.peers.find(key); !id.IsZero() {
			known = true
			t.peers.drop(key, id) // at once: whoever sends next needs a new one, on any loop
			t.onConn(l, id, func(l *loop.Loop, s *loop.Stream) {
				ls.forget(s, s.User().(*conn))
				s.Finish(l, false)
			})
		}
	}
	return known
}

// onConn has the loop of a connection do something with it, if it is still there.
func (t *Transport) onConn(l *loop.Loop, id loop.StreamID, do func(*loop.Loop, *loop.Stream)) {
	if id.IsZero() {
		return
	}
	run := func(l *loop.Loop) {
		if s := l.Stream(id); s != nil && s.Usable() {
			do(l, s)
		}
	}
	if id.Loop() == l.Index() {
		run(l)
		return
	}
	t.group.Mailbox(id.Loop()).Post(&loop.Task{Run: run})
}

// addAlias has all loops find s for port of its peer, unless another connection leads
// there, or s has such a port already.
func (ls *Listener) addAlias(s *loop.Stream, port uint16) {
	c := s.User().(*conn)
	k := peerKey{s.Remote().WithPort(port), ls.index}
	if c.n == 1 && k != c.keys[0] && ls.t.peers.claim(k, s.ID()) {
		c.add(k)
	}
}
