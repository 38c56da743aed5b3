package db

import (
	"fmt"
	"strconv"
	"strings"
)

// Prepare makes q carry out s: in q's own way, or as SQL. The values are bound
// afterwards. An error names what is no name in s; q is unchanged then. Whoever has
// the same Statement again and again compiles it once and uses SetText.
func Prepare(d Database, q Query, s *Statement) error {
	if n, ok := q.(Native); ok {
		n.SetStatement(s)
		return nil
	}
	text, err := d.Dialect().Compile(nil, s)
	if err == nil {
		q.SetText(text)
	}
	return err
}

// Compile appends s as SQL to b.
func (d *Dialect) Compile(b []byte, s *Statement) ([]byte, error) {
	c := compiler{Dialect: d, b: b}
	switch s.Verb {
	case Select:
		c.add("SELECT ")
		c.columns(s.Columns)
		c.add(" FROM ")
		c.name(s.Table)
		c.where(s)
		c.order(s.Order)
		if s.Limit > 0 {
			c.add(" LIMIT ")
			c.b = strconv.AppendInt(c.b, int64(s.Limit), 10)
		}
	case Insert:
		c.add("INSERT INTO ")
		c.insert(s)
	case Replace:
		c.replace(s)
	case Update:
		c.add("UPDATE ")
		c.name(s.Table)
		c.add(" SET ")
		c.list(s.Set, ", ", func(col string) { c.name(col); c.add(" = "); c.value() })
		c.where(s)
	case Delete:
		c.add("DELETE FROM ")
		c.name(s.Table)
		c.where(s)
	}
	return c.b, c.err
}

// A compiler writes one statement. After the first error it only goes on.
type compiler struct {
	*Dialect
	b    []byte
	args int
	err  error
}

func (c *compiler) add(s string) { c.b = append(c.b, s...) }

func (c *compiler) fail(what, s string) {
	if c.err == nil {
		c.err = fmt.Errorf("%q is no %s", s, what)
	}
}

// value writes the next placeholder.
func (c *compiler) value() {
	c.args++
	if !c.Numbered {
		c.b = append(c.b, '?')
		return
	}
	c.b = append(c.b, '$')
	c.b = strconv.AppendInt(c.b, int64(c.args), 10)
}

// list writes each of items, with sep between them.
func (c *compiler) list(items []string, sep string, each func(string)) {
	for i, s := range items {
		if i > 0 {
			c.add(sep)
		}
		each(s)
	}
}

// name quotes a name, each part of "schema.table" by itself.
func (c *compiler) name(s string) {
	if !isName(s) {
		c.fail("name of a table or column", s)
		return
	}
	if c.Lower {
		s = strings.ToLower(s)
	}
	c.list(strings.Split(s, "."), ".", func(part string) {
		c.b = append(append(append(c.b, c.Quote), part...), c.Quote)
	})
}

// isName reports whether s is letters, digits, _ and -, with single dots between.
func isName(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for i := range len(part) {
			if ch := part[i]; (ch|0x20 < 'a' || ch|0x20 > 'z') && (ch < '0' || ch > '9') && ch != '_' && ch != '-' && ch < 0x80 {
				return false
			}
		}
	}
	return true
}

// columns writes what is to be selected: names, "*", or "function(name)".
func (c *compiler) columns(list []string) {
	if len(list) == 0 {
		c.add("*")
		return
	}
	c.list(list, ", ", func(s string) {
		fn, arg, call := strings.Cut(s, "(")
		switch inner, closed := strings.CutSuffix(arg, ")"); {
		case !call:
			c.star(s)
		case closed && isName(fn) && !strings.ContainsAny(fn, ".-"):
			c.add(fn)
			c.add("(")
			c.star(inner)
			c.add(")")
		default:
			c.fail("column", s)
		}
	})
}

func (c *compiler) star(s string) {
	if s == "*" {
		c.add(s)
		return
	}
	c.name(s)
}

// operators are how the Ops are written, before a value.
var operators = [...]string{Equal: " = ", NotEqual: " <> ", Less: " < ", LessEqual: " <= ", Greater: " > ", GreaterEqual: " >= ",
	Like: " LIKE ", NotLike: " NOT LIKE ", IsNull: " IS NULL", NotNull: " IS NOT NULL"}

func (c *compiler) where(s *Statement) {
	and := " AND "
	if s.Any {
		and = " OR "
	}
	for i, x := range s.Where {
		c.add([]string{" WHERE ", and}[min(i, 1)])
		c.name(x.Column)
		c.add(operators[x.Op])
		if x.Op != IsNull && x.Op != NotNull {
			c.value()
		}
	}
}

// order writes "a, b DESC".
func (c *compiler) order(s string) {
	if s == "" {
		return
	}
	c.add(" ORDER BY ")
	c.list(strings.Split(s, ","), ", ", func(item string) {
		words := strings.Fields(item)
		if len(words) == 0 || len(words) > 2 {
			c.fail("order", s)
			return
		}
		c.name(words[0])
		if len(words) == 2 {
			switch dir := strings.ToUpper(words[1]); dir {
			case "ASC", "DESC":
				c.add(" " + dir)
			default:
				c.fail("order", s)
			}
		}
	})
}

// insert writes what follows INSERT INTO.
func (c *compiler) insert(s *Statement) {
	c.name(s.Table)
	c.add(" (")
	c.list(s.Set, ", ", c.name)
	c.add(") VALUES ")
	for i := range max(s.Rows, 1) {
		c.add([]string{"(", ", ("}[min(i, 1)])
		c.list(s.Set, ", ", func(string) { c.value() })
		c.add(")")
	}
}

func (c *compiler) replace(s *Statement) {
	if c.Replace == ReplaceInto {
		c.add("REPLACE INTO ")
		c.insert(s)
		return
	}
	if len(s.Key) == 0 {
		c.fail("table whose key is known, which a REPLACE needs here", s.Table)
	}
	c.add("INSERT INTO ")
	c.insert(s)
	c.add(" ON CONFLICT (")
	c.list(s.Key, ", ", c.name)
	c.add(") DO UPDATE SET ")
	c.list(s.Set, ", ", func(col string) { c.name(col); c.add(" = EXCLUDED."); c.name(col) })
}

// IsColumn reports whether s can be a column of a Statement: a name, "*" or
// "function(name)".
func IsColumn(s string) bool {
	c := compiler{Dialect: SQLite}
	c.columns([]string{s})
	return c.err == nil
}
