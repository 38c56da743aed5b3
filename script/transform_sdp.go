package script

import "bytes"

// sdpTransforms are {sdp.*}, over a session description (RFC 4566), which they take by
// its lines: what cannot be found in it is NULL.
func sdpTransforms() []*TransformDef {
	return []*TransformDef{
		full("sdp", "line", "line n that begins with a letter, from 0, without its end", 1, 2, func(_ *Ctx, b []byte, args []Value) Value {
			n, ok := number(args, 1, 0)
			if !ok || n < 0 || len(args[0].Str) == 0 {
				return Null
			}
			return partValue(sdpLine(b, args[0].Str[0], n))
		}),
		full("sdp", "stream", "the stream of a media type, or number n of all, from 0, or from -1 at the end", 1, 1, func(_ *Ctx, b []byte, args []Value) Value {
			wanted, ok := wantedStream(b, args[0].Str)
			for at, i := nextStream(b, 0), 0; ok && at < len(b); i++ {
				end := nextStream(b, at+1)
				if wanted.is(b[at:end], i) {
					return StrValue(b[at:end:end])
				}
				at = end
			}
			return Null
		}),
		full("sdp", "stream-delete", "all but the streams of a media type, or but number n", 1, 1, deleteStreams),
	}
}

// sdpLine returns line n of a letter.
func sdpLine(b []byte, letter byte, n int32) []byte {
	for len(b) > 0 {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte{'\n'})
		if len(line) < 2 || line[0] != letter || line[1] != '=' {
			continue
		}
		if n == 0 {
			return bytes.TrimSuffix(line, []byte{'\r'})
		}
		n--
	}
	return nil
}

// nextStream finds the first m= line that begins at or behind from; the end of b if
// there is none.
func nextStream(b []byte, from int) int {
	if from == 0 && bytes.HasPrefix(b, []byte("m=")) {
		return 0
	}
	from = max(from-1, 0) // the line end before it
	if i := bytes.Index(b[from:], []byte("\nm=")); i >= 0 {
		return from + i + 1
	}
	return len(b)
}

// A stream is which streams are meant: those of a media type, or one by its number.
type stream struct {
	media []byte // nil: by number
	n     int
}

func (w *stream) is(text []byte, n int) bool {
	if w.media == nil {
		return n == w.n
	}
	media, _, _ := bytes.Cut(text[2:], []byte{' '})
	return foldCompare(media, w.media) == 0
}

// wantedStream reads the argument; false: there is no such number.
func wantedStream(b, arg []byte) (w stream, ok bool) {
	n, isNumber := parseInt(arg)
	if !isNumber {
		return stream{media: arg}, len(arg) > 0
	}
	count := 0
	for at := nextStream(b, 0); at < len(b); at = nextStream(b, at+1) {
		count++
	}
	w.n = nth(n, count)
	return w, w.n >= 0
}

func deleteStreams(c *Ctx, b []byte, args []Value) Value {
	wanted, ok := wantedStream(b, args[0].Str)
	if !ok {
		return Null
	}
	at := nextStream(b, 0)
	out := append(c.Alloc(len(b))[:0], b[:at]...)
	for i := 0; at < len(b); i++ {
		end := nextStream(b, at+1)
		if !wanted.is(b[at:end], i) {
			out = append(out, b[at:end]...)
		}
		at = end
	}
	if len(out) == len(b) {
		return Null
	}
	return StrValue(out)
}
