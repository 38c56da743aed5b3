package transport

import "github.com/fastsips/fastsips/loop"

// ByRoute returns the listener of protocol p that is bound to the address from which
// the kernel would send to remote (mhomed); nil if there is none.
func (t *Transport) ByRoute(p Proto, remote loop.Addr) *Listener {
	from, ok := loop.SourceFor(remote)
	if !ok {
		return nil
	}
	for _, ls := range t.listeners {
		if ls.reaches(p, remote) && ls.addr.SameIP(from) {
			return ls
		}
	}
	return nil
}
