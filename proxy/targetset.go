package proxy

import (
	"bytes"

	"github.com/fastsips/fastsips/sipparse"
)

// hasTarget reports whether t is among the branches from first on already: the same
// URI is not added to the target set twice (RFC 3261 §16.5). Another way to it, by
// $du, path or socket, is another target.
func (tx *Transaction) hasTarget(first int, t *Target) bool {
	received := tx.Req.Msg.RequestURI()
	for _, b := range tx.branches[first:] {
		if o := &b.Target; o.sock == t.sock && o.local == t.local && bytes.Equal(o.dst, t.dst) && bytes.Equal(o.path, t.path) &&
			sipparse.URIEqual(o.URI(received), t.URI(received)) {
			return true
		}
	}
	return false
}
