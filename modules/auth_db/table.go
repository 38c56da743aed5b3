package auth_db

import (
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/sipparse"
)

// columns are the names of a database's columns.
type columns struct {
	user, domain               string
	password, sha256, sha512   string
	uriUser, uriDomain, uriURI string
	useDomain                  bool
	loaded                     []string // beside the password
}

// A table is the statements on one, by function.
type table struct {
	name    string
	version int

	secret           [3]statement // of www_authorize, by hash
	exists           statement
	may              statement // whether a user may have a URI
	owner            statement // whose a URI is
	useDomain, plain bool
}

// The versions of OpenSIPS's tables.
const (
	subscriberVersion = 8
	uriVersion        = 2
)

func (x *columns) table(name string, version int) *table {
	t := &table{name: name, version: version}
	key := func(columns ...string) (list []db.Condition) {
		for _, c := range columns {
			list = append(list, db.Condition{Column: c})
		}
		return list
	}
	users, owners := key(x.user, x.domain), key(x.uriURI, x.uriDomain)
	if !x.useDomain {
		users, owners = users[:1], owners[:1]
	}
	if version == uriVersion {
		t.may = t.selects(key(x.uriUser, x.uriDomain, x.uriURI), 1, x.uriUser)
		t.owner = t.selects(owners, 2, x.uriUser, x.uriDomain)
		return t
	}
	for i, secret := range []string{x.password, x.sha256, x.sha512} {
		if secret != "" { // module uri has none
			t.secret[i] = t.selects(users, 1, append([]string{secret}, x.loaded...)...)
		}
	}
	t.exists = t.selects(users, 1, x.user)
	return t
}

// secretFor is the statement that finds what the hash of an algorithm is to be compared
// with.
func (t *table) secretFor(a sipparse.Algorithm) *statement {
	switch a {
	case sipparse.SHA256, sipparse.SHA256Sess:
		return &t.secret[1]
	case sipparse.SHA512256, sipparse.SHA512256Sess:
		return &t.secret[2]
	}
	return &t.secret[0]
}

func (t *table) selects(where []db.Condition, limit int, columns ...string) statement {
	return statement{Statement: db.Statement{Verb: db.Select, Table: t.name, Columns: columns, Where: where, Limit: limit}}
}

// compile writes the statements in a database's SQL.
func (t *table) compile(d *db.Dialect) error {
	for _, s := range []*statement{&t.secret[0], &t.secret[1], &t.secret[2], &t.exists, &t.may, &t.owner} {
		if s.Table == "" {
			continue
		}
		var err error
		if s.text, err = d.Compile(s.text[:0], &s.Statement); err != nil {
			return err
		}
	}
	return nil
}

// A statement is one with its text, which is written once.
type statement struct {
	db.Statement
	text []byte
}

// fill makes q carry it out.
func (s *statement) fill(q db.Query) {
	if n, ok := q.(db.Native); ok {
		n.SetStatement(&s.Statement)
		return
	}
	q.SetText(s.text)
}

// isName reports whether s can be the name of a table or a column.
func isName(s string) bool { return s != "*" && db.IsColumn(s) }
