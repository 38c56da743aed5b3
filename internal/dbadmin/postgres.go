package dbadmin

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A pgConn is a connection to PostgreSQL.
type pgConn struct{ conn *pgconn.PgConn }

func openPostgres(ctx context.Context, url string) (conn, error) {
	cfg, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	delete(cfg.RuntimeParams, "pgbouncer") // those of db_postgres
	delete(cfg.RuntimeParams, "tls_domain")
	cfg.ConnectTimeout = patience
	cfg.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	c, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &pgConn{c}, nil
}

func (c *pgConn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.conn.Close(ctx)
}

func (c *pgConn) exec(ctx context.Context, sql string, args ...string) error {
	_, err := c.query(ctx, sql, args...)
	return err
}

func (c *pgConn) query(ctx context.Context, sql string, args ...string) (list [][]string, err error) {
	values := make([][]byte, len(args))
	for i, a := range args {
		values[i] = []byte(a)
	}
	r := c.conn.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	if r.Err != nil {
		return nil, r.Err
	}
	for _, row := range r.Rows {
		text := make([]string, len(row))
		for i, v := range row {
			text[i] = string(v)
		}
		list = append(list, text)
	}
	return list, nil
}
