package redis

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// DefaultPort is Redis's.
const DefaultPort = 6379

// ParseHost reads host, host:port or [address]:port.
func ParseHost(s string) (Host, error) {
	name, port := s, ""
	switch i := strings.LastIndexByte(s, ':'); {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 || end+1 < len(s) && s[end+1] != ':' {
			return Host{}, fmt.Errorf("%q is neither host nor host:port", s)
		}
		name = s[1:end]
		if end+1 < len(s) {
			port = s[end+2:]
		}
	case i >= 0 && strings.IndexByte(s, ':') == i:
		name, port = s[:i], s[i+1:]
	}
	if name == "" || strings.ContainsAny(name, " \t\r\n/@[]") {
		return Host{}, fmt.Errorf("%q names no host", s)
	}
	h := Host{Name: name, Port: DefaultPort}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Host{}, fmt.Errorf("%q is no port", port)
		}
		h.Port = uint16(n)
	}
	return h, nil
}

// parseAddr reads host:port as Redis writes it in redirections: an IPv6 address has no
// brackets, and without a host the one that said so is meant.
func parseAddr(b []byte, from Host) (Host, bool) {
	s := string(b)
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return Host{}, false
	}
	n, err := strconv.ParseUint(s[i+1:], 10, 16)
	if err != nil || n == 0 {
		return Host{}, false
	}
	h := Host{Name: strings.Trim(s[:i], "[]"), Port: uint16(n)}
	if h.Name == "" || h.Name == "?" {
		h.Name = from.Name
	}
	return h, true
}

func (h Host) String() string { return net.JoinHostPort(h.Name, strconv.Itoa(int(h.Port))) }
