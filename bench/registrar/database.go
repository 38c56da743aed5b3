package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/testserver"
	"github.com/jackc/pgx/v5/pgconn"
)

// A database is a PostgreSQL of our own.
type database struct {
	testserver.Outside
	*pgtest.Server
}

func startDatabase() (d *database, err error) {
	d = new(database)
	defer d.Recover(&err)
	d.Server = pgtest.Start(&d.Outside)
	return d, nil
}

// exec runs statements.
func (d *database) exec(ctx context.Context, sql string) error {
	c, err := pgconn.Connect(ctx, d.URL)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, sql).ReadAll()
	return err
}

// number is the only value of a query's only row.
func (d *database) number(ctx context.Context, sql string) (int, error) {
	c, err := pgconn.Connect(ctx, d.URL)
	if err != nil {
		return 0, err
	}
	defer c.Close(ctx)
	results, err := c.Exec(ctx, sql).ReadAll()
	if err != nil {
		return 0, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return 0, fmt.Errorf("%s: no single row", sql)
	}
	return strconv.Atoi(string(results[0].Rows[0][0]))
}

// tables makes OpenSIPS's tables.
func (b *bench) tables(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, b.binary, "db", "create", "--url", b.URL).CombinedOutput()
	if err != nil {
		return fmt.Errorf("fastsips db create: %w\n%s", err, out)
	}
	return nil
}

// contactRows adds a contact each for u000000 and so on.
func (d *database) contactRows(ctx context.Context, n int) error {
	return d.exec(ctx, fmt.Sprintf(`INSERT INTO location (contact_id, username, domain, contact, expires, q, callid, cseq, last_modified, flags, cflags, user_agent, socket, methods)
		SELECT i + 1, 'u' || id, '127.0.0.1', 'sip:u' || id || '@127.0.0.1:' || 10000 + i %% 50000, extract(epoch FROM now())::int + 3600 + i %% 3600, -1,
			md5(id) || '@127.0.0.1', 1, now(), 0, 0, 'Example Phone 1.2.3', 'udp:127.0.0.1:5060', 8191
		FROM (SELECT i, lpad(i::text, 6, '0') AS id FROM generate_series(0, %d) AS i) AS ids; ANALYZE location`, n-1))
}

// registered is how many contacts the proxy has.
func (b *bench) registered(p *sipprun.Proxy) (int, error) {
	answer, err := p.Manage(10*time.Second, "get_statistics", "usrloc:location-contacts")
	if err != nil {
		return 0, err
	}
	_, value, _ := strings.Cut(answer, ":location-contacts\":")
	return strconv.Atoi(strings.Trim(value, "\" {}\n"))
}

// subscribers adds u000000 and so on, with passwords pw000000 and so on.
func (d *database) subscribers(ctx context.Context, n int) error {
	return d.exec(ctx, fmt.Sprintf(`INSERT INTO subscriber (username, domain, ha1)
		SELECT 'u' || id, '127.0.0.1', md5('u' || id || ':127.0.0.1:pw' || id)
		FROM (SELECT lpad(i::text, 6, '0') AS id FROM generate_series(0, %d) AS i) AS ids`, n-1))
}

// eventually asks until a number is as wanted.
func (d *database) eventually(ctx context.Context, want int, sql string, within time.Duration) (n int, took time.Duration, err error) {
	begin := time.Now()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		n, err = d.number(ctx, sql)
		took = time.Since(begin)
		if err != nil || n == want || took > within {
			return n, took, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return n, took, ctx.Err()
		}
	}
}
