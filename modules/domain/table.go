package domain

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// domains is the table in memory. It never changes: it is replaced.
type domains struct{ m map[string]entry }

// An entry is a row. NULL attributes are none.
type entry struct {
	attrs      string
	hasAttrs   bool
	subdomains bool // those below the domain are ours as well
}

const (
	maxHost  = 255 // bytes; RFC 1035 §2.3.4
	maxNames = 8   // what a host is looked for as: itself, and domains above it of up to 8 labels
)

// find returns what covers host: itself, or a domain above it that accepts subdomains.
// Host is as normal makes it.
func (d *domains) find(host []byte) (entry, bool) {
	names := namesOf(host)
	for i, at := range names.at[:names.n] {
		if e, ok := d.m[string(host[at:])]; ok && (i == 0 || e.subdomains) {
			return e, true
		}
	}
	return entry{}, false
}

// normal appends a host in lower case to dst, without the dot of the root; nothing for
// what cannot be one.
func normal(dst, host []byte) []byte {
	if len(host) > maxHost {
		return dst
	}
	from := len(dst)
	for _, b := range host {
		if 'A' <= b && b <= 'Z' {
			b |= 0x20
		}
		dst = append(dst, b)
	}
	if n := len(dst); n > from && dst[n-1] == '.' {
		dst = dst[:n-1]
	}
	return dst
}

// names are what a host is looked for as: where in it each of them begins.
type names struct {
	at [maxNames]uint8
	n  int
}

// namesOf returns the names of host: itself, then the domains above it, the longest first.
// A domain of one label, such as com, is no domain to be below of, and an address is below
// nothing.
func namesOf(host []byte) (list names) {
	if len(host) == 0 {
		return list
	}
	list.n = 1
	if _, literal := sipparse.HostAddr(host); literal {
		return list
	}
	labels := bytes.Count(host, dot) + 1
	for at := 0; labels > 2 && list.n < maxNames; {
		at += bytes.IndexByte(host[at:], '.') + 1
		if labels--; labels <= maxNames {
			list.at[list.n] = uint8(at)
			list.n++
		}
	}
	return list
}

var dot = []byte{'.'}
