package location

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// shown has them shown to Prometheus.
const shown = `loadmodule "httpd.so"
loadmodule "prometheus.so"
modparam("httpd", "ip", "127.0.0.1")
modparam("httpd", "port", %d)
modparam("prometheus", "statistics", "usrloc:")
modparam("prometheus", "group_mode", 0)
`

// counts asks for statistics of usrloc whose names begin with "db_".
func counts(t *testing.T, p *sipprun.Proxy) map[string]int {
	t.Helper()
	text, err := p.Manage(patience, "get_statistics", "usrloc:")
	if err != nil {
		t.Fatal(err)
	}
	all, list := map[string]int{}, map[string]int{}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(text, err)
	}
	for name, n := range all {
		if name, is := strings.CutPrefix(name, "usrloc:db_"); is {
			list[name] = n
		}
	}
	return list
}

// What is written is counted; while the database is away failures are, and the AoRs that
// are to be written, which is what an operator has to see; and what was loaded is.
func TestCounted(t *testing.T) {
	s := pgtest.Start(t)
	execute(t, s.URL, tables)
	more := preset("single-instance-sql-write-back")
	p, x := start(t, s.URL, more), newPhones(t)
	x.registered(p.Addr, users("user", 30))
	until(t, "all are written", func() bool { c := counts(t, p); return c["rows_written"] == 30 && c["dirty"] == 0 && c["flushes"] > 0 })
	x.send(p.Addr, "REGISTER", "user1", "Contact: *", "Expires: 0")
	x.next(patience)
	until(t, "it is deleted", func() bool { return counts(t, p)["rows_deleted"] == 1 })
	if c := counts(t, p); c["failures"] != 0 || c["rows_loaded"] != 0 {
		t.Error(c)
	}

	s.Stop()
	x.registered(p.Addr, users("late", 20))
	until(t, "failures show", func() bool { c := counts(t, p); return c["failures"] > 0 && c["dirty"] == 20 })
	s.Restart()
	until(t, "the rows are as in memory", func() bool { c := counts(t, p); return c["rows_written"] == 50 && c["dirty"] == 0 })
	kill(p)

	execute(t, s.URL, "INSERT INTO location (username, domain, contact, expires) VALUES ('', NULL, 'sip:x@192.0.2.1', 0), ('old', 'example.com', 'sip:x@192.0.2.1', 1000)")
	port := siptest.FreePort(t)
	p = start(t, s.URL, more+fmt.Sprintf(shown, port))
	until(t, "what has ended is deleted", func() bool { return counts(t, p)["rows_ended"] == 1 })
	if c := counts(t, p); c["rows_loaded"] != 49 || c["rows_skipped"] != 1 || c["rows_written"] != 0 || c["dirty"] != 0 || c["load_ms"] > 30000 {
		t.Error(c)
	}
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if page, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(page), "db_rows_loaded 49\n") {
		t.Error(err, string(page))
	}
}

// Redis is counted by the same names; a contact that is damaged there is skipped.
func TestCountedRedis(t *testing.T) {
	s := redistest.Start(t)
	p, x := start(t, "", preset("full-sharing-cachedb-cluster")+fmt.Sprintf("modparam(\"usrloc\", \"cachedb_url\", \"redis:location://%s/\")\n", s.Addr())), newPhones(t)
	x.registered(p.Addr, []string{"one", "two"})
	x.send(p.Addr, "REGISTER", "one", "Contact: *", "Expires: 0")
	x.next(patience)
	if c := counts(t, p); c["rows_written"] != 2 || c["rows_deleted"] != 1 || c["failures"] != 0 || c["rows_skipped"] != 0 {
		t.Error(c)
	}
	s.Do("HSET", "location:two@example.com", "damaged", `{"contact":`)
	x.found(p.Addr, []string{"two"})
	if c := counts(t, p); c["rows_skipped"] != 1 {
		t.Error(c)
	}
	s.Kill()
	x.where(p.Addr, "two")
	if c := counts(t, p); c["failures"] == 0 {
		t.Error(c)
	}
}
