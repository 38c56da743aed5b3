package sipmsgops

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func listFuncs() []*script.Func {
	header := script.Str("header", "name of a header that is a list of words: Supported, Require, Allow")
	option := script.Str("option", "word, in any case")
	return []*script.Func{
		script.Func2("list_hdr_has_option", "Whether a word is in a header's list, as it was received.", messageRoutes, header, option, listHas),
		script.Func2("list_hdr_add_option", "Add a word to a header's list, at its end. -1: there is no such header.", messageRoutes, header, option, listAdd),
		script.Func2("list_hdr_remove_option", "Remove a word from the lists of a header; where it was the only one, the header goes. -1: it is in none.",
			messageRoutes, header, option, listRemove),
	}
}

// A list header that has been changed is one Put over its whole line: so the next change
// finds it, and one of which nothing is left can come back.

// cutOption takes the first word off a list.
func cutOption(list []byte) (word, rest []byte, more bool) {
	word, rest, more = bytes.Cut(list, comma)
	return bytes.TrimSpace(word), rest, more
}

var comma = []byte{','}

func hasOption(list, option []byte) bool {
	for more := true; more; {
		var word []byte
		if word, list, more = cutOption(list); sipparse.EqualFold(word, option) {
			return true
		}
	}
	return false
}

func listHas(c *script.Ctx, header, option []byte) script.Ret {
	m := proxy.From(c).Msg()
	for i := m.FindName(header, 0); i >= 0 && len(option) > 0; i = m.FindName(header, i+1) {
		if hasOption(m.Header(i).Value.Of(m.Buf()), option) {
			return 1
		}
	}
	return -1
}

// listable returns the first header of that name that has not been removed, and can be
// changed; -1 if there is none.
func listable(x *proxy.Context, name []byte, from int) int {
	m := x.Msg()
	for i := m.FindName(name, from); i >= 0; i = m.FindName(name, i+1) {
		h := m.Header(i)
		if kept(h.Type) || h.Type == sipparse.HdrContentLength || h.Type == sipparse.HdrMaxForwards {
			return -1
		}
		if !x.Edits.Deletes(h.Line) {
			return i
		}
	}
	return -1
}

// listNow returns the value of header i as it was made so far.
func listNow(x *proxy.Context, i int) []byte {
	m := x.Msg()
	h := m.Header(i)
	text, put := x.Edits.PutText(h.Line)
	if !put {
		return h.Value.Of(m.Buf())
	}
	if len(text) == 0 {
		return nil
	}
	return bytes.TrimSpace(text[h.Name.Len()+len(":"):])
}

// putList writes "Name: list", or nothing.
func putList(c *script.Ctx, x *proxy.Context, i int, list []byte) bool {
	m := x.Msg()
	h := m.Header(i)
	name := h.Name.Of(m.Buf())
	line := c.Alloc(len(name) + len(list) + len(": \r\n"))[:0]
	if len(list) > 0 {
		line = append(append(append(append(line, name...), ": "...), list...), "\r\n"...)
		if !sipparse.IsHeaderLines(line) || !x.Room(len(line)) {
			return false
		}
	}
	x.Edits.Put(h.Line, line)
	return true
}

func listAdd(c *script.Ctx, header, option []byte) script.Ret {
	x := proxy.From(c)
	i := listable(x, header, 0)
	if i < 0 || len(option) == 0 {
		return -1
	}
	list := append(c.Alloc(0), listNow(x, i)...)
	if len(list) > 0 {
		list = append(list, ',')
	}
	return yes(putList(c, x, i, append(list, option...)))
}

// listRemove removes the first such word of each header, as OpenSIPS does.
func listRemove(c *script.Ctx, header, option []byte) script.Ret {
	x := proxy.From(c)
	found := script.Ret(-1)
	for i := listable(x, header, 0); i >= 0 && len(option) > 0; i = listable(x, header, i+1) {
		if list, ok := without(listNow(x, i), option); ok && putList(c, x, i, list) {
			found = 1
		}
	}
	return found
}

// without returns list without its first such word; false if it is not there.
func without(list, option []byte) (rest []byte, ok bool) {
	for at := 0; at <= len(list); {
		end := len(list)
		if n := bytes.IndexByte(list[at:], ','); n >= 0 {
			end = at + n
		}
		if sipparse.EqualFold(bytes.TrimSpace(list[at:end]), option) {
			if end < len(list) {
				head := list[:at:at]
				return append(append(head, pad(at)...), bytes.TrimSpace(list[end+1:])...), true
			}
			return bytes.TrimRight(list[:max(at-1, 0)], " \t"), true
		}
		at = end + 1
	}
	return nil, false
}

// pad is what stands in front of a word that is not the first.
func pad(at int) string {
	if at == 0 {
		return ""
	}
	return " "
}
