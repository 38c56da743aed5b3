// Package sipmsgops is OpenSIPS's sipmsgops module: looking at messages and
// changing their headers.
package sipmsgops

import (
	"bytes"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A Module is one loaded sipmsgops.
type Module struct{}

// New returns the module.
func New() module.Module { return new(Module) }

const messageRoutes = script.R | script.F | script.O | script.B | script.L

// Setup declares the functions.
func (m *Module) Setup(e *module.Env) {
	e.Funcs = []*script.Func{
		script.Func1("is_method", `Whether the method is one of a list: "INVITE|ACK".`, messageRoutes,
			script.Str("methods", "names separated by |"), isMethod),
		script.Func0("has_totag", "Whether the To header has a tag: the request is within a dialog.", messageRoutes, hasToTag),
		script.Func2("append_hf", "Add a header, with its line end: behind all others, or behind the header named.", messageRoutes,
			script.Str("line", `"Name: value\r\n"`), script.Opt(script.Str("after", "header name")), appendHeader),
		script.Func2("insert_hf", "Add a header in front of all others, or of the header named.", messageRoutes,
			script.Str("line", `"Name: value\r\n"`), script.Opt(script.Str("before", "header name")), insertHeader),
		script.Func1("remove_hf", "Remove all headers of a name.", messageRoutes, script.Str("name", "header name"), removeHeader),
		script.Func1("is_present_hf", "Whether a header is there.", messageRoutes, script.Str("name", "header name"), isPresent),
		script.Func1("append_to_reply", "Add a header to replies made here.", script.R|script.F|script.B|script.E,
			script.Str("line", `"Name: value\r\n"`), appendToReply),
	}
}

func yes(b bool) script.Ret {
	if b {
		return 1
	}
	return -1
}

// isMethod looks at the CSeq in a reply, as OpenSIPS does.
func isMethod(c *script.Ctx, methods []byte) script.Ret {
	m := proxy.From(c).Msg()
	name := m.MethodName()
	if !m.IsRequest() {
		name = m.CSeqMethodName()
	}
	for len(methods) > 0 {
		one, rest, _ := bytes.Cut(methods, bar)
		if sipparse.EqualFold(one, name) {
			return 1
		}
		methods = rest
	}
	return -1
}

var bar = []byte{'|'}

func hasToTag(c *script.Ctx) script.Ret { return yes(len(proxy.From(c).Msg().ToTag()) > 0) }

func appendHeader(c *script.Ctx, line, after []byte) script.Ret {
	if !sipparse.IsHeaderLines(line) {
		return -1
	}
	x := proxy.From(c)
	m := x.Msg()
	if after != nil {
		if i := m.FindName(after, 0); i >= 0 {
			x.Edits.InsertAfter(m, i, line)
			return 1
		}
	}
	x.Edits.AppendHeader(m, line)
	return 1
}

func insertHeader(c *script.Ctx, line, before []byte) script.Ret {
	x := proxy.From(c)
	m := x.Msg()
	i := 0
	if before != nil {
		i = m.FindName(before, 0)
	}
	if !sipparse.IsHeaderLines(line) || i < 0 || m.NHeaders() == 0 {
		return -1
	}
	x.Edits.InsertBefore(m, i, line)
	return 1
}

func removeHeader(c *script.Ctx, name []byte) script.Ret {
	x := proxy.From(c)
	m := x.Msg()
	found := script.Ret(-1)
	for i := m.FindName(name, 0); i >= 0; i = m.FindName(name, i+1) {
		x.Edits.DeleteHeader(m, i)
		found = 1
	}
	return found
}

func isPresent(c *script.Ctx, name []byte) script.Ret {
	return yes(proxy.From(c).Msg().FindName(name, 0) >= 0)
}

func appendToReply(c *script.Ctx, line []byte) script.Ret {
	if !sipparse.IsHeaderLines(line) {
		return -1
	}
	proxy.From(c).Req.AppendToReply(line)
	return 1
}
