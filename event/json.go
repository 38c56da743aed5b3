package event

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/fastsips/fastsips/script"
)

// AppendJSON appends r as a JSON-RPC 2.0 notification: the event's name is the method,
// its values are the params, an object if they have names, else an array.
func (r *Raised) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"jsonrpc":"2.0","method":`...)
	dst = appendText(dst, []byte(r.Name))
	if len(r.Values) == 0 {
		return append(dst, '}')
	}
	begin, end := byte('['), byte(']')
	if r.Names != nil {
		begin, end = '{', '}'
	}
	dst = append(append(dst, `,"params":`...), begin)
	for i, v := range r.Values {
		if i > 0 {
			dst = append(dst, ',')
		}
		if r.Names != nil {
			dst = append(appendText(dst, []byte(r.Names[i])), ':')
		}
		dst = appendValue(dst, v)
	}
	return append(dst, end, '}')
}

func appendValue(dst []byte, v script.Value) []byte {
	switch v.Kind {
	case script.IntKind:
		return strconv.AppendInt(dst, int64(v.Int), 10)
	case script.StrKind:
		return appendText(dst, v.Str)
	}
	return append(dst, "null"...)
}

// appendText writes a string; what is no UTF-8 becomes U+FFFD. The characters < and > stay
// as they are: they are in every SIP address.
func appendText(dst, text []byte) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(string(text)); err != nil {
		panic("BUG: a string is no JSON: " + err.Error())
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
