package core

import (
	"bytes"
	"errors"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// contactVars are the values of the Contact headers, over all lines and commas, and
// their parts.
func contactVars() []*script.Var {
	return []*script.Var{
		{Name: "ct", Doc: "a value of Contact with name and parameters: the first, or the n-th from 0, from the end if negative; [*] all", Indexed: true,
			Get: func(c *script.Ctx, a *script.Arg) script.Value { return getContact(c, a, wholeContact) }},
		{Name: "ct.fields", Doc: "a part of a value of Contact: name, uri, q, expires, methods, received, params. The index is that of $ct",
			Inner: script.NeedsInner, Indexed: true, Bind: bindContactField,
			Get: func(c *script.Ctx, a *script.Arg) script.Value {
				f, ok := a.Key.(contactField)
				if !ok {
					f = contactFields[string(bytes.ToLower(a.Name))]
				}
				if f == nil {
					return script.Null
				}
				return getContact(c, a, f)
			}},
	}
}

// A contactField is a part of a contact; zero if it is not there. The contact goes by
// value: by pointer each would be allocated.
type contactField func(b []byte, x sipparse.Contact) sipparse.Span

var contactFields = map[string]contactField{
	"name":     func(_ []byte, x sipparse.Contact) sipparse.Span { return x.Display },
	"uri":      contactURI,
	"q":        contactParam("q"),
	"expires":  contactParam("expires"),
	"methods":  contactParam("methods"),
	"received": contactParam("received"),
	"params":   contactParams,
}

func bindContactField(inner string) (any, error) {
	if f := contactFields[inner]; f != nil {
		return f, nil
	}
	return nil, errors.New("it is name, uri, q, expires, methods, received or params")
}

func wholeContact(_ []byte, x sipparse.Contact) sipparse.Span { return x.Whole }

func contactURI(_ []byte, x sipparse.Contact) sipparse.Span {
	if x.Star {
		return sipparse.Span{}
	}
	return x.URI
}

// contactParams are all parameters, without the first semicolon.
func contactParams(b []byte, x sipparse.Contact) sipparse.Span {
	s := x.Params
	for s.Off < s.End && (b[s.Off] == ';' || b[s.Off] == ' ' || b[s.Off] == '\t') {
		s.Off++
	}
	return s
}

// contactParam is the value of a parameter, without quotes.
func contactParam(name string) contactField {
	return func(b []byte, x sipparse.Contact) sipparse.Span { return paramValue(b, x.Params, name) }
}

// paramValue is the value of a header parameter, without its quotes; zero if there is
// none.
func paramValue(b []byte, params sipparse.Span, name string) sipparse.Span {
	it := sipparse.ParamsIn(b, params)
	for p := (sipparse.Param{}); it.Next(&p); {
		if sipparse.EqualFoldString(p.Name.Of(b), name) {
			return withoutQuotes(b, p.Value)
		}
	}
	return sipparse.Span{}
}

func withoutQuotes(b []byte, s sipparse.Span) sipparse.Span {
	if s.Len() >= 2 && b[s.Off] == '"' && b[s.End-1] == '"' {
		return sipparse.Span{Off: s.Off + 1, End: s.End - 1}
	}
	return s
}

// getContact reads a field of one contact, or of all. A broken header ends the list.
func getContact(c *script.Ctx, a *script.Arg, field contactField) script.Value {
	m := proxy.From(c).Msg()
	if a.All {
		return joinContacts(c, m, field)
	}
	n, ok := fromFront(a, func() int { return countContacts(m) })
	if !ok {
		return script.Null
	}
	it := m.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); n-- {
		if n == 0 {
			return text(field(m.Buf(), x).Of(m.Buf()))
		}
	}
	noteBroken(c, &it)
	return script.Null
}

// noteBroken tells error_route of a list that has ended at what is no contact.
func noteBroken(c *script.Ctx, it *sipparse.ContactList) {
	if it.Err() != sipparse.OK {
		c.Fail(proxy.BadContact)
	}
}

func countContacts(m *sipparse.Msg) (n int) {
	it := m.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); {
		n++
	}
	return n
}

// joinContacts leaves out those that have no such field.
func joinContacts(c *script.Ctx, m *sipparse.Msg, field contactField) script.Value {
	var j joined
	it := m.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); {
		if s := field(m.Buf(), x); s.Len() > 0 {
			j.count(s)
		}
	}
	noteBroken(c, &it)
	j.alloc(c)
	it = m.Contacts()
	for x := (sipparse.Contact{}); it.Next(&x); {
		if s := field(m.Buf(), x); s.Len() > 0 {
			j.add(s.Of(m.Buf()))
		}
	}
	return j.value()
}
