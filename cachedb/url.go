package cachedb

import (
	"fmt"
	"strings"
)

// A URL is a cachedb_url, "scheme:group://rest": redis:group1://localhost:6379/0.
type URL struct {
	Scheme string
	Group  string // "": none
	Rest   string // what follows ://
}

// ParseURL takes a cachedb_url apart. What its rest means is the engine's.
func ParseURL(text string) (URL, error) {
	head, rest, ok := strings.Cut(strings.TrimSpace(text), "://")
	scheme, group, _ := strings.Cut(head, ":")
	if !ok || scheme == "" {
		return URL{}, fmt.Errorf("%q is no cachedb_url: it is written scheme:group://...", text)
	}
	return URL{Scheme: scheme, Group: group, Rest: rest}, nil
}

func (u URL) String() string {
	if u.Group == "" {
		return u.Scheme + "://" + u.Rest
	}
	return u.Scheme + ":" + u.Group + "://" + u.Rest
}
