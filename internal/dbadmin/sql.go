package dbadmin

import (
	"context"
	"database/sql"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/asyncops/mysql"
)

// patience bounds waiting for a connection, and for a lock of SQLite's.
const patience = 10 * time.Second

// A sqlConn is a connection of database/sql.
type sqlConn struct {
	db   *sql.DB
	conn *sql.Conn
}

func openSQLite(ctx context.Context, path string) (conn, error) {
	pool, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	c, err := take(ctx, pool)
	if err != nil {
		return nil, err
	}
	// As in OpenSIPS tables have no foreign keys; those that others have made must
	// not follow a table that is replaced.
	for _, pragma := range []string{"PRAGMA busy_timeout=10000", "PRAGMA foreign_keys=0", "PRAGMA legacy_alter_table=1"} {
		if err := c.exec(ctx, pragma); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func openMySQL(ctx context.Context, u *db.URL) (conn, error) {
	connector, err := mysql.Connector(mysql.Config{URL: u, ConnectTimeout: patience})
	if err != nil {
		return nil, err
	}
	return take(ctx, sql.OpenDB(connector))
}

// take is one connection of a pool, which is its own.
func take(ctx context.Context, pool *sql.DB) (*sqlConn, error) {
	c, err := pool.Conn(ctx)
	if err != nil {
		_ = pool.Close()
		return nil, err
	}
	return &sqlConn{pool, c}, nil
}

func (c *sqlConn) close() {
	_ = c.conn.Close()
	_ = c.db.Close()
}

func (c *sqlConn) exec(ctx context.Context, text string, args ...string) error {
	_, err := c.conn.ExecContext(ctx, text, values(args)...)
	return err
}

func (c *sqlConn) query(ctx context.Context, text string, args ...string) (list [][]string, err error) {
	rows, err := c.conn.QueryContext(ctx, text, values(args)...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		row, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		text := make([]string, len(row))
		for i, v := range row {
			text[i] = v.String
		}
		list = append(list, text)
	}
	return list, rows.Err()
}

func values(args []string) []any {
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = a
	}
	return list
}
