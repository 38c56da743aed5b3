package rest

import (
	"bytes"
	"encoding/base64"
	"net"
	"net/url"
	"strconv"

	"github.com/fastsips/fastsips/loop"
)

// A target is a parsed URL; its parts borrow the URL's bytes.
type target struct {
	secure    bool
	userinfo  []byte // user:password, percent-encoded
	authority []byte // host[:port] as written, for the Host field
	host      []byte // without brackets
	port      uint16
	path      []byte // with the query, without the fragment; may be empty
}

// parseTarget reads an http or https URL (RFC 9110 §4.2). It refuses what could
// split a request in two: spaces and control characters.
func parseTarget(b []byte) (t target, ok bool) {
	for _, c := range b {
		if c <= ' ' || c == 0x7f {
			return t, false
		}
	}
	scheme, rest, found := bytes.Cut(b, []byte("://"))
	if !found {
		return t, false
	}
	switch {
	case equalFold(scheme, "http"):
		t.port = 80
	case equalFold(scheme, "https"):
		t.port, t.secure = 443, true
	default:
		return t, false
	}
	if i := bytes.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	end := bytes.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	t.authority, t.path = rest[:end], rest[end:]
	if i := bytes.LastIndexByte(t.authority, '@'); i >= 0 {
		t.userinfo, t.authority = t.authority[:i], t.authority[i+1:]
	}
	return t, t.hostPort()
}

// hostPort splits the authority.
func (t *target) hostPort() bool {
	host, port := t.authority, []byte(nil)
	if i := bytes.LastIndexByte(host, ':'); i > bytes.LastIndexByte(host, ']') {
		host, port = host[:i], host[i+1:]
	}
	if len(port) > 0 {
		n, err := strconv.ParseUint(string(port), 10, 16)
		if err != nil || n == 0 {
			return false
		}
		t.port = uint16(n)
	}
	t.host = host
	if n := len(host); n > 2 && host[0] == '[' && host[n-1] == ']' {
		t.host = host[1 : n-1]
		_, ok := loop.ParseIP(t.host)
		return ok
	}
	return hostName(host)
}

// hostName accepts letters, digits, "-", "_" and ".": names and IPv4 addresses.
func hostName(b []byte) bool {
	if len(b) == 0 || len(b) > 253 {
		return false
	}
	for _, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// label names the origin for operators: "https://host:port".
func (t *target) label() string {
	scheme := "http://"
	if t.secure {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(string(bytes.ToLower(t.host)), strconv.Itoa(int(t.port)))
}

// appendKey appends what names the origin: scheme, host in lower case, port.
func (t *target) appendKey(dst []byte) []byte {
	if t.secure {
		dst = append(dst, 's')
	}
	dst = append(dst, '/')
	for _, c := range t.host {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	dst = append(dst, '/')
	return strconv.AppendUint(dst, uint64(t.port), 10)
}

// appendBasic appends the credentials of the URL as an Authorization field (RFC 7617).
func (t *target) appendBasic(dst []byte) []byte {
	plain, err := url.PathUnescape(string(t.userinfo))
	if err != nil {
		plain = string(t.userinfo)
	}
	dst = append(dst, "Authorization: Basic "...)
	dst = base64.StdEncoding.AppendEncode(dst, []byte(plain))
	return append(dst, crlf...)
}
