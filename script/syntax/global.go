package syntax

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// global parses name = value.
func (p *parser) global() {
	t := p.peek()
	name := p.word()
	g := &Global{Span: name.Span, Name: name.Value}
	if !p.expect("=") {
		return
	}
	v := p.peek()
	if v.kind == tEOF || v.is(";") {
		p.unexpected("a value for "+g.Name, "")
		return
	}
	if g.Name == "socket" || g.Name == "listen" {
		g.Socket = p.socket()
	} else {
		g.Value = p.globalValue(t)
	}
	if !p.bad {
		p.cfg.Globals = append(p.cfg.Globals, g)
		p.accept(";")
	}
}

// globalValue parses a number, string or word; what is more than that (host
// names, lists, blocks) becomes the text as written.
func (p *parser) globalValue(name *token) Expr {
	v, from := p.peek(), p.i
	var x Expr
	switch {
	case v.kind == tString:
		x = p.stringLit("")
	case p.startsNumber():
		x = p.number()
	case v.kind == tIdent:
		x = p.word()
	default:
		p.next()
	}
	if x != nil && !p.continues(v) {
		return x
	}
	p.i = from
	return p.rawValue()
}

// continues reports whether the value that began at v goes on.
func (p *parser) continues(v *token) bool {
	t := p.peek()
	return t.kind != tEOF && t.src == v.src && t.line() == p.prev().line() && !t.is(";") && !p.topLevel() &&
		!(t.kind == tIdent && p.peekAt(1).is("="))
}

// rawValue takes tokens to the end of the line, but at least to the end of any
// braces opened on it.
func (p *parser) rawValue() Expr {
	first := p.next()
	end, depth := first.end, 0
	if first.is("{") {
		depth++
	}
	for {
		t := p.peek()
		if t.kind == tEOF || t.src != first.src || t.is(";") && depth == 0 || depth == 0 && t.src.line(end) != t.line() || p.topLevel() {
			break
		}
		switch p.next(); {
		case t.is("{"):
			depth++
		case t.is("}"):
			depth--
		}
		end = t.end
	}
	text := string(first.src.Text[first.off:end])
	return &StrLit{Span: first.src.span(first.off, end), Value: text, Parts: []Part{{Text: text}}, Static: true, Bare: true}
}

// rawWord takes the text up to white space or a semicolon, whatever tokens it
// was scanned as, and returns it with its span.
func (p *parser) rawWord() (string, Span) {
	t := p.peek()
	end := t.off
	for end < len(t.src.Text) && bytes.IndexByte([]byte(" \t\r\n;#"), t.src.Text[end]) < 0 {
		end++
	}
	for n := p.peek(); n.kind != tEOF && n.src == t.src && n.off < end; n = p.peek() {
		p.next()
	}
	return string(t.src.Text[t.off:end]), t.src.span(t.off, end)
}

// socketFlags are the options of a socket without a value, socketOptions those
// with one.
var (
	socketFlags   = []string{"anycast", "reuse_port", "accept_subdomain", "allow_proxy_protocol", "send_proxy_protocol", "frag"}
	socketOptions = []string{"use_workers", "tag", "tos", "use_auto_scaling_profile", "bond"}
	protocols     = []string{"udp", "tcp", "tls", "sctp", "ws", "wss", "bin", "bins", "hep_udp", "hep_tcp", "hep_tls", "smpp", "msrp", "msrps", "ipsec"}
)

// socket parses proto:host[:port] [as host[:port]] [option ...].
func (p *parser) socket() *Socket {
	if p.isBond() {
		return p.bond()
	}
	text, at := p.rawWord()
	s := &Socket{Span: at}
	if proto, rest, ok := strings.Cut(text, ":"); ok && slices.Contains(protocols, strings.ToLower(proto)) {
		s.Proto, text = strings.ToLower(proto), rest
	}
	s.Host, s.Port = p.hostPort(text, at)
	for !p.bad {
		t := p.peek()
		switch {
		case t.kind != tIdent || p.peekAt(1).is("="):
			return s
		case t.text == "as" || t.text == "AS":
			p.next()
			text, at := p.rawWord()
			s.AsHost, s.AsPort = p.hostPort(text, at)
		case slices.Contains(socketFlags, t.text):
			p.next()
			s.option(t.text, "yes")
		case slices.Contains(socketOptions, t.text):
			p.next()
			value, at := p.rawWord()
			if value == "" {
				p.fail(at, t.text+" needs a value", "")
			}
			s.option(t.text, value)
		case t.line() == p.prev().line():
			p.unexpected("a socket option", didYouMean(t.text, append(slices.Clone(socketOptions), append(socketFlags, "as")...)))
		default:
			return s
		}
	}
	return s
}

func didYouMean(word string, list []string) string {
	if near := Nearest(word, slices.Values(list)); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

func (s *Socket) option(name, value string) {
	if s.Options == nil {
		s.Options = map[string]string{}
	}
	s.Options[name] = value
}

// hostPort parses host, host:port, [ipv6], [ipv6]:port and * in place of a host.
func (p *parser) hostPort(text string, at Span) (host string, port int) {
	host = text
	portText, hasPort := "", false
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		if end < 0 {
			p.fail(at, "] is missing after the address", "")
			return "", 0
		}
		host, portText = text[1:end], text[end+1:]
		if hasPort = strings.HasPrefix(portText, ":"); !hasPort && portText != "" {
			p.fail(at, "unexpected "+portText+" after the address", "")
			return "", 0
		}
		portText = strings.TrimPrefix(portText, ":")
	} else if i := strings.IndexByte(text, ':'); i >= 0 && i == strings.LastIndexByte(text, ':') {
		host, portText, hasPort = text[:i], text[i+1:], true
	}
	if host == "" {
		p.fail(at, "address is missing", "write socket=udp:127.0.0.1:5060")
		return "", 0
	}
	if !hasPort {
		return host, 0
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 0 || port > 65535 {
		p.fail(at, "port must be a number up to 65535, not "+strconv.Quote(portText), "")
	}
	return host, port
}
