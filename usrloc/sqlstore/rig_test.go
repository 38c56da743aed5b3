package sqlstore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/modules/db_mysql"
	"github.com/fastsips/fastsips/modules/db_postgres"
	"github.com/fastsips/fastsips/modules/db_sqlite"
	"github.com/fastsips/fastsips/usrloc"
	"github.com/fastsips/fastsips/usrloc/sqlstore"
)

// flags are the branch flags of a script that knows two.
type flags []string

func (f flags) AppendNames(b []byte, bits uint32) []byte {
	var names []string
	for i, n := range f {
		if bits&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return append(b, strings.Join(names, " ")...)
}

func (f flags) Bits(names []byte) (bits uint32) {
	for n := range strings.FieldsSeq(string(names)) {
		if i := slices.Index(f, n); i >= 0 {
			bits |= 1 << i
		}
	}
	return bits
}

var drivers = map[string]any{"db_postgres": db_postgres.New(), "db_mysql": db_mysql.New(), "db_sqlite": db_sqlite.New()}

// A rig is a store with the table as backend.
type rig struct {
	*looptest.Rig
	url   string
	set   *db.Set
	db    db.Database
	store *usrloc.Store
	dom   *usrloc.Domain
	back  *sqlstore.Backend
}

// newRig makes one that has not loaded yet.
func newRig(t testing.TB, url string, cfg sqlstore.Config) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, 2), url: url}
	r.set = db.NewSet(r.Group, r.Ops, func(name string) any { return drivers[name] })
	var err error
	if r.db, err = r.set.Open(url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.set.Close)
	r.store = usrloc.NewStore(r.Group, usrloc.Config{UseDomain: true, CSeqDelay: 20})
	r.dom = r.store.Declare("location")
	cfg.URL, cfg.Databases, cfg.DB, cfg.Flags = url, r.set, r.db, flags{"NAT", "SECURE"}
	if cfg.Columns == (sqlstore.Columns{}) {
		cfg.Columns = sqlstore.DefaultColumns()
	}
	r.back = sqlstore.New(r.Group, r.store, cfg)
	r.store.SetBackend(r.back)
	return r
}

// started makes a rig whose loops run.
func started(t testing.TB, url string, cfg sqlstore.Config) *rig {
	t.Helper()
	r := newRig(t, url, cfg)
	r.load()
	return r
}

func (r *rig) load() sqlstore.Loaded {
	r.T.Helper()
	found, err := r.back.Load(false)
	if err != nil {
		r.T.Fatal(err)
	}
	r.back.Start()
	r.Start()
	return found
}

// A change is what a test wants of an AoR.
type change func(*usrloc.Change)

// begin begins a change on loop i.
func (r *rig) begin(i int, aor string, set change) *looptest.Pending[usrloc.Result] {
	var p *looptest.Pending[usrloc.Result]
	r.Group.Do(i, func(l *loop.Loop) {
		ch := r.store.NewChange(l, r.dom, []byte(aor))
		set(ch)
		got, op := r.store.Begin(l, ch)
		if op == nil {
			op = &atOnce{got: got}
		}
		p = looptest.BeginOn(r.Rig, l, 0, op, func(l *loop.Loop, op usrloc.UpdateOp, out asyncops.Outcome) usrloc.Result { return op.Result(l, out) })
	})
	return p
}

// atOnce is a change that was not waited for.
type atOnce struct{ got usrloc.Result }

func (o *atOnce) Start(l *loop.Loop, c asyncops.Completion, _ int64)      { c.Done(l, asyncops.Completed) }
func (o *atOnce) Cancel(*loop.Loop)                                       {}
func (o *atOnce) Result(_ *loop.Loop, out asyncops.Outcome) usrloc.Result { return o.got }

// want carries a change out.
func (r *rig) want(v usrloc.Verdict, aor string, set change) usrloc.Record {
	r.T.Helper()
	got := r.begin(0, aor, set).Wait()
	if got.Verdict != v {
		r.T.Fatalf("%s: %v, want %v", aor, got.Verdict, v)
	}
	return got.Record
}

// contact is one for the next hour.
func contact(uri string) *usrloc.Contact {
	return &usrloc.Contact{URI: []byte(uri), CallID: []byte("call-" + uri), CSeq: 1, Expires: time.Now().Unix() + 3600, Q: usrloc.NoQ, Methods: usrloc.AllMethods}
}

