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

func subst(in region) func(*script.Ctx, *script.Substitution) script.Ret {
	return func(c *script.Ctx, s *script.Substitution) script.Ret {
		x := proxy.From(c)
		m := x.Msg()
		at := in(m)
		b, uri := at.Of(m.Buf()), x.WorkingURI() // \u is nothing in a reply
		locs, ok := s.Matches(b)
		if !ok || len(locs) == 0 {
			return -1
		}
		var list []change
		size := 0
		for _, loc := range locs {
			text, ok := s.Append(c, nil, b, loc, uri)
			if size += len(text); !ok || !x.Room(size) {
				return -1
			}
			list = append(list, change{sipparse.Span{Off: at.Off + uint32(loc[0]), End: at.Off + uint32(loc[1])}, text})
		}
		return commitAll(c, "subst", list)
	}
}

// maxURI bounds what is made of a URI; a longer one is refused anyway.
const maxURI = 4096

func substURI(c *script.Ctx, s *script.Substitution) script.Ret {
	x := proxy.From(c)
	uri := x.WorkingURI()
	if uri == nil {
		return -1
	}
	out, n, ok := s.Apply(c, uri, uri, maxURI)
	return yes(ok && n > 0 && x.SetWorkingURI(out))
}

func substUser(c *script.Ctx, s *script.Substitution) script.Ret {
	x := proxy.From(c)
	b := x.WorkingURI()
	var u sipparse.URI
	if b == nil || sipparse.ParseURI(b, &u) != sipparse.OK || u.Scheme != sipparse.SchemeSIP && u.Scheme != sipparse.SchemeSIPS {
		return -1
	}
	user, n, ok := s.Apply(c, u.User.Of(b), b, maxURI)
	if !ok || n == 0 {
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
