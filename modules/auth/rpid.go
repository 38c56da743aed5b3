package auth

import (
	"bytes"
	"fmt"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// rpid is Remote-Party-ID: who a caller is, from an $avp that load_credentials of auth_db
// or the script sets.
type rpid struct {
	prefix, suffix, spec string
	value                script.VarRef
}

func (r *rpid) parameters(p *module.Params) {
	p.String(&r.prefix, "rpid_prefix", "", "put before the value by append_rpid_hf()")
	p.String(&r.suffix, "rpid_suffix", ";party=calling;id-type=subscriber;screen=yes", "put behind it")
	p.Checked(&r.spec, "rpid_avp", "$avp(rpid)", `$avp with the value of Remote-Party-ID; "": there is none`, func(s string) error {
		if name, err := script.VarText(s); s != "" && (err != nil || name != "avp") {
			return fmt.Errorf(`%q is no $avp: write "$avp(rpid)"`, s)
		}
		return nil
	})
}

func (r *rpid) functions() []*script.Func {
	return []*script.Func{
		script.Func0("is_rpid_user_e164", "Whether the URI in the $avp of rpid_avp has a telephone number, + and 2 to 15 digits, as its user.", script.R, r.isE164),
		script.Func2("append_rpid_hf", "Add Remote-Party-ID with the $avp of rpid_avp. -1: it has no text.", script.R|script.F|script.B,
			script.Opt(script.Str("prefix", "instead of rpid_prefix")), script.Opt(script.Str("suffix", "instead of rpid_suffix")), r.append),
	}
}

// get reads the $avp.
func (r *rpid) get(c *script.Ctx) (text []byte, ok bool) {
	if !r.value.Valid() {
		return nil, false
	}
	v := r.value.Get(c)
	return v.Str, isText(v)
}

func (r *rpid) isE164(c *script.Ctx) script.Ret {
	text, ok := r.get(c)
	var n sipparse.NameAddr
	var u sipparse.URI
	if !ok || sipparse.ParseNameAddr(text, &n) != sipparse.OK {
		return -1
	}
	uri := n.URI.Of(text)
	if sipparse.ParseURI(uri, &u) != sipparse.OK || !isE164(u.User.Of(uri)) {
		return -1
	}
	return 1
}

func isE164(b []byte) bool {
	if len(b) < 3 || len(b) > 16 || b[0] != '+' {
		return false
	}
	for _, d := range b[1:] {
		if d < '0' || d > '9' {
			return false
		}
	}
	return true
}

func (r *rpid) append(c *script.Ctx, prefix, suffix []byte) script.Ret {
	x := proxy.From(c)
	text, ok := r.get(c)
	if !ok || !x.HasRequest() {
		return -1
	}
	if prefix == nil {
		prefix = []byte(r.prefix)
	}
	if suffix == nil {
		suffix = []byte(r.suffix)
	}
	line := append(c.Alloc(len("Remote-Party-ID: \r\n") + len(prefix) + len(text) + len(suffix))[:0], "Remote-Party-ID: "...)
	line = append(append(append(append(line, prefix...), text...), suffix...), "\r\n"...)
	if !sipparse.IsHeaderLines(line) || bytes.Count(line, []byte{'\n'}) > 1 {
		c.LogError("auth: append_rpid_hf: this is no header: %.200q", line)
		return -1
	}
	x.Edits.AppendHeader(&x.Req.Msg, line)
	return 1
}
