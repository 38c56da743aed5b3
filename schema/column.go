package schema

import "strconv"

// The columns of all tables are written with these.

// never is the time of what was not modified yet.
const never = "'1900-01-01 00:00:01'"

func serial(name string) Column { return Column{Name: name, Type: Serial} }

// str is a text that is empty if not given; mustStr has to be given, optStr is NULL.
func str(name string, size int) Column {
	return Column{Name: name, Type: String, Size: size, Default: "''"}
}
func mustStr(name string, size int) Column { return Column{Name: name, Type: String, Size: size} }
func optStr(name string, size int) Column {
	return Column{Name: name, Type: String, Size: size, Null: true}
}

// num is a number with a default; must has to be given, opt is NULL.
func num(name string, t Type, n int) Column {
	return Column{Name: name, Type: t, Default: strconv.Itoa(n)}
}
func must(name string, t Type) Column { return Column{Name: name, Type: t} }
func opt(name string, t Type) Column  { return Column{Name: name, Type: t, Null: true} }

// or gives a column another default, a literal of SQL.
func (c Column) or(literal string) Column {
	c.Default = literal
	return c
}

func modified() Column { return Column{Name: "last_modified", Type: Time, Default: never} }

func unique(name string, columns ...string) Index { return Index{name, true, columns} }
func index(name string, columns ...string) Index  { return Index{name, false, columns} }
