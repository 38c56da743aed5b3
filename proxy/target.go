package proxy

import (
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/transport"
)

// A Target is where a branch goes: the R-URI and what OpenSIPS keeps with it.
// Slices are the Target's own storage, used again by the next message.
type Target struct {
	uri    []byte // R-URI; meaningful when hasURI
	dst    []byte // destination URI ($du); empty when unset
	path   []byte // Path of the contact: values of Route headers (RFC 3327 §5.3)
	q      int16  // 0..1000; -1 unset
	hasURI bool   // the R-URI differs from the one received
	flags  uint32 // branch flags
	sock   *transport.Listener
	local  loop.Addr // address of sock to send from, if it is a wildcard listener
	Attrs  Attrs

	credentials []byte // header lines for the server there, and for no other
}

// NoQ is the q of a target that has none.
const NoQ = -1

func (t *Target) reset() {
	t.uri, t.hasURI = t.uri[:0], false
	t.resetCompanions()
}

// resetCompanions forgets everything but the R-URI.
func (t *Target) resetCompanions() {
	t.credentials = t.credentials[:0]
	t.dst, t.path, t.q, t.flags, t.sock, t.local = t.dst[:0], t.path[:0], NoQ, 0, nil, loop.Addr{}
	t.Attrs.reset()
}

// copyFrom makes t a copy of o in t's own storage.
func (t *Target) copyFrom(o *Target) {
	t.uri, t.hasURI = append(t.uri[:0], o.uri...), o.hasURI
	t.copyCompanions(o)
	t.credentials = append(t.credentials[:0], o.credentials...)
}

// copyCompanions makes all but the R-URI what o has; credentials are for one R-URI.
func (t *Target) copyCompanions(o *Target) {
	t.dst, t.path = append(t.dst[:0], o.dst...), append(t.path[:0], o.path...)
	t.q, t.flags, t.sock, t.local = o.q, o.flags, o.sock, o.local
	t.Attrs.copyFrom(&o.Attrs)
}

// SetURI sets the R-URI.
func (t *Target) SetURI(b []byte) { t.uri, t.hasURI = append(t.uri[:0], b...), true }

// RevertURI takes the R-URI back to the one received.
func (t *Target) RevertURI() { t.uri, t.hasURI = t.uri[:0], false }

// URI returns the R-URI, where received is the one in the message.
func (t *Target) URI(received []byte) []byte {
	if t.hasURI {
		return t.uri
	}
	return received
}

// Changed reports whether the R-URI has been set since the message came.
func (t *Target) Changed() bool { return t.hasURI }

// Dst returns the destination URI; nil when there is none.
func (t *Target) Dst() []byte { return orNil(t.dst) }

// SetDst sets the destination URI; an empty one unsets it.
func (t *Target) SetDst(b []byte) { t.dst = append(t.dst[:0], b...) }

// Q returns the preference, 0 to 1000, or NoQ.
func (t *Target) Q() int16 { return t.q }

// SetQ sets it.
func (t *Target) SetQ(q int16) { t.q = q }

// Socket returns the listener that the script forced, or nil.
func (t *Target) Socket() *transport.Listener { return t.sock }

// SetSocket forces the listener to send from; nil lets it be chosen.
func (t *Target) SetSocket(ls *transport.Listener) { t.SetSource(ls, loop.Addr{}) }

// SetSource is SetSocket with the address that a wildcard listener is to send from.
func (t *Target) SetSource(ls *transport.Listener, local loop.Addr) { t.sock, t.local = ls, local }

// Flags returns the branch flags.
func (t *Target) Flags() uint32 { return t.flags }

// SetFlags sets the branch flags.
func (t *Target) SetFlags(f uint32) { t.flags = f }

func orNil(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}
