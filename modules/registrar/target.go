package registrar

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/transport"
	"github.com/fastsips/fastsips/usrloc"
)

// push makes a contact the next destination; false: no more are wanted, or there is no
// room.
func (s *search) push(rec usrloc.Record, k *usrloc.Contact) bool {
	uri, asleep := s.awake(k)
	switch {
	case asleep:
		return !s.wake(rec, k) || !s.flags.noBranches
	case !s.ruriSet:
		s.ruriSet = true
		s.x.Target.SetURI(uri)
		s.fill(s.x.Target, k)
		s.x.Target.SetFlags(s.x.Target.Flags() | k.BranchFlags)
	default:
		t := s.x.AddBranch(uri, false)
		if t == nil {
			return false
		}
		s.fill(t, k)
		t.SetFlags(k.BranchFlags)
	}
	s.pushed++
	if s.m.set.attrAVP != noAVP {
		s.c.AVPs().Append(s.m.set.attrAVP, script.StrValue(k.Attr))
	}
	return !s.flags.noBranches
}

// fill gives a destination what is known of the contact besides its URI and flags.
func (s *search) fill(t *proxy.Target, k *usrloc.Contact) {
	fillTarget(s.x.Proxy(), t, k)
}

// fillTarget: the way is the Path, if there is one, since whoever is at its beginning
// knows the way through the NAT; else where the REGISTER came from.
func fillTarget(p *proxy.Proxy, t *proxy.Target, k *usrloc.Contact) {
	switch {
	case len(k.Path) > 0 && t.SetPath(k.Path):
		t.SetDst(firstURI(k.Path))
	case len(k.Received) > 0:
		t.SetDst(k.Received)
	}
	t.SetQ(k.Q)
	if len(k.Socket) > 0 {
		if ls := p.ListenerNamed(k.Socket); ls != nil {
			t.SetSocket(ls)
		}
	}
}

// flowThere reports whether a flow can still be used. One that an edge proxy holds is that
// one's business; a datagram needs no connection.
func (s *search) flowThere(k *usrloc.Contact) bool {
	if len(k.Path) > 0 || len(k.Flow) == 0 {
		return true
	}
	uri := k.URI
	if len(k.Received) > 0 {
		uri = k.Received
	}
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	addr, literal := loop.ParseIP(u.Host.Of(uri))
	if !literal {
		return true
	}
	proto := transport.TCP
	if v, ok := u.Param(uri, "transport"); ok {
		if p, known := transport.ProtoOf(v); known {
			proto = p
		}
	}
	port := u.Port
	if port == 0 {
		port = int(proto.DefaultPort())
	}
	return s.x.Proxy().Transport().Connected(proto, addr.WithPort(uint16(port)))
}
