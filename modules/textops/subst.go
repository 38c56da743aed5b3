package textops

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func substFuncs() []*script.Func {
	s := script.SubstParam("subst", "/expression/replacement/flags")
	return []*script.Func{
		script.Func1("subst", "Replace by a substitution as sed's, from the first header on.", routes, s, subst(message)),
		script.Func1("subst_uri", "Replace by a substitution in the Request-URI, seen at once.", script.R|script.F|script.O|script.B, s, substURI),
		script.Func1("subst_user", "Replace by a substitution in the user of the Request-URI, seen at once.", script.R|script.F|script.O|script.B, s, substUser),
		script.Func1("subst_body", "Replace by a substitution in the body.", routes, s, subst(body)),
	}
}

// matches returns where s matches in b: all, or the first. Ok is false if one is empty.
func matches(s *script.Subst, b []byte) (list [][]int, ok bool) {
	n := 1
	if s.All {
		n = -1
	}
	list = s.Re.FindAllSubmatchIndex(b, n)
	for _, loc := range list {
		if loc[0] == loc[1] {
			return nil, false
		}
	}
	return list, len(list) > 0
}

func subst(in region) func(*script.Ctx, *script.Subst) script.Ret {
	return func(c *script.Ctx, s *script.Subst) script.Ret {
		x := proxy.From(c)
		m := x.Msg()
		at := in(m)
		b, uri := at.Of(m.Buf()), x.WorkingURI() // \u is nothing in a reply
		locs, ok := matches(s, b)
		if !ok {
			return -1
		}
		var list []change
		for _, loc := range locs {
			text, ok := s.Append(c, nil, b, loc, uri)
			if !ok {
				return -1
			}
			list = append(list, change{sipparse.Span{Off: at.Off + uint32(loc[0]), End: at.Off + uint32(loc[1])}, text})
		}
		return commitAll(c, "subst", list)
	}
}

// substituted returns b after the substitution.
func substituted(c *script.Ctx, s *script.Subst, b, uri []byte) (out []byte, ok bool) {
	locs, ok := matches(s, b)
	at := 0
	for _, loc := range locs {
		out = append(out, b[at:loc[0]]...)
		if out, ok = s.Append(c, out, b, loc, uri); !ok || len(out) > maxURI {
			return nil, false
		}
		at = loc[1]
	}
	return append(out, b[at:]...), ok
}

// maxURI bounds what is made of a URI; a longer one is refused anyway.
const maxURI = 4096

func substURI(c *script.Ctx, s *script.Subst) script.Ret {
	x := proxy.From(c)
	uri := x.WorkingURI()
	if uri == nil {
		return -1
	}
	out, ok := substituted(c, s, uri, uri)
	return yes(ok && x.SetWorkingURI(out))
}

func substUser(c *script.Ctx, s *script.Subst) script.Ret {
	x := proxy.From(c)
	b := x.WorkingURI()
	var u sipparse.URI
	if b == nil || sipparse.ParseURI(b, &u) != sipparse.OK || u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS {
		return -1
	}
	user, ok := substituted(c, s, u.User.Of(b), b)
	if !ok {
		return -1
	}
	rest := u.Host.Off // a password stays
	if !u.Password.IsZero() {
		rest = u.User.End
	}
	out := append(append([]byte(nil), b[:u.SchemeSpan.End+1]...), user...)
	if len(user) > 0 && u.Password.IsZero() {
		out = append(out, '@')
	}
	if len(user) == 0 {
		rest = u.Host.Off
	}
	return yes(x.SetWorkingURI(append(out, b[rest:]...)))
}
