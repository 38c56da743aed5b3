package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// uriKept is the longest URI that a loop remembers the parts of.
const uriKept = 128

// knownURIs are those that a loop has parsed of late. A script asks for parts of the same
// two or three again and again, and to compare one is a tenth of parsing it.
type knownURIs struct {
	list [4]knownURI
	next int // the oldest
}

type knownURI struct {
	text []byte
	uri  sipparse.URI
}

// ParseURI returns the parts of b, false if it is no URI. They are the loop's, and
// valid until the next call.
func (x *Context) ParseURI(b []byte) (*sipparse.URI, bool) { return x.shard.uris.parse(b) }

func (k *knownURIs) parse(b []byte) (*sipparse.URI, bool) {
	for i := range k.list {
		if u := &k.list[i]; len(b) > 0 && bytes.Equal(u.text, b) {
			return &u.uri, true
		}
	}
	u := &k.list[k.next]
	u.text = u.text[:0]
	ok := sipparse.ParseURI(b, &u.uri) == sipparse.OK
	if ok && len(b) <= uriKept {
		u.text = append(u.text, b...)
		k.next = (k.next + 1) % len(k.list)
	}
	return &u.uri, ok
}
