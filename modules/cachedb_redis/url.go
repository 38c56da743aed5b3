package cachedb_redis

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/cachedb"
)

// An address is the part of a cachedb_url behind "redis:group://":
// [user]:password@host[:port][,host[:port]...]/[db][?tls_domain=name].
type address struct {
	hosts          []redis.Host
	user, password string
	db             int
	tlsDomain      string
}

// parse reads a cachedb_url. A password may have any character but "?".
func parse(u cachedb.URL) (a address, err error) {
	rest, query, _ := strings.Cut(u.Rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		var has bool
		a.user, a.password, has = strings.Cut(rest[:at], ":")
		if !has {
			return a, errors.New(`a password without a user is written with a colon in front: ":password@host"`)
		}
		rest = rest[at+1:]
	}
	hosts, db, _ := strings.Cut(rest, "/")
	for _, h := range strings.Split(hosts, ",") {
		host, err := redis.ParseHost(strings.TrimSpace(h))
		if err != nil {
			return a, err
		}
		a.hosts = append(a.hosts, host)
	}
	if db != "" {
		if a.db, err = strconv.Atoi(db); err != nil || a.db < 0 {
			return a, fmt.Errorf("%q is not the number of a database", db)
		}
	}
	return a, a.options(query)
}

// options reads what stands behind the question mark.
func (a *address) options(query string) error {
	if query == "" {
		return nil
	}
	for _, o := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(o, "=")
		switch name {
		case "tls_domain":
			a.tlsDomain = value
		case "socket":
			return errors.New("sockets in the file system are not supported: Redis listens on TCP, on loopback as well")
		default:
			return fmt.Errorf("%q is no option of a Redis URL; there is tls_domain", name)
		}
	}
	return nil
}

// sameAccess reports whether a and b differ in their hosts at most.
func (a address) sameAccess(b address) bool {
	a.hosts, b.hosts = nil, nil
	return a.user == b.user && a.password == b.password && a.db == b.db && a.tlsDomain == b.tlsDomain
}
