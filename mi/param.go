package mi

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// A ParamKind is the type of a parameter.
type ParamKind uint8

// The kinds.
const (
	IntParam  ParamKind = iota // a number; also as text, since opensips-cli quotes everything
	StrParam                   // a text; also a number
	ListParam                  // an array of texts; also a single one
)

func (k ParamKind) String() string {
	return [...]string{"integer", "string", "list of strings"}[k]
}

// ParamInfo is the untyped face of a Param, for help and documentation.
type ParamInfo struct {
	Name, Doc string
	Kind      ParamKind
}

// A Param is a named parameter that a command gets as a T.
type Param[T any] struct {
	ParamInfo
	from func(json.RawMessage) (T, bool)
}

// Int is a number that fits 32 bits.
func Int(name, doc string) Param[int] {
	return Param[int]{ParamInfo{name, doc, IntParam}, toInt}
}

// Str is a text.
func Str(name, doc string) Param[string] {
	return Param[string]{ParamInfo{name, doc, StrParam}, toStr}
}

// List is an array of texts with at least one element. As the last of positional
// parameters it takes all that are left.
func List(name, doc string) Param[[]string] {
	return Param[[]string]{ParamInfo{name, doc, ListParam}, toList}
}

func toInt(x json.RawMessage) (int, bool) {
	text, _ := toStr(x)
	n, err := strconv.ParseInt(strings.TrimSpace(text), 0, 64)
	return int(n), err == nil && n >= math.MinInt32 && n <= math.MaxInt32
}

func toStr(x json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(x, &s) == nil && string(x) != "null" {
		return s, true
	}
	var n json.Number
	if json.Unmarshal(x, &n) == nil {
		return n.String(), n != ""
	}
	return "", false
}

func toList(x json.RawMessage) ([]string, bool) {
	if s, ok := toStr(x); ok {
		return []string{s}, true
	}
	var items []json.RawMessage
	if json.Unmarshal(x, &items) != nil || len(items) == 0 {
		return nil, false
	}
	list := make([]string, len(items))
	for i, item := range items {
		var ok bool
		if list[i], ok = toStr(item); !ok {
			return nil, false
		}
	}
	return list, true
}

// A taker reads parameters and keeps the first error.
type taker struct{ err error }

func take[T any](t *taker, p Param[T], x json.RawMessage) T {
	v, ok := p.from(x)
	if !ok && t.err == nil {
		t.err = invalidParams("Bad type for parameter '" + p.Name + "'")
	}
	return v
}
