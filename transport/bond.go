package transport

import (
	"fmt"

	"github.com/fastsips/fastsips/loop"
)

// A BondConfig is a name for several sockets, of which each request takes the one that can
// send it.
type BondConfig struct {
	Name    string
	Members []Alias // each names one socket, in the order of preference
}

// firstBond is the index of the first bond. Bonds are numbered apart from the sockets.
const firstBond = 1 << 15

// openBonds makes the bonds of sockets that are open.
func (t *Transport) openBonds(list []BondConfig) error {
	for _, c := range list {
		b := &Listener{t: t, index: firstBond + uint16(len(t.bonds)), bond: c.Name}
		for _, m := range c.Members {
			ls, _ := t.FindSocket(m.Proto, []byte(m.Host), portOr(m.Port, m.Proto))
			if ls == nil {
				return fmt.Errorf("socket=bond:%s: there is no socket %s:%s:%d", c.Name, m.Proto.Param(), m.Host, portOr(m.Port, m.Proto))
			}
			b.members = append(b.members, ls)
		}
		t.bonds = append(t.bonds, b)
	}
	return nil
}

func portOr(port int, p Proto) int {
	if port == 0 {
		return int(p.DefaultPort())
	}
	return port
}

// Bond returns the bond of a name; nil if there is none. It stands where a listener may be
// forced, and is none to send by: [Transport.Twin] has the member that can.
func (t *Transport) Bond(name []byte) *Listener {
	for _, b := range t.bonds {
		if b.bond == string(name) {
			return b
		}
	}
	return nil
}

// IsBond reports whether ls stands for several sockets.
func (ls *Listener) IsBond() bool { return ls.members != nil }

// IsIn reports whether ls is one of the sockets of the bond b.
func (ls *Listener) IsIn(b *Listener) bool {
	for _, m := range b.members {
		if m == ls {
			return true
		}
	}
	return false
}

// member returns the socket of a bond that reaches remote by p; nil if none does.
func (ls *Listener) member(p Proto, remote loop.Addr) *Listener {
	for _, m := range ls.members {
		if m.reaches(p, remote) {
			return m
		}
	}
	return nil
}

// Socket returns the listener or the bond of an index; nil if there is none.
func (t *Transport) Socket(i uint16) *Listener {
	switch {
	case int(i) < len(t.listeners):
		return t.listeners[i]
	case i >= firstBond && int(i-firstBond) < len(t.bonds):
		return t.bonds[i-firstBond]
	}
	return nil
}
