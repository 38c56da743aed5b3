package sipmsgops

import (
	"bytes"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func headerFuncs() []*script.Func {
	line := script.Str("line", `"Name: value\r\n", or several of them`)
	return []*script.Func{
		script.Func1("is_method", `Whether the method is one of a list: "INVITE|ACK"; of a reply, the one in its CSeq.`, messageRoutes,
			methodsParam(), isMethod),
		script.Func0("has_totag", "Whether the To header has a tag: the request is within a dialog.", messageRoutes, hasToTag),
		script.Func2("append_hf", "Add a header, with its line end: behind all others, or behind the first one named.", messageRoutes,
			line, script.Opt(script.Str("after", "header name")), appendHeader),
		script.Func2("insert_hf", "Add a header, with its line end: in front of all others, or of the first one named.", messageRoutes,
			line, script.Opt(script.Str("before", "header name")), insertHeader),
		script.Func2("append_urihf", "Add a header that has the Request-URI as it was received in its middle.",
			script.R|script.F|script.B, script.Str("prefix", `"Name: <"`), script.Str("suffix", `">\r\n"`), appendURIHeader),
		script.Func1("remove_hf", "Remove all headers of a name. -1: there is none.", messageRoutes,
			script.Str("name", "header name, long or compact"), removeHeader),
		script.Func1("remove_hf_re", "Remove all headers whose names match. -1: there is none.", messageRoutes,
			script.Regex("names", "regular expression"), removeHeaderRE),
		script.Func1("remove_hf_glob", "Remove all headers whose names match a pattern as of a shell: X-*. -1: there is none.", messageRoutes,
			script.Str("names", "pattern of *, ? and [a-z]"), removeHeaderGlob),
		script.Func1("is_present_hf", "Whether a header is there.", messageRoutes,
			script.Str("name", "header name, long or compact"), isPresent),
		script.Func3("get_glob_headers_values", "Push the names and the values of all headers whose names match a pattern. -1: there is none.", messageRoutes,
			script.Str("pattern", "pattern of *, ? and [a-z]"), script.Out("names", "$avp for the names"),
			script.Out("values", "$avp for the values"), globValues),
		script.Func1("is_privacy", "Whether a Privacy header asks for a kind of privacy.", messageRoutes,
			script.Str("kind", "header, session, user, none, critical, id or history"), isPrivacy),
		script.Func1("sip_to_json", `Store the message as it was received as JSON: {"first_line":"...","headers":{"Name":["value"]},"body":"..."}.`, messageRoutes,
			script.Out("json", "variable for the text"), sipToJSON),
	}
}

func hasToTag(c *script.Ctx) script.Ret { return yes(len(proxy.From(c).Msg().ToTag()) > 0) }

// kept says of which headers the proxy itself keeps the only ones: without them, or with
// another, nobody could read the message, or answer it.
func kept(t sipparse.HdrType) bool {
	switch t {
	case sipparse.HdrVia, sipparse.HdrFrom, sipparse.HdrTo, sipparse.HdrCallID, sipparse.HdrCSeq:
		return true
	}
	return false
}

// addable reports whether line can be added to the message in hand: one or more whole
// lines, none of which is a second header where there can be one only. A Max-Forwards may
// come where the one that was received has been removed.
func addable(x *proxy.Context, line []byte) bool {
	if !sipparse.IsHeaderLines(line) || !x.Room(len(line)) || hasKept(line) {
		return false
	}
	if !has(line, sipparse.HdrMaxForwards) {
		return true
	}
	i := x.Msg().Find(sipparse.HdrMaxForwards, 0)
	return i >= 0 && x.Edits.Deletes(x.Msg().Header(i).Line)
}

// hasKept reports whether one of lines is a header that the proxy keeps itself.
func hasKept(lines []byte) bool {
	return anyType(lines, func(t sipparse.HdrType) bool { return kept(t) || t == sipparse.HdrContentLength })
}

func has(lines []byte, want sipparse.HdrType) bool {
	return anyType(lines, func(t sipparse.HdrType) bool { return t == want })
}

// anyType asks is for the type of each line; one that continues another has none.
func anyType(lines []byte, is func(sipparse.HdrType) bool) bool {
	for len(lines) > 0 {
		name, _, _ := bytes.Cut(lines, colon)
		if is(sipparse.HdrTypeOf(bytes.TrimRight(name, " \t"))) {
			return true
		}
		_, lines, _ = bytes.Cut(lines, lineEnd)
	}
	return false
}

var (
	colon   = []byte{':'}
	lineEnd = []byte("\r\n")
)

func appendHeader(c *script.Ctx, line, after []byte) script.Ret {
	x := proxy.From(c)
	i := -1
	if after != nil {
		i = x.Msg().FindName(after, 0)
	}
	return add(x, line, func(m *sipparse.Msg) {
		if i >= 0 {
			x.Edits.InsertAfter(m, i, line)
		} else {
			x.Edits.AppendHeader(m, line)
		}
	})
}

// insertHeader goes in front of all headers if there is none of that name.
func insertHeader(c *script.Ctx, line, before []byte) script.Ret {
	x := proxy.From(c)
	i := 0
	if before != nil {
		i = max(x.Msg().FindName(before, 0), 0)
	}
	return add(x, line, func(m *sipparse.Msg) { x.Edits.InsertBefore(m, i, line) })
}

// add lets insert write line. A Max-Forwards may be the second one that is added.
func add(x *proxy.Context, line []byte, insert func(*sipparse.Msg)) script.Ret {
	if !addable(x, line) {
		return -1
	}
	mark := x.Edits.Mark()
	insert(x.Msg())
	return yes(!has(line, sipparse.HdrMaxForwards) || x.Changed(mark))
}

func appendURIHeader(c *script.Ctx, prefix, suffix []byte) script.Ret {
	uri := proxy.From(c).Req.Msg.RequestURI()
	line := c.Alloc(len(prefix) + len(uri) + len(suffix))[:0]
	return appendHeader(c, append(append(append(line, prefix...), uri...), suffix...), nil)
}

func removeHeader(c *script.Ctx, name []byte) script.Ret {
	x := proxy.From(c)
	m := x.Msg()
	found := script.Ret(-1)
	for i := m.FindName(name, 0); i >= 0; i = m.FindName(name, i+1) {
		found = max(found, removeField(x, i))
	}
	return found
}

// removeField gives -1 if header i cannot be removed, or has been.
func removeField(x *proxy.Context, i int) script.Ret {
	m := x.Msg()
	h := m.Header(i)
	if kept(h.Type) || x.Edits.Deletes(h.Line) {
		return -1
	}
	x.Edits.DeleteHeader(m, i)
	return 1
}

func removeHeaderRE(c *script.Ctx, re *script.Regexp) script.Ret {
	return removeMatching(c, func(name []byte) bool { return re.Match(name) })
}

func removeHeaderGlob(c *script.Ctx, pattern []byte) script.Ret {
	return removeMatching(c, func(name []byte) bool { return script.Glob(pattern, name, true) })
}

func removeMatching(c *script.Ctx, match func(name []byte) bool) script.Ret {
	x := proxy.From(c)
	m := x.Msg()
	found := script.Ret(-1)
	for i := range m.NHeaders() {
		if match(m.Header(i).Name.Of(m.Buf())) {
			found = max(found, removeField(x, i))
		}
	}
	return found
}

func isPresent(c *script.Ctx, name []byte) script.Ret {
	return yes(proxy.From(c).Msg().FindName(name, 0) >= 0)
}

func globValues(c *script.Ctx, pattern []byte, names, values script.VarRef) script.Ret {
	m := proxy.From(c).Msg()
	found := script.Ret(-1)
	for i := range m.NHeaders() {
		h := m.Header(i)
		name := h.Name.Of(m.Buf())
		if !script.Glob(pattern, name, true) {
			continue
		}
		if !names.Set(c, script.StrValue(c.Copy(name))) || !values.Set(c, script.StrValue(c.Copy(h.Value.Of(m.Buf())))) {
			return -1
		}
		found = 1
	}
	return found
}

func isPrivacy(c *script.Ctx, kind []byte) script.Ret {
	want, err := sipparse.ParsePrivacy(kind)
	if err != sipparse.OK || want&sipparse.PrivacyOther != 0 {
		return -1
	}
	has, _, err := proxy.From(c).Msg().Privacy()
	if err != sipparse.OK {
		c.Fail(proxy.BadPrivacy)
	}
	return yes(err == sipparse.OK && has&want != 0)
}
