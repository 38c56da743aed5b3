package db

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A URL is a db_url taken apart:
// scheme://[user[:password]@]host[:port]/database[?parameters]. As in OpenSIPS
// nothing is decoded: a percent sign is one.
type URL struct {
	Raw      string
	Scheme   string
	User     string
	Password string
	Host     string // "[::1]" without its brackets; a list "a:1,b:2" as it is; may be empty
	Port     uint16 // 0: none given
	Database string
	Params   string // behind the question mark
}

// Rest is all behind "://": the path of sqlite:///path and text:///path, the name of
// virtual://name.
func (u *URL) Rest() string {
	_, rest, _ := strings.Cut(u.Raw, "://")
	return rest
}

// String is the URL with its password blanked, for logs.
func (u *URL) String() string {
	if u.Password == "" {
		return u.Raw
	}
	return strings.Replace(u.Raw, ":"+u.Password+"@", ":***@", 1)
}

// Param returns the value of a parameter, and whether it is there: "a=1&b=2".
func (u *URL) Param(name string) (value string, ok bool) {
	for p := range strings.SplitSeq(u.Params, "&") {
		if k, v, _ := strings.Cut(p, "="); k == name {
			return v, true
		}
	}
	return "", false
}

// ParseURL takes a db_url apart. OpenSIPS ends the user and password at the first @,
// and refuses a password with a slash; here they end at the last @ that a host can
// follow, so that both may be in a password.
func ParseURL(raw string) (*URL, error) {
	u := &URL{Raw: raw}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || scheme == "" || rest == "" {
		return nil, errors.New(`a db_url is "driver://user:password@host/database"`)
	}
	u.Scheme = scheme
	switch scheme {
	case "sqlite", "sqlite3", "text", "virtual":
		return u, nil // what follows is a path or a name
	}
	if at := userinfo(rest); at >= 0 {
		u.User, u.Password, _ = strings.Cut(rest[:at], ":")
		rest = rest[at+1:]
	}
	host, base, ok := strings.Cut(rest, "/")
	if !ok {
		return nil, fmt.Errorf("no database is named; a db_url is %q", scheme+"://user:password@host/database")
	}
	u.Database, u.Params, _ = strings.Cut(base, "?")
	return u, u.setHost(host)
}

// userinfo returns where the @ is that ends user and password, -1 for none: the last
// that has a host and a slash behind it.
func userinfo(s string) int {
	for at := len(s); ; {
		at = strings.LastIndexByte(s[:at], '@')
		if at < 0 {
			return -1
		}
		host, _, slash := strings.Cut(s[at+1:], "/")
		if slash && !strings.ContainsAny(host, "?=&") {
			return at
		}
	}
}

// setHost takes "host", "host:port", "[v6]" or "[v6]:port".
func (u *URL) setHost(s string) error {
	if strings.Contains(s, ",") {
		u.Host = s
		return nil
	}
	port := ""
	if v6, after, ok := strings.Cut(s, "]"); ok && strings.HasPrefix(v6, "[") {
		u.Host, port = v6[1:], strings.TrimPrefix(after, ":")
	} else {
		u.Host, port, _ = strings.Cut(s, ":")
	}
	if port == "" {
		return nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return fmt.Errorf("%q is no port", port)
	}
	u.Port = uint16(n)
	return nil
}
