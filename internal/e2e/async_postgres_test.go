package e2e

import (
	"context"
	"testing"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestAsyncPostgres is everything that needs a PostgreSQL, which they share. The
// outage is last.
func TestAsyncPostgres(t *testing.T) {
	pg := pgtest.StartConfig(t, pgtest.Config{MaxConns: 300})
	query(t, pg.URL, "CREATE TABLE subscribers (username TEXT PRIMARY KEY, setid INT NOT NULL)")
	query(t, pg.URL, "INSERT INTO subscribers VALUES ('alice', 4711), ('bob', 4712)")
	t.Run("table", func(t *testing.T) { testTable(t, pg.URL) })
	t.Run("scenarios", func(t *testing.T) {
		siptest.RunDir(t, "testdata/async/postgres/*.txt", with(map[string]string{"pg": pg.URL}))
	})
	t.Run("load", func(t *testing.T) { testLoad(t, pg.URL) })
	t.Run("slow queries", func(t *testing.T) { testSlowQueries(t, pg.URL) })
	t.Run("hanging backends", func(t *testing.T) { testHangingBackends(t, pg) })
	t.Run("outage", func(t *testing.T) { testOutage(t, pg) })
}

// query runs SQL on a connection of its own.
func query(t *testing.T, url, sql string) {
	t.Helper()
	ctx := context.Background()
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}