func upsert(list ...*usrloc.Contact) change {
	return func(ch *usrloc.Change) {
		for _, c := range list {
			ch.Upsert(c)
		}
	}
}

// rows asks the database for text's rows, "a,b;c,d"; NULL is "-". An error is returned as it is.
func (r *rig) rows(text string, args ...any) string {
	r.T.Helper()
	type answer struct{ rows, err string }
	a := looptest.Begin(r.Rig, 0, time.Minute, func(l *loop.Loop) db.Query {
		q := r.db.Query(l)
		q.SetText(fmt.Appendf(nil, text, args...))
		return q
	}, func(l *loop.Loop, q db.Query, out asyncops.Outcome) (a answer) {
		defer q.Free(l)
		var lines []string
		for i := range q.Rows() {
			var row []string
			for j := range q.Cols() {
				b, null := q.Value(i, j)
				if null {
					b = []byte("-")
				}
				row = append(row, string(b))
			}
			lines = append(lines, strings.Join(row, ","))
		}
		if _, msg := q.Err(); len(msg) > 0 {
			a.err = string(msg)
		}
		a.rows = strings.Join(lines, ";")
		return a
	}).Wait()
	if a.err != "" { // for a while, behind an outage
		return a.err
	}
	return a.rows
}

func (r *rig) wantRows(want, text string, args ...any) {
	r.T.Helper()
	if got := r.rows(text, args...); got != want {
		r.T.Errorf("%s:\n%s, want\n%s", fmt.Sprintf(text, args...), got, want)
	}
}

// uris are the contacts of a record, in its order.
func uris(rec usrloc.Record) string {
	var list []string
	var c usrloc.Contact
	for at, ok := rec.Next(0, &c); ok; at, ok = rec.Next(at, &c) {
		list = append(list, string(c.URI))
	}
	return strings.Join(list, " ")
}

// The table as OpenSIPS makes it.
const (
	columnsSQL = `username VARCHAR(64) DEFAULT '' NOT NULL, domain VARCHAR(64) DEFAULT NULL, contact TEXT NOT NULL, received VARCHAR(255) DEFAULT NULL,
		path VARCHAR(255) DEFAULT NULL, expires INTEGER NOT NULL, q REAL DEFAULT 1.0 NOT NULL, callid VARCHAR(255) DEFAULT 'Default-Call-ID' NOT NULL,
		cseq INTEGER DEFAULT 13 NOT NULL, last_modified %s DEFAULT '1900-01-01 00:00:01' NOT NULL, flags INTEGER DEFAULT 0 NOT NULL,
		cflags VARCHAR(255) DEFAULT NULL, user_agent VARCHAR(255) DEFAULT '' NOT NULL, socket VARCHAR(64) DEFAULT NULL, methods INTEGER DEFAULT NULL,
		sip_instance VARCHAR(255) DEFAULT NULL, kv_store TEXT DEFAULT NULL, attr VARCHAR(255) DEFAULT NULL)`
	versionSQL = "CREATE TABLE version (table_name VARCHAR(32) NOT NULL, table_version INTEGER DEFAULT 0 NOT NULL)"
)

// create makes the table in a database.
func create(t testing.TB, url string) {
	t.Helper()
	r := &rig{Rig: looptest.New(t, 1), url: url}
	set := db.NewSet(r.Group, r.Ops, func(name string) any { return drivers[name] })
	var err error
	if r.db, err = set.Open(url); err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	r.Start()
	id, stamp := "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", "DATETIME"
	switch r.db.Dialect() {
	case db.PostgreSQL:
		id, stamp = "BIGSERIAL PRIMARY KEY NOT NULL", "TIMESTAMP WITHOUT TIME ZONE"
	case db.MySQL:
		id = "BIGINT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL"
	}
	r.rows("%s", versionSQL)
	r.rows("INSERT INTO version (table_name, table_version) VALUES ('location', 1013)")
	r.rows("CREATE TABLE location (contact_id %s, "+columnsSQL, id, stamp)
}

// databases runs a test on each of the three.
func databases(t *testing.T, f func(t *testing.T, url string)) {
	for name, start := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string { return pgtest.Start(t).URL },
		"mysql":    func(t *testing.T) string { return mysqltest.Start(t).URL },
		"sqlite":   func(t *testing.T) string { return "sqlite://" + t.TempDir() + "/location.db" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := start(t)
			create(t, url)
			f(t, url)
		})
	}
}

var ctx = context.Background()
