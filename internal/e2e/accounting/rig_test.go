package accounting

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/sipprun"
)

const patience = 30 * time.Second

// columns of OpenSIPS's acc, version 7, and missed_calls, version 5, as its scripts for
// PostgreSQL make them.
const (
	coreColumns = `id SERIAL PRIMARY KEY NOT NULL, method VARCHAR(16) DEFAULT '' NOT NULL, from_tag VARCHAR(64) DEFAULT '' NOT NULL,
	to_tag VARCHAR(64) DEFAULT '' NOT NULL, callid VARCHAR(64) DEFAULT '' NOT NULL, sip_code VARCHAR(3) DEFAULT '' NOT NULL,
	sip_reason VARCHAR(32) DEFAULT '' NOT NULL, time TIMESTAMP NOT NULL, `
	accTable    = "CREATE TABLE acc (" + coreColumns + "duration INTEGER DEFAULT 0 NOT NULL, ms_duration INTEGER DEFAULT 0 NOT NULL, setuptime INTEGER DEFAULT 0 NOT NULL, created TIMESTAMP DEFAULT NULL)"
	missedTable = "CREATE TABLE missed_calls (" + coreColumns + "setuptime INTEGER DEFAULT 0 NOT NULL, created TIMESTAMP DEFAULT NULL)"
)

// ask runs SQL and returns its rows, columns joined by "|".
func ask(t *testing.T, pg *pgtest.Server, sql string) (rows []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgconn.Connect(ctx, pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	results, err := c.Exec(ctx, sql).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		for _, row := range r.Rows {
			var cells []string
			for _, v := range row {
				cells = append(cells, string(v))
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
	return rows
}

// database starts PostgreSQL with the tables. What it has said to have must be there after
// a crash: pgtest's servers promise that only if they are told to.
func database(t *testing.T) *pgtest.Server {
	t.Helper()
	pg := pgtest.Start(t)
	ask(t, pg, "ALTER SYSTEM SET synchronous_commit = on")
	ask(t, pg, "SELECT pg_reload_conf()")
	ask(t, pg, accTable+";"+missedTable+"; CREATE INDEX acc_callid_idx ON acc (callid)")
	return pg
}

// script accounts INVITE and BYE: two rows for each call.
const script = `
log_level=2
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "sipmsgops.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
loadmodule "db_postgres.so"
loadmodule "acc.so"
modparam("acc", "db_url", "[pg]")
modparam("acc", "spill_dir", "[spill]")
modparam("acc", "queue_size", 500)
route {
	if (has_totag())
		loose_route();
	else
		record_route();
	if (is_method("INVITE|BYE"))
		do_accounting("db");
	t_relay();
}
`

// start starts a proxy which the test may kill.
func start(t *testing.T, pg *pgtest.Server, spill string) *sipprun.Proxy {
	t.Helper()
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: b.Path(), Dir: t.TempDir(), Config: script, Args: []string{"-n", "2"},
		Vars: map[string]string{"pg": pg.URL, "spill": spill}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the proxy:\n%s", p.Log)
		}
	})
	return p
}

// awaitRows waits until the table has n rows.
func awaitRows(t *testing.T, pg *pgtest.Server, n int) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		got := ask(t, pg, "SELECT count(*) FROM acc")[0]
		if got == fmt.Sprint(n) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s rows, want %d", got, n)
		}
		time.Sleep(20 * time.Millisecond) // the database tells nobody
	}
}

// oncePerCall checks that each call has its row for the INVITE, then its row for the BYE, if
// any, and none twice.
func oncePerCall(t *testing.T, pg *pgtest.Server) (invites, byes int) {
	t.Helper()
	of := map[string][]string{}
	for _, row := range ask(t, pg, "SELECT callid, method FROM acc ORDER BY id") {
		call, method, _ := strings.Cut(row, "|")
		of[call] = append(of[call], method)
	}
	for call, methods := range of {
		switch {
		case slices.Equal(methods, []string{"INVITE", "BYE"}):
			byes++
		case !slices.Equal(methods, []string{"INVITE"}):
			t.Errorf("the rows of %s are of %q", call, methods)
		}
		invites++
	}
	return invites, byes
}

// awaitStatistic waits until a statistic of the proxy has a value.
func awaitStatistic(t *testing.T, p *sipprun.Proxy, name string, want int) {
	t.Helper()
	for end := time.Now().Add(patience); ; {
		got, err := p.Manage(patience, "get_statistics", name)
		if err == nil && strings.Contains(got, fmt.Sprintf("%q:%d", name, want)) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s, %v; want %d", got, err, want)
		}
		time.Sleep(5 * time.Millisecond) // a statistic tells nobody
	}
}

// kill ends the process without a word, and waits until it has.
func kill(t *testing.T, p *sipprun.Proxy) {
	t.Helper()
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	<-p.Done()
}
