package sqlstore_test

import (
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/usrloc"
	"github.com/fastsips/fastsips/usrloc/sqlstore"
)

// million fills the table with n contacts as phones behind a NAT have them.
func (r *rig) million(n int) {
	r.T.Helper()
	with, from := "", "generate_series(1, %d) AS x(i)"
	text := func(parts ...string) string {
		switch r.db.Dialect() {
		case db.MySQL:
			s := "CONCAT("
			for i, p := range parts {
				if i > 0 {
					s += ", "
				}
				s += p
			}
			return s + ")"
		}
		s := ""
		for i, p := range parts {
			if i > 0 {
				s += " || "
			}
			s += p
		}
		return s
	}
	switch r.db.Dialect() {
	case db.MySQL:
		from = "(SELECT seq AS i FROM seq_1_to_%d) AS x"
	case db.SQLite:
		with, from = "WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < %d) ", "x"
	}
	sql := "INSERT INTO location (contact_id, username, domain, contact, received, expires, q, callid, cseq, last_modified, flags, user_agent, socket, methods, sip_instance) " +
		with + "SELECT 450000000000000000 + i * 256, " + text("'user'", "i") + ", 'sip.example.com', " + text("'sip:user'", "i", "'@10.0.0.7:5060;transport=udp'") +
		", 'sip:198.51.100.7:40000', 2000000000, -1, " + text("'3848276298220188511-'", "i", "'@10.0.0.7'") +
		", 4711, '2026-11-27 10:11:12', 0, 'Acme Phone 5000 firmware 10.2.3', 'udp:192.0.2.1:5060', 8159, " + text("'<urn:uuid:f81d4fae-7dec-11d0-a765-'", "i", "'>'") + " FROM " + from
	r.rows(sql, n)
}

// "1,000,000 contacts loaded at start in <= 10 s". FASTSIPS_DEEP has the million; else it is
// that all rows of several pages come.
func TestLoad(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		n := 5001
		if os.Getenv("FASTSIPS_DEEP") != "" {
			n = million()
		}
		r := newRig(t, url, sqlstore.Config{Mode: sqlstore.WriteBack})
		fill := started(t, url, sqlstore.Config{Mode: sqlstore.Only})
		begun := time.Now()
		fill.million(n)
		t.Log("filled in ", time.Since(begun))
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		found := r.load()
		if found.Rows != n || found.Skipped != 0 || found.Ended != 0 || r.dom.Users() != int64(n) {
			t.Fatal(found, r.dom.Users())
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		t.Logf("%d contacts in %v, %d bytes each", n, found.Took.Round(time.Millisecond), (after.HeapAlloc-before.HeapAlloc)/uint64(n))
		for _, aor := range []string{"user1@sip.example.com", "user2001@sip.example.com", "user5001@sip.example.com"} {
			if rec := r.dom.Get([]byte(aor)); rec.Len() != 1 {
				t.Error(aor, rec.Len())
			}
		}
		var c usrloc.Contact
		r.dom.Get([]byte("user3000@sip.example.com")).Next(0, &c)
		if string(c.URI) != "sip:user3000@10.0.0.7:5060;transport=udp" || c.Expires != 2000000000 || c.Q != usrloc.NoQ {
			t.Errorf("%+v", c)
		}
	})
}

// million is how many contacts FASTSIPS_DEEP wants: a million, or that many if it is more
// than 1.
func million() int {
	if n, err := strconv.Atoi(os.Getenv("FASTSIPS_DEEP")); err == nil && n > 1 {
		return n
	}
	return 1_000_000
}
