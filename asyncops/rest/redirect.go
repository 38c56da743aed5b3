package rest

import (
	"bytes"
	"net/url"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// goOn begins another exchange if the answer asks for one: a redirection that is to be
// followed, or a 417 to what we expected. It reports false if this is the answer.
func (r *Request) goOn(l *loop.Loop) bool {
	status := r.resp.StatusCode()
	if status == 417 && r.expects { // "repeat the request without" it; RFC 9110 §10.1.1
		r.noExpect = true
		r.again(l)
		return true
	}
	if r.client.cfg.MaxRedirects == 0 || !redirects(status) {
		return false
	}
	next, ok := r.location()
	if !ok {
		return false
	}
	if r.hops++; r.hops > r.client.cfg.MaxRedirects {
		r.end(l, asyncops.Failed, CodeInternal)
		return true
	}
	r.moveTo(next, status)
	r.again(l)
	return true
}

// redirects names the statuses whose Location is where the answer is (RFC 9110 §15.4).
func redirects(status int) bool {
	switch status {
	case 301, 302, 303, 307, 308:
		return true
	}
	return false
}

// location is where the answer sends us, unless we do not go there: never from https to
// http, nor to another scheme.
func (r *Request) location() (string, bool) {
	base, err := url.Parse(string(r.url))
	place := string(r.resp.Header.Peek("Location"))
	if err != nil || place == "" {
		return "", false
	}
	to, err := base.Parse(place)
	if err != nil || to.Host == "" || to.Scheme == "http" && base.Scheme == "https" {
		return "", false
	}
	text := to.String()
	_, ok := parseTarget([]byte(text))
	return text, ok
}

// moveTo changes r into the request that follows. After a 303, and after a 301 or 302 to
// a POST, as everybody does, it is a GET without a body. What proves who we are does not
// go to another origin.
func (r *Request) moveTo(next string, status int) {
	get := status == 303 && string(r.method) != "HEAD" || status <= 302 && string(r.method) == "POST"
	if get {
		r.method, r.body = append(r.method[:0], "GET"...), r.body[:0]
		r.dropFields("content-type", "content-encoding", "content-language", "content-location")
		r.given &^= givenContentType
	}
	was, _ := parseTarget(r.url)
	is, _ := parseTarget([]byte(next))
	if !bytes.Equal(was.appendKey(nil), is.appendKey(nil)) {
		r.dropFields("authorization", "cookie", "proxy-authorization", "host")
		r.given &^= givenAuthorization | givenHost
		r.tlsName, r.tls = "", nil
	} else if len(is.userinfo) == 0 && len(was.userinfo) > 0 {
		r.SetURL(withUserinfo(next, was.userinfo))
		return
	}
	r.SetURL([]byte(next))
}

// withUserinfo puts the credentials of the first URL into one of the same origin.
func withUserinfo(to string, userinfo []byte) []byte {
	scheme, rest, _ := bytes.Cut([]byte(to), []byte("://"))
	return bytes.Join([][]byte{scheme, []byte("://"), userinfo, []byte("@"), rest}, nil)
}

// dropFields takes out the fields of those names, which are in lower case.
func (r *Request) dropFields(names ...string) {
	kept := r.fields[:0]
	for line := range bytes.Lines(r.fields) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		drop := false
		for _, n := range names {
			drop = drop || equalFold(name, n)
		}
		if !drop {
			kept = append(kept, line...)
		}
	}
	r.fields = kept
}

// again begins the next exchange of r.
func (r *Request) again(l *loop.Loop) {
	r.retried = false
	r.resp.Reset()
	r.resp.Header.SetNoDefaultContentType(true)
	r.enqueue(l)
}
