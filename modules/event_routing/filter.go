package event_routing

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// A filter wants an attribute of an event to match a pattern.
type filter struct {
	name    string
	pattern []byte
}

// maxFilters is how many a function takes.
const maxFilters = 64

// filters reads the values of an $avp. One that is no filter is left out, with a line of
// the log; a number is none.
func filters(c *script.Ctx, avp script.VarRef) (list []filter, ok bool) {
	for i := int32(0); ; i++ {
		v := avp.Element(c, i)
		if v.IsNull() {
			return list, true
		}
		if len(list) == maxFilters {
			c.LogError("event_routing: more than %d filters", maxFilters)
			return nil, false
		}
		if v.Kind != script.StrKind {
			continue
		}
		name, pattern, _ := bytes.Cut(v.Str, []byte{'='})
		if len(pattern) == 0 {
			c.LogError("event_routing: %q is no filter, which is attribute=pattern", v.Str)
			continue
		}
		list = append(list, filter{string(name), bytes.Clone(pattern)})
	}
}

// matches reports whether the event has what all filters want. One whose attribute it
// lacks wants nothing.
func matches(list []filter, n *notice) bool {
	for i := range list {
		if !list[i].matches(n) {
			return false
		}
	}
	return true
}

func (f *filter) matches(n *notice) bool {
	for i, name := range n.names {
		if i < len(n.values) && strings.EqualFold(name, f.name) {
			return script.Glob(f.pattern, textOf(n.values[i]), false)
		}
	}
	return true
}

func textOf(v script.Value) []byte {
	if v.Kind == script.IntKind {
		return strconv.AppendInt(nil, int64(v.Int), 10)
	}
	return v.Str
}

// fill gives a run the attributes that have names.
func (n *notice) fill(r *script.Registry, c *script.Ctx) {
	for i, name := range n.names {
		if i < len(n.values) && name != "" && !n.values[i].IsNull() {
			r.PushAVP(c, []byte(name), n.values[i], false)
		}
	}
}
