package core

import (
	"bytes"
	"errors"
	"strconv"
)

// A chunk names a stream, a line or a token: the n-th, from 0, that begins with a
// prefix, in any case.
type chunk struct {
	prefix []byte
	n      int
	is     bool // it was written
}

// A sdpPath names a line of a session description, or a token of it: what is between
// white space.
//
//	line:   chunk ["/" chunk]            $sdp.line, $sdp.session
//	stream: chunk ["/" chunk ["/" chunk]] $sdp.stream
//	chunk:  prefix ["[" index "]"]        \/ \[ and \\ in a prefix stand for themselves
type sdpPath struct{ stream, line, token chunk }

var errPath = errors.New(`it is a path such as a=ptime[1], m=audio/[1] or, of a stream, video[0]/a=fmtp/bitrate=`)

// parseSDPPath reads text; levels is 2 for line/token, 3 for stream/line/token. What has
// no escapes borrows from text.
func parseSDPPath(text []byte, levels int) (p sdpPath, err error) {
	all := [...]*chunk{&p.stream, &p.line, &p.token}
	chunks := all[len(all)-levels:]
	for i, c := range chunks {
		if text, err = c.parse(text); err != nil || len(text) == 0 {
			return p, err
		}
		if i == len(chunks)-1 {
			return p, errPath
		}
		text = text[1:] // the slash
	}
	return p, nil
}

// parse reads one chunk, up to a slash or the end.
func (c *chunk) parse(b []byte) (rest []byte, err error) {
	c.is = true
	i, escaped := prefixEnd(b)
	c.prefix = bytes.TrimLeft(b[:i], " \t")
	if escaped {
		c.prefix = unescaped(c.prefix)
	}
	if b = b[i:]; len(b) == 0 || b[0] == '/' {
		return b, nil
	}
	end := bytes.IndexByte(b, ']')
	if end < 0 {
		return nil, errPath
	}
	if c.n, err = strconv.Atoi(string(bytes.TrimSpace(b[1:end]))); err != nil || c.n < 0 {
		return nil, errors.New("an index is a number from 0")
	}
	b = bytes.TrimLeft(b[end+1:], " \t")
	if len(b) > 0 && b[0] != '/' {
		return nil, errPath
	}
	return b, nil
}

// prefixEnd is where a prefix ends: at a slash, a bracket or the end.
func prefixEnd(b []byte) (i int, escaped bool) {
	for ; i < len(b) && b[i] != '/' && b[i] != '['; i++ {
		if b[i] == '\\' && i+1 < len(b) && isEscaped(b[i+1]) {
			i, escaped = i+1, true
		}
	}
	return i, escaped
}

func isEscaped(c byte) bool { return c == '/' || c == '\\' || c == '[' }

func unescaped(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) && isEscaped(b[i+1]) {
			i++
		}
		out = append(out, b[i])
	}
	return out
}
