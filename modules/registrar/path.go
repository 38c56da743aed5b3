package registrar

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/sipparse"
)

// readPath takes the Path headers, in order, as the route to the contacts (RFC 3327 §5.3).
// "The recommended policy is for the registrar to reject the request with a 420" where the
// client does not say that it knows Path: the flag path-strict.
func (r *registration) readPath() failure {
	msg := r.msg
	if msg.Find(sipparse.HdrPath, 0) < 0 {
		return fine
	}
	supported := r.supports("path")
	switch mode := r.flags.path; {
	case mode == pathStrict && !supported:
		r.append("Unsupported: path\r\n")
		r.appendPath(joinedPath(r))
		return pathUnsupported
	case mode == pathUnsaid && (r.m.set.pathMode != pathIfSupported || !supported):
		return fine
	}
	path := joinedPath(r)
	var t proxy.Target
	if len(path) > maxPath || !t.SetPath(path) || !isLoose(firstURI(path)) {
		return badPath
	}
	r.path = path
	return fine
}

// Values of the parameter path_mode.
const pathIfSupported = 0

// supports reports whether the client says that it knows an extension; what it requires
// it knows.
func (r *registration) supports(tag string) bool {
	msg := r.msg
	return msg.HasToken(sipparse.HdrSupported, tag) || msg.HasToken(sipparse.HdrRequire, tag)
}

// joinedPath is all Path values as one list.
func joinedPath(r *registration) []byte {
	msg, n := r.msg, 0
	each := func(f func([]byte)) {
		for i := msg.Find(sipparse.HdrPath, 0); i >= 0; i = msg.Find(sipparse.HdrPath, i+1) {
			h := msg.Header(i)
			f(h.Value.Of(msg.Buf()))
		}
	}
	each(func(v []byte) { n += len(v) + 1 })
	path := r.c.Alloc(n)[:0]
	each(func(v []byte) {
		if len(path) > 0 {
			path = append(path, ',')
		}
		path = append(path, v...)
	})
	return path
}

// firstURI is the first URI of a path, nil if there is none.
func firstURI(path []byte) []byte {
	_, rest, ok := bytes.Cut(path, []byte{'<'})
	uri, _, closed := bytes.Cut(rest, []byte{'>'})
	if !ok || !closed {
		return nil
	}
	return uri
}

// secondURI is the one behind it.
func secondURI(path []byte) []byte {
	if i := bytes.IndexByte(path, '>'); i >= 0 {
		return firstURI(path[i+1:])
	}
	return nil
}

func isLoose(uri []byte) bool {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	_, lr := u.Param(uri, "lr")
	return lr
}

// pathReceived is where the edge proxy says that the request came from: the received
// parameter of its Path URI, of the second one if it has written two (the flag
// path-received).
func (r *registration) pathReceived() []byte {
	if !r.flags.pathReceived || r.path == nil {
		return nil
	}
	uri := firstURI(r.path)
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return nil
	}
	if _, double := u.Param(uri, "r2"); double {
		if second := secondURI(r.path); second != nil {
			uri = second
		}
	}
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return nil
	}
	v, _ := u.Param(uri, "received")
	if len(v) == 0 || len(v) > maxReceived {
		return nil
	}
	v = sipparse.AppendUnescaped(r.c.Alloc(len(v))[:0], v)
	if sipparse.ParseURI(v, &u) != sipparse.OK {
		return nil
	}
	return v
}
