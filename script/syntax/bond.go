package syntax

// A bond is several sockets under one name, of which each request takes the one that can
// send it:
//
//	socket=bond:name { "udp:192.0.2.1:5060", "tcp:192.0.2.1:5060" }

// isBond reports whether a bond is next.
func (p *parser) isBond() bool { return p.peek().text == "bond" && p.peekAt(1).is(":") }

// bond parses one; what is in it comes to Members.
func (p *parser) bond() *Socket {
	from := p.next()
	p.next()
	name := p.word()
	if name == nil {
		p.unexpected("the name of the bond", `write socket=bond:name {"udp:192.0.2.1:5060", ...}`)
		return new(Socket)
	}
	s := &Socket{Span: from.src.span(from.off, p.prev().end), Proto: "bond", Host: name.Value}
	if !p.expect("{") {
		return s
	}
	for !p.bad {
		if p.peek().kind != tString {
			p.unexpected("a socket in quotes", `write {"udp:192.0.2.1:5060", ...}`)
			return s
		}
		s.Members = append(s.Members, p.stringLit("").Value)
		if p.accept("}") {
			return s
		}
		p.expect(",")
	}
	return s
}
