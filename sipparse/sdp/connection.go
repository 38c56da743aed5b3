package sdp

import "github.com/fastsips/fastsips/sipparse"

// A Connection is a c= line: where media are sent; RFC 8866 §5.7.
//
//	c=<nettype> <addrtype> <connection-address>
//	connection-address = address [ "/" ttl ] [ "/" number ] ; ttl for IP4 multicast only
type Connection struct {
	NetType, AddrType sipparse.Span
	Address           sipparse.Span // without TTL and number
	Where             sipparse.Span // address type and connection-address, to be replaced
	TTL               int           // 0 if there is none
	Number            int           // of contiguous addresses, 1 if it is not there
}

// Connection reads the first good c= line at that level; false if there is none.
func (s *Session) Connection(level int, c *Connection) bool {
	w := s.walk(level, 'c')
	for l := w.next(); l != nil; l = w.next() {
		if s.connection(l.value(), c) {
			return true
		}
	}
	*c = Connection{}
	return false
}

// ConnectionOf reads the c= line that holds for media i: its own, or the session's.
func (s *Session) ConnectionOf(i int, c *Connection) bool {
	return s.Connection(i, c) || s.Connection(SessionLevel, c)
}

// IsUnspecified reports whether the address is 0.0.0.0 or ::, which was the way to
// put a call on hold (RFC 3264 §8.4). B is what c was parsed from.
func (c *Connection) IsUnspecified(b []byte) bool {
	a := c.Address.Of(b)
	return string(a) == "0.0.0.0" || string(a) == "::"
}

func (s *Session) connection(v sipparse.Span, c *Connection) bool {
	*c = Connection{Number: 1}
	if !spans(s.buf, v, &c.NetType, &c.AddrType, &c.Address) {
		return false
	}
	c.Where = sipparse.Span{Off: c.AddrType.Off, End: c.Address.End}
	addr, rest, more := cut(s.buf, c.Address, '/')
	c.Address = addr
	if !more {
		return true
	}
	if sipparse.EqualFoldString(c.AddrType.Of(s.buf), "IP4") {
		ttl, number, more := cut(s.buf, rest, '/')
		n, ok := sipparse.ParseUint(ttl.Of(s.buf), 255)
		if c.TTL = int(n); !ok || !more {
			return ok
		}
		rest = number
	}
	n, ok := sipparse.ParseUint(rest.Of(s.buf), 65535)
	c.Number = int(n)
	return ok && n > 0
}
