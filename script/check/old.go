package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// What configurations for OpenSIPS 1.x to 3.x write in another way is understood: the
// tree is changed to the present form, and a deprecation tells the operator.

// An oldVar is the present form of a variable: its name, and what it has in parentheses.
type oldVar struct{ name, inner string }

// oldVars are variables that have another name today.
var oldVars = map[string]oldVar{
	"Ri": {"socket_in", "ip"}, "Rp": {"socket_in", "port"}, "pr": {"socket_in", "proto"}, "proto": {"socket_in", "proto"},
	"af": {"socket_in", "af"}, "bF": {"bf", ""}, "mF": {"mf", ""}, "sf": {"mf", ""}, "sF": {"mf", ""},
}

// oldFuncs are functions that have another name today, with the same arguments.
var oldFuncs = map[string]string{
	"append_branch": "append_branch_old", "remove_branch": "remove_msg_branch", "move_branch": "move_msg_branch",
	"swap_branches": "swap_msg_branches", "rewritehost": "sethost", "rewritehostport": "sethostport", "rewriteport": "setport",
	"rewriteuser": "setuser", "rewriteuserpass": "setuserpass", "rewriteuri": "seturi", "avp_db_query": "sql_query",
	"avp_db_load": "sql_avp_load", "avp_db_store": "sql_avp_store", "avp_db_delete": "sql_avp_delete",
	"avp_printf": "pv_printf", "unforce_rtp_proxy": "rtpproxy_unforce", "sip_trace": "trace", "exec_msg": "exec",
	"search_append_hf": "append_hf", "sl_send_reply_error": "sl_reply_error",
}

// goneFuncs are functions without a successor of the same form: what to write instead.
var goneFuncs = map[string]string{
	"is_avp_set":         "compare it: if ($avp(x) != NULL)",
	"avp_delete":         "assign: $(avp(x)[*]) = NULL",
	"avp_copy":           "assign: $avp(y) = $avp(x)",
	"avp_pushto":         "assign: $ru = $avp(x)",
	"avp_write":          "assign: $avp(x) = $ru",
	"avp_check":          "compare it: if ($avp(x) == $ru)",
	"avp_op":             "assign: $avp(x) = $avp(x) + 1",
	"avp_subst":          "use a transformation: $(avp(x){re.subst,/a/b/})",
	"avp_insert":         "assign: $(avp(x)[append]) = \"value\"",
	"ifelse":             "write if (...) ... else ...",
	"fetch_event_params": "the parameters of an event are $param(name) in its event_route",
	"exec_avp":           "write exec(command, , $var(output))",
	"exec_dset":          "write exec(command, , $ru)",
	"setdebug":           "assign: $log_level = 4",
	"t_write_fifo":       "use t_write_unix()",
	"force_rtp_proxy":    "use rtpproxy_offer() and rtpproxy_answer()",
	"use_media_proxy":    "use engage_media_proxy()",
	"msg_apply_changes":  "that is Kamailio's: edits are applied when the message is sent",
	"t_release":          "a transaction ends by itself",
}

// renewFunction gives a call its present name.
func (c *checker) renewFunction(x *syntax.Call) *script.Func {
	f := c.r.Funcs[x.Name]
	if now := oldFuncs[x.Name]; f == nil && c.r.Funcs[now] != nil {
		f = c.r.Funcs[now]
	}
	if f != nil && f.Name != x.Name {
		c.d.Deprecated(x.Span, x.Name+" is an old name", "it is "+f.Name+" now")
		x.Name = f.Name
	}
	return f
}

// renewVariable gives a variable its present name, and takes the s: or i: off the name
// of an AVP.
func (c *checker) renewVariable(v *syntax.Var) {
	if now, ok := oldVars[v.Name]; ok && c.r.Vars[now.name] != nil && !v.HasInner {
		form := "$" + now.name
		old := v.Name
		v.Name = now.name
		if now.inner != "" {
			form += "(" + now.inner + ")"
			v.Inner, v.HasInner, v.InnerSpan = []syntax.Part{{Text: now.inner}}, true, v.Span
		}
		c.d.Deprecated(v.Span, "$"+old+" is an old name", "it is "+form+" now")
	}
	if v.Name == "avp" && len(v.Inner) > 0 && v.Inner[0].Var == nil {
		c.renewAVP(v)
	}
}

// renewAVP turns $avp(s:name) and $avp(i:12) into $avp(name) and $avp(12): names have no
// types any more.
func (c *checker) renewAVP(v *syntax.Var) {
	text := v.Inner[0].Text
	if !strings.HasPrefix(text, "s:") && !strings.HasPrefix(text, "i:") {
		return
	}
	parts := append([]syntax.Part(nil), v.Inner...)
	if parts[0].Text = text[2:]; parts[0].Text == "" {
		parts = parts[1:]
	}
	v.Inner = parts
	c.d.Deprecated(v.InnerSpan, "the names of AVPs have no type", "write it without "+text[:2])
}

// renewArgument returns the present form of an argument that is quoted and should not be,
// or not quoted and should be; else a itself.
func (c *checker) renewArgument(fn string, p *script.ParamInfo, a syntax.Expr) syntax.Expr {
	switch a := a.(type) {
	case *syntax.StrLit:
		return c.unquoted(fn, p, a)
	case *syntax.NumLit:
		text := strconv.Itoa(int(a.Value))
		switch {
		case p.Kind == script.ParamStatic && p.Name == "flag":
			c.d.Deprecated(a.Span, fn+": flags have names", `write "`+text+`"`)
		case p.Kind == script.ParamStr && oldNumbers[fn]:
			c.d.Deprecated(a.Span, fn+": argument "+p.Name+" needs quotes", `write "`+text+`"`)
		default:
			return a
		}
		return quoted(a.Span, text)
	case *syntax.IPLit:
		if p.Kind == script.ParamStr {
			c.d.Deprecated(a.Span, fn+": argument "+p.Name+": an address needs quotes", `write "`+a.Text+`"`)
			return quoted(a.Span, a.Text)
		}
	}
	return a
}

// oldNumbers are functions with strings that used to be numbers.
var oldNumbers = map[string]bool{"set_advertised_port": true, "setport": true, "prefix": true}

func quoted(at syntax.Span, text string) *syntax.StrLit {
	return &syntax.StrLit{Span: at, Value: text, Parts: []syntax.Part{{Text: text}}, Static: true}
}

// unquoted takes a number or a variable out of its quotes where one is wanted.
func (c *checker) unquoted(fn string, p *script.ParamInfo, lit *syntax.StrLit) syntax.Expr {
	one := onlyVar(lit)
	switch {
	case lit.Broken || len(lit.Faults) > 0:
	case one != nil && (p.Kind == script.ParamInt || p.Kind == script.ParamVar || p.Kind == script.ParamOut):
		c.d.Deprecated(lit.Span, fmt.Sprintf("%s: argument %s: a variable needs no quotes", fn, p.Name), "write "+lit.Value)
		return one
	case p.Kind == script.ParamInt && lit.Static:
		n, err := strconv.ParseInt(strings.TrimSpace(lit.Value), 10, 32)
		if err != nil {
			return lit
		}
		c.d.Deprecated(lit.Span, fmt.Sprintf("%s: argument %s: a number needs no quotes", fn, p.Name), fmt.Sprintf("write %d", n))
		return &syntax.NumLit{Span: lit.Span, Value: int32(n)}
	}
	return lit
}
