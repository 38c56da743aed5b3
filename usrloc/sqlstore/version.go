package sqlstore

import (
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
)

// Version is that of the table, as the table version has it.
const Version = 1013

// checkVersion reads which version a table has.
func (x *loading) checkVersion(t *table) error {
	name := t.name[strings.LastIndexByte(t.name, '.')+1:]
	a, err := x.ask(0, t.sql.version, func(q db.Query) { q.Bind(db.TextArg([]byte(name))) })
	if err != nil {
		return fmt.Errorf("the version of table %s cannot be read: %w%s", t.name, err, x.hint("create", name, err))
	}
	switch {
	case len(a) == 0:
		return fmt.Errorf("the table version has no row for %s%s", name, x.hint("create", name, nil))
	case a[0] < Version:
		return fmt.Errorf("table %s has version %d, and %d is needed%s", name, a[0], Version, x.hint("migrate", name, nil))
	case a[0] > Version:
		return fmt.Errorf("table %s has version %d, and fastsips knows %d; skip_version_check = 1 of module usrloc has it used all the same", name, a[0], Version)
	}
	return nil
}

// hint says what to do. A database that is away wants no table made.
func (x *loading) hint(command, table string, err error) string {
	if noAnswer(err) {
		return ""
	}
	u, err := db.ParseURL(x.b.cfg.URL)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("; fastsips db %s --url %s %s", command, u, table)
}
