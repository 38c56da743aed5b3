package sqlops

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A source says whose preferences are meant: a uuid, or parts of a URI.
type source struct {
	fixed []byte
	v     script.VarRef
	as    part
}

// A part is what of a source counts.
type part uint8

const (
	asUUID part = iota
	asURI
	asUser
	asDomain
)

var parts = map[string]part{"uuid": asUUID, "uri": asURI, "username": asUser, "domain": asDomain}

// uris are the variables that are URIs unless something else is said.
var uris = []string{"ru", "fu", "tu", "ou"}

// loadSource reads "$fu", "$ru/username", "$avp(uuid)" or "some-uuid".
func loadSource(l *script.Literal) (*source, error) {
	src, rest := new(source), l.Pieces
	if len(rest) > 0 && rest[0].IsVar() {
		src.v = rest[0].Ref()
		if slices.Contains(uris, rest[0].Name()) {
			src.as = asURI
		}
		rest = rest[1:]
	}
	if len(rest) > 1 || len(rest) == 1 && rest[0].IsVar() {
		return nil, fmt.Errorf(`a source is one variable or one text: "$fu", "$fu/username"`)
	}
	if len(rest) == 0 {
		return src, nil
	}
	text, flag, has := strings.Cut(rest[0].Text, "/")
	if has {
		as, known := parts[strings.ToLower(flag)]
		if !known {
			return nil, &script.Refusal{Msg: fmt.Sprintf("%q is no part of a source", flag), Hint: "there are /username, /domain, /uri and /uuid"}
		}
		src.as = as
	}
	if src.v.Valid() == (text != "") {
		return nil, fmt.Errorf(`a source is one variable or one text: "$fu", "$fu/username"`)
	}
	src.fixed = []byte(text)
	return src, nil
}

// An identity is what a row must have; nil is not looked at.
type identity struct{ uuid, user, host []byte }

// in returns whose preferences are meant in a run. False: there is no such thing in it.
func (s *source) in(c *script.Ctx, useDomain bool) (id identity, ok bool) {
	b := s.fixed
	if s.v.Valid() {
		b, _ = c.Text(s.v.Get(c))
	}
	if len(b) == 0 {
		c.LogError("sqlops: the source has no value")
		return id, false
	}
	if s.as == asUUID {
		id.uuid = b
		return id, true
	}
	var u sipparse.URI
	if sipparse.ParseURI(b, &u) != sipparse.OK {
		c.LogError("sqlops: the source is no URI")
		return id, false
	}
	if s.as != asDomain {
		id.user = u.User.Of(b)
	}
	if s.as == asDomain || s.as == asURI && useDomain {
		id.host = u.Host.Of(b)
	}
	if s.as != asDomain && len(id.user) == 0 || (s.as == asDomain || s.as == asURI) && len(u.Host.Of(b)) == 0 {
		c.LogError("sqlops: the URI of the source has no user, or no domain")
		return id, false
	}
	return id, true
}
