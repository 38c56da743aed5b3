package dbadmin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/schema"
)

// A conn is one connection. Values are text; NULL is empty text. Placeholders are
// those of the database.
type conn interface {
	exec(ctx context.Context, sql string, args ...string) error
	query(ctx context.Context, sql string, args ...string) ([][]string, error)
	close()
}

// A DB is a database that is administered.
type DB struct {
	conn
	Dialect schema.Dialect
	Name    string // the URL without its password
}

// Open connects to a database: mysql://user:password@host/database,
// postgres://user:password@host/database, sqlite:///path/file or sqlite:file. SQLite's
// file is made if it is not there.
func Open(ctx context.Context, url string) (*DB, error) {
	if scheme, rest, ok := strings.Cut(url, ":"); ok && strings.HasPrefix(scheme, "sqlite") && !strings.HasPrefix(rest, "//") {
		url = scheme + "://" + rest // sqlite:file
	}
	u, err := db.ParseURL(url)
	if err != nil {
		return nil, err
	}
	d := &DB{Name: u.String()}
	switch u.Scheme {
	case "sqlite", "sqlite3":
		d.Dialect = schema.SQLite
		d.conn, err = openSQLite(ctx, u.Rest())
	case "mysql", "mariadb":
		d.Dialect = schema.MySQL
		d.conn, err = openMySQL(ctx, u)
	case "postgres", "postgresql":
		d.Dialect = schema.PostgreSQL
		d.conn, err = openPostgres(ctx, url)
	default:
		return nil, fmt.Errorf("%s: the database must be sqlite, postgres or mysql", d.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	return d, nil
}

// Close ends the connection.
func (d *DB) Close() { d.close() }

// mark is the placeholder of the argument with this number, from 1.
func (d *DB) mark(n int) string {
	if d.Dialect == schema.PostgreSQL {
		return fmt.Sprintf("$%d", n)
	}
	return "?"
}

// apart runs f in a transaction where the database has them for what changes tables.
func (d *DB) apart(ctx context.Context, f func() error) error {
	if d.Dialect == schema.MySQL {
		return f()
	}
	begin := "BEGIN"
	if d.Dialect == schema.SQLite {
		begin = "BEGIN IMMEDIATE"
	}
	if err := d.exec(ctx, begin); err != nil {
		return err
	}
	if err := f(); err != nil {
		// The context may be what ended it.
		return errors.Join(err, d.exec(context.WithoutCancel(ctx), "ROLLBACK"))
	}
	return d.exec(ctx, "COMMIT")
}

// run carries out statements, one after the other.
func (d *DB) run(ctx context.Context, statements []string) error {
	for _, s := range statements {
		if err := d.exec(ctx, s); err != nil {
			return fmt.Errorf("%w\nin: %s", err, s)
		}
	}
	return nil
}
