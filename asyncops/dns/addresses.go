package dns

import "github.com/fastsips/fastsips/loop"

// An addresses is the part of an operation that looks up the A and AAAA records of one
// host, both at a time. A short name is tried with each domain of the search list.
type addresses struct {
	s            *state
	who          asker // told when begin's answer has come
	host         []byte
	want4, want6 bool
	line         hostLine // what /etc/hosts says
	next         int      // domains of the search list that have been tried
	a, aaaa      ask
	key          []byte
}

// begin looks up host, a canonical name that must stay as it is meanwhile.
func (h *addresses) begin(l *loop.Loop, s *state, who asker, host []byte, want4, want6 bool) verdict {
	h.s, h.who, h.host, h.want4, h.want6, h.next = s, who, host, want4, want6, 0
	h.line = hostLine{}
	if line, ok := s.current().hosts[string(host)]; ok {
		h.line = line
		return known
	}
	return h.run(l)
}

// answered is to be called by the owner's answered: it goes on to the next domain of
// the search list if need be.
func (h *addresses) answered(l *loop.Loop) verdict {
	if h.waiting() {
		return waits
	}
	if h.found() || !h.advance() {
		return known
	}
	return h.run(l)
}

// run asks until there are addresses, or nothing is left to ask.
func (h *addresses) run(l *loop.Loop) verdict {
	for {
		v := h.ask(l)
		if v != known || h.found() || !h.advance() {
			return v
		}
	}
}

// ask asks for both types under the domain of the search list whose turn it is.
func (h *addresses) ask(l *loop.Loop) verdict {
	h.a.reset()
	h.aaaa.reset()
	v4, v6 := known, known
	if h.want4 {
		h.writeKey(typeA)
		v4 = h.s.get(l, &h.a, h.who, h.key)
	}
	if h.want6 {
		h.writeKey(typeAAAA)
		v6 = h.s.get(l, &h.aaaa, h.who, h.key)
	}
	switch {
	case v4 == known && len(h.v4()) > 0: // enough: nobody waits for a second family
		h.aaaa.leave()
		return known
	case v4 == waits || v6 == waits:
		return waits
	case v4 == refused || v6 == refused && !h.found():
		return refused
	}
	return known
}

// writeKey writes the key of the name in hand: host within a domain of the search
// list, or after them all as it is.
func (h *addresses) writeKey(kind uint16) {
	domains := h.search()
	if h.next < len(domains) && len(h.host)+1+len(domains[h.next]) <= maxName {
		h.key = append(append(appendKey(h.key[:0], kind, h.host), '.'), domains[h.next]...)
		return
	}
	h.key = appendKey(h.key[:0], kind, h.host)
}

// search returns the domains that host is tried in: none if it has dots enough.
func (h *addresses) search() []string {
	sys := h.s.r.system.Load()
	if h.s.r.cfg.NoSearch || dots(h.host) >= sys.ndots {
		return nil
	}
	return sys.search
}

// advance moves on to the next name; false after the last.
func (h *addresses) advance() bool {
	h.next++
	return h.next <= len(h.search())
}

func (h *addresses) found() bool { return len(h.v4())+len(h.v6()) > 0 }

// v4 and v6 are what was found. They never change.
func (h *addresses) v4() []loop.Addr {
	switch {
	case !h.want4:
		return nil
	case h.line.all != nil:
		return h.line.v4
	}
	return h.a.set().addrs
}

func (h *addresses) v6() []loop.Addr {
	switch {
	case !h.want6:
		return nil
	case h.line.all != nil:
		return h.line.v6
	}
	return h.aaaa.set().addrs // none, if it was not waited for
}

// all is both, IPv4 first.
func (h *addresses) all() []loop.Addr {
	switch {
	case h.line.all != nil && h.want4 && h.want6:
		return h.line.all
	case len(h.v6()) == 0:
		return h.v4()
	case len(h.v4()) == 0:
		return h.v6()
	}
	return joined(h.a.entry, h.aaaa.entry)
}

// silent reports whether no name server answered.
func (h *addresses) silent() bool { return h.a.set().silent || h.aaaa.set().silent }

func (h *addresses) waiting() bool { return h.a.query != nil || h.aaaa.query != nil }

// leave gives the interest up; forget also what was found.
func (h *addresses) leave() {
	h.a.leave()
	h.aaaa.leave()
}

func (h *addresses) forget() {
	h.a.reset()
	h.aaaa.reset()
	h.s, h.who, h.host, h.line = nil, nil, nil, hostLine{}
}
