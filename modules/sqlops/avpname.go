package sqlops

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/script"
)

// An avpName says which $avps are meant, and in which table.
type avpName struct {
	name   func(*script.Ctx) ([]byte, bool) // nil: all
	table  string                           // "": the usual one
	scheme *scheme
}

// in returns the table, usual unless it is named.
func (n *avpName) in(usual string) string {
	if n.table != "" {
		return n.table
	}
	return usual
}

// loadName reads "$avp(name)", "a", "*", "s" or "i", with "/table" or, if schemes may be,
// "/$scheme" behind it.
func (m *Module) loadName(l *script.Literal, schemes bool) (*avpName, error) {
	n, rest := new(avpName), l.Pieces
	if len(rest) > 0 && rest[0].IsVar() {
		p := &rest[0]
		if p.Name() != "avp" {
			return nil, &script.Refusal{Msg: "$" + p.Name() + " is no $avp"}
		}
		if n.name = nameOf(p); n.name == nil {
			return n, nil // reported
		}
		rest = rest[1:]
	}
	if len(rest) == 0 {
		if n.name == nil {
			return nil, errWhich
		}
		return n, nil
	}
	text, table, has := strings.Cut(rest[0].Text, "/")
	if n.name != nil && (text != "" || !has) || n.name == nil && !isAll(text) {
		return nil, errWhich
	}
	switch {
	case !has:
	case len(rest) == 2 && table == "" && rest[1].IsVar() && rest[1].Inner() == "":
		return n, m.useScheme(n, rest[1].Name(), schemes)
	case len(rest) > 1 || table == "":
		return nil, fmt.Errorf(`behind the / is the name of a table`)
	}
	n.table = table
	return n, nil
}

var errWhich = &script.Refusal{Msg: "this says not which $avps are meant", Hint: `write "$avp(name)", or "a" for all`}

// isAll reports whether text is one of OpenSIPS's words for all $avps; flags, a number,
// may follow, and mean nothing.
func isAll(text string) bool {
	if text == "" || !strings.ContainsRune("*aAsSiI", rune(text[0])) {
		return false
	}
	_, err := strconv.ParseUint(text[1:], 10, 16)
	return len(text) == 1 || err == nil
}

// nameOf returns what tells the name of an $avp; nil if something is wrong with it.
func nameOf(p *script.Piece) func(*script.Ctx) ([]byte, bool) {
	if s := p.Inner(); s != "" {
		name := []byte(s)
		return func(*script.Ctx) ([]byte, bool) { return name, true }
	}
	v := p.Ref()
	if !v.Valid() {
		return nil
	}
	return func(c *script.Ctx) ([]byte, bool) {
		_, a, done := v.Named(c)
		defer done()
		if a == nil || len(a.Name) == 0 {
			return nil, false
		}
		return c.Copy(a.Name), true
	}
}

func (m *Module) useScheme(n *avpName, name string, may bool) error {
	switch x := m.schemes[strings.ToLower(name)]; {
	case !may:
		return &script.Refusal{Msg: "a db_scheme is for loading only"}
	case n.name == nil:
		return &script.Refusal{Msg: "a db_scheme is for one $avp", Hint: `write "$avp(name)/$` + name + `"`}
	case x == nil:
		return &script.Refusal{Msg: "there is no db_scheme " + name, Hint: hintSchemes(m.schemes)}
	default:
		n.scheme = x
		return nil
	}
}

func hintSchemes(m map[string]*scheme) string {
	if len(m) == 0 {
		return ""
	}
	return "there are " + strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// A scheme is a db_scheme: another table, of one value for each user.
type scheme struct {
	table, uuid, user, domain, value string
	asInt                            bool
}

// addScheme reads "name:table=t;uuid_col=u;value_col=v;value_type=integer".
func (t *prefs) addScheme(s string) error {
	name, rest, ok := strings.Cut(s, ":")
	if name = strings.ToLower(strings.TrimSpace(name)); !ok || name == "" {
		return fmt.Errorf("a db_scheme begins with its name and a colon")
	}
	if t.schemes[name] != nil {
		return fmt.Errorf("there are two db_schemes %s", name)
	}
	x := new(scheme)
	fields := map[string]*string{"table": &x.table, "uuid_col": &x.uuid, "username_col": &x.user, "domain_col": &x.domain, "value_col": &x.value}
	for item := range strings.SplitSeq(strings.TrimRight(rest, "; "), ";") {
		key, value, _ := strings.Cut(item, "=")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch to := fields[key]; {
		case to != nil && value != "":
			*to = value
		case key == "value_type" && (value == "integer" || value == "string"):
			x.asInt = value == "integer"
		default:
			return fmt.Errorf("%q is no element of a db_scheme; there are table, uuid_col, username_col, domain_col, value_col and value_type=integer or string", strings.TrimSpace(item))
		}
	}
	if t.schemes == nil {
		t.schemes = map[string]*scheme{}
	}
	t.schemes[name] = x
	return nil
}
