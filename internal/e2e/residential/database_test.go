package residential

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/jackc/pgx/v5/pgconn"
)

// fastsips runs one of its commands.
func fastsips(t *testing.T, args ...string) {
	t.Helper()
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(b.Path(), args...).CombinedOutput(); err != nil {
		t.Fatalf("fastsips %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// query returns the rows of the last statement, with commas between.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	results, err := c.Exec(ctx, sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var list []string
	for _, row := range results[len(results)-1].Rows {
		var words []string
		for _, value := range row {
			words = append(words, string(value))
		}
		list = append(list, strings.Join(words, " "))
	}
	return strings.Join(list, ", ")
}

// rows waits until accounting has written these: method, code and reason of each.
func (d *day) rows(url, table, want string) {
	d.Helper()
	got := ""
	for end := time.Now().Add(patience); time.Now().Before(end); {
		got = query(d.T, url, "SELECT method, sip_code, sip_reason FROM "+table+" ORDER BY method, sip_code")
		if got == want {
			return
		}
	}
	d.Errorf("%s has %q, want %q", table, got, want)
}
