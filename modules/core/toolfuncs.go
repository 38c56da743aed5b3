package core

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/sipparse"
)

// toolFunctions build URIs, tell the time and what state the proxy is in.
func toolFunctions(r *script.Registry) []*script.Func {
	return []*script.Func{
		script.Func6("construct_uri", "Put a URI together. -1: what comes of it is none, or the variable refuses it.", script.All,
			script.Str("scheme", "sip or sips"), script.Opt(script.Str("user", "user; empty for none")), script.Str("host", "host"),
			script.Opt(script.Str("port", "port; empty for none")), script.Opt(script.Str("params", "URI parameters, without the first semicolon")),
			script.Out("result", "variable that gets the URI"), constructURI),
		script.Func2("get_timestamp", "Write the time into two variables, both of one moment.", script.All,
			script.Out("seconds", "since 1970"), script.Out("microseconds", "of that second"), getTimestamp),
		script.Func0("avp_print", "Log all AVPs, the newest first, at level info.", script.All,
			func(c *script.Ctx) script.Ret { return avpPrint(c, r) }),
		script.Func2("sr_check_status", "The status of what a module reports about: positive when it can be used, negative when not, or when there is none such.", script.All,
			reportGroup(r), script.Opt(script.Str("identifier", "which of the group's; omitted: main; all: 1 if all are positive, else -1")), checkStatus),
	}
}

func constructURI(c *script.Ctx, scheme, user, host, port, params []byte, to script.VarRef) script.Ret {
	if len(scheme) == 0 || len(host) == 0 {
		return -1
	}
	b := c.Alloc(len(scheme) + len(user) + len(host) + len(port) + len(params) + len(":@:;"))[:0]
	b = append(append(b, scheme...), ':')
	if len(user) > 0 {
		b = append(append(b, user...), '@')
	}
	b = append(b, host...)
	if len(port) > 0 {
		b = append(append(b, ':'), port...)
	}
	if len(params) > 0 {
		b = append(append(b, ';'), params...)
	}
	var u sipparse.URI
	return yes(sipparse.ParseURI(b, &u) == sipparse.OK && to.Set(c, script.StrValue(b)))
}

func getTimestamp(c *script.Ctx, sec, usec script.VarRef) script.Ret {
	now := proxy.From(c).Loop().Wall()
	return yes(sec.Set(c, script.IntValue(int32(now.Unix()))) && usec.Set(c, script.IntValue(int32(now.Nanosecond()/1000))))
}

// levelInfo is OpenSIPS's L_INFO.
const levelInfo = 3

func avpPrint(c *script.Ctx, r *script.Registry) script.Ret {
	c.AVPs().Each(r, func(name []byte, v script.Value) {
		text, _ := c.Text(v)
		quoted := strconv.Quote(string(text)) // what peers have sent cannot make lines of its own
		c.Log(levelInfo, fmt.Appendf(nil, "core: $avp(%s) = <%s>", name, quoted[1:len(quoted)-1]))
	})
	return 1
}

// reportGroup is the name of the core or of a loaded module.
func reportGroup(r *script.Registry) script.Param[string] {
	return parsed("group", "core, or the name of a module", func(text []byte) (string, error) {
		name := strings.ToLower(string(text))
		if name == proxy.CoreReports || r.Modules[name] {
			return name, nil
		}
		hint := ""
		names := func(yield func(string) bool) {
			for m := range r.Modules {
				if !yield(m) {
					return
				}
			}
			yield(proxy.CoreReports)
		}
		if near := syntax.Nearest(name, names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return "", &script.Refusal{Msg: fmt.Sprintf("no loaded module is called %q", text), Hint: hint}
	})
}

func checkStatus(c *script.Ctx, group string, identifier []byte) script.Ret {
	return script.Ret(proxy.From(c).Proxy().Reports().Check(group, string(identifier)))
}

// parsed is a parameter of text that a literal and a variable are parsed of alike.
func parsed[T any](name, doc string, parse func([]byte) (T, error)) script.Param[T] {
	return script.Parsed(name, doc, func(text string) (T, error) { return parse([]byte(text)) },
		func(_ *script.Ctx, text []byte) (T, bool) {
			v, err := parse(text)
			return v, err == nil
		})
}
