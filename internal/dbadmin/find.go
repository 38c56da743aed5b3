package dbadmin

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/schema"
)

// catalogues ask a database for its tables, for the columns of one (name, type,
// length, is it NULL, SQLite: how it was declared) and for its indexes (name, unique,
// column, in order). The table's name is the argument.
var catalogues = [...]struct{ tables, columns, indexes string }{
	schema.MySQL: {
		"SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
		"SELECT column_name, data_type, character_maximum_length, is_nullable, '' FROM information_schema.columns" +
			" WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position",
		"SELECT index_name, 1 - non_unique, column_name FROM information_schema.statistics" +
			" WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY' ORDER BY index_name, seq_in_index",
	},
	schema.PostgreSQL: {
		"SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()",
		"SELECT column_name, data_type, character_maximum_length, is_nullable, '' FROM information_schema.columns" +
			" WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
		"SELECT i.relname, CASE WHEN x.indisunique THEN 1 ELSE 0 END, a.attname FROM pg_index x" +
			" JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = t.relnamespace" +
			" CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY AS k(num, pos) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num" +
			" WHERE n.nspname = current_schema() AND t.relname = $1 AND NOT x.indisprimary ORDER BY i.relname, k.pos",
	},
	schema.SQLite: {
		"SELECT name FROM sqlite_master WHERE type = 'table'",
		"SELECT name, type, '', CASE WHEN \"notnull\" OR pk THEN 'NO' ELSE 'YES' END," +
			" name || ' ' || type || COALESCE(' DEFAULT ' || dflt_value, '') || CASE WHEN \"notnull\" THEN ' NOT NULL' ELSE '' END FROM pragma_table_info(?)",
		"SELECT CASE WHEN l.origin = 'u' THEN '' ELSE l.name END, l.\"unique\", i.name FROM pragma_index_list(?) l, pragma_index_info(l.name) i" +
			" WHERE l.origin <> 'pk' ORDER BY l.seq, i.seqno",
	},
}

// tables are the names of the tables that are there, in lower case.
func (d *DB) tables(ctx context.Context) (map[string]bool, error) {
	rows, err := d.query(ctx, catalogues[d.Dialect].tables)
	if err != nil {
		return nil, err
	}
	m := map[string]bool{}
	for _, r := range rows {
		m[strings.ToLower(r[0])] = true
	}
	return m, nil
}

// find looks at a table that is there.
func (d *DB) find(ctx context.Context, table string) (*schema.Found, error) {
	f := &schema.Found{Version: -1}
	f.Doubles = func(columns []string) int { return d.doubles(ctx, table, columns) }
	for _, look := range []func(context.Context, string, *schema.Found) error{d.version, d.columns, d.indexes, d.objects} {
		if err := look(ctx, table, f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (d *DB) version(ctx context.Context, table string, f *schema.Found) error {
	rows, err := d.query(ctx, "SELECT MAX(table_version) FROM version WHERE table_name = "+d.mark(1), table)
	if err != nil || len(rows) == 0 || rows[0][0] == "" {
		return err
	}
	f.Version, err = strconv.Atoi(rows[0][0])
	return err
}

func (d *DB) columns(ctx context.Context, table string, f *schema.Found) error {
	rows, err := d.query(ctx, catalogues[d.Dialect].columns, table)
	for _, r := range rows {
		c := schema.FoundColumn{Name: r[0], Null: r[3] == "YES", Decl: r[4]}
		c.Class, c.Size = schema.ClassOf(r[1])
		if c.Class == schema.IsText && r[2] != "" && !strings.HasSuffix(r[1], "text") {
			c.Size, _ = strconv.Atoi(r[2]) // too long for an int: no limit
		}
		f.Columns = append(f.Columns, c)
	}
	return err
}

func (d *DB) indexes(ctx context.Context, table string, f *schema.Found) error {
	rows, err := d.query(ctx, catalogues[d.Dialect].indexes, table)
	for i, r := range rows {
		// Columns of one index are neighbours; those of SQLite without a name begin
		// where a column comes that is there already.
		n := len(f.Indexes) - 1
		if i > 0 && r[0] == f.Indexes[n].Name && (r[0] != "" || !has(f.Indexes[n].Columns, r[2])) {
			f.Indexes[n].Columns = append(f.Indexes[n].Columns, r[2])
			continue
		}
		f.Indexes = append(f.Indexes, schema.Index{Name: r[0], Unique: r[1] == "1", Columns: []string{r[2]}})
	}
	return err
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// objects are what SQLite forgets with a table that is dropped.
func (d *DB) objects(ctx context.Context, table string, f *schema.Found) error {
	if d.Dialect != schema.SQLite {
		return nil
	}
	rows, err := d.query(ctx, "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL", table)
	for _, r := range rows {
		f.Objects = append(f.Objects, r[0])
	}
	return err
}

// doubles counts the rows that a unique key of these columns would refuse.
func (d *DB) doubles(ctx context.Context, table string, columns []string) int {
	list := strings.Join(columns, ", ")
	rows, err := d.query(ctx, fmt.Sprintf("SELECT SUM(n - 1) FROM (SELECT COUNT(*) AS n FROM %s GROUP BY %s HAVING COUNT(*) > 1) AS doubles", table, list))
	if err != nil || len(rows) == 0 {
		return 0 // then the key is tried, and says what is wrong
	}
	n, _ := strconv.Atoi(rows[0][0])
	return n
}
