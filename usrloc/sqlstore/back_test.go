package sqlstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
	"github.com/fastsips/fastsips/usrloc/sqlstore"
)

// "All changes are made to memory and database synchronization is done in the timer."
func TestWriteBack(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		r := started(t, url, sqlstore.Config{Mode: sqlstore.WriteBack, Interval: time.Second})
		for i := range 200 {
			if p := r.begin(i%2, fmt.Sprintf("user%d@example.com", i), upsert(contact("sip:phone@192.0.2.1"))); !p.AtOnce {
				t.Error("it was waited for")
			}
		}
		r.Until("all rows are there", func() bool { return r.rows("SELECT count(*) FROM location") == "200" })
		for i := range 100 {
			r.want(usrloc.Done, fmt.Sprintf("user%d@example.com", i), func(ch *usrloc.Change) { ch.Clear = true })
		}
		c := contact("sip:phone@192.0.2.1")
		c.CSeq = 7
		r.want(usrloc.Done, "user150@example.com", upsert(c))
		r.Until("the rows are as in memory", func() bool {
			return r.rows("SELECT count(*), max(cseq), min(cseq) FROM location") == "100,7,1"
		})
		r.Until("nothing is owed", func() bool { return r.back.Totals().Dirty == 0 }) // the rows are there before their statement's end is
		if got := r.back.Totals(); got.Failed != 0 || got.Flush.N == 0 {
			t.Errorf("%+v", got)
		}
	})
}

// A memory-only change is not written, and a connection or a latency makes no row different.
func TestWriteBackNot(t *testing.T) {
	url := "sqlite://" + t.TempDir() + "/location.db"
	create(t, url)
	r := started(t, url, sqlstore.Config{Mode: sqlstore.WriteBack, Interval: time.Hour})
	rec := r.want(usrloc.Done, "bob@example.com", upsert(contact("sip:one@192.0.2.1")))
	r.want(usrloc.Done, "eve@example.com", func(ch *usrloc.Change) {
		ch.MemoryOnly = true
		ch.Upsert(contact("sip:eve@192.0.2.1"))
	})
	if err := r.back.Flush(ctx); err != nil {
		t.Error(err)
	}
	r.wantRows("sip:one@192.0.2.1", "SELECT contact FROM location")
	var c usrloc.Contact
	rec.Next(0, &c)
	r.want(usrloc.Done, "bob@example.com", func(ch *usrloc.Change) { ch.PingID, ch.PingLatency = c.ID, 1234 })
	if got := r.back.Totals().Dirty; got != 0 {
		t.Error(got, " AoRs owe")
	}
}

// While the database is away what is to be written stays, one debt for each AoR however often
// it changes, and is written when it is back.
func TestWriteBackAway(t *testing.T) {
	s := pgtest.Start(t)
	create(t, s.URL)
	r := started(t, s.URL, sqlstore.Config{Mode: sqlstore.WriteBack, Interval: time.Second})
	s.Stop()
	for i := range 1000 {
		c := contact("sip:phone@192.0.2.1")
		c.CSeq = int32(i)
		r.want(usrloc.Done, fmt.Sprintf("user%d@example.com", i%100), upsert(c))
	}
	r.Until("it has been tried", func() bool { return r.back.Totals().Failed > 0 })
	if err := r.back.Flush(ctx); err == nil || !strings.Contains(err.Error(), "100 AoRs are not written") {
		t.Error(err)
	}
	s.Restart()
	r.Until("all is written", func() bool { return r.back.Totals().Dirty == 0 })
	r.wantRows("100,900", "SELECT count(*), min(cseq) FROM location")
}

// "OpenSIPS will try its best to do a last-minute sync to DB right before shutting down": Close
// writes what is owed, and gives up in time if it cannot.
func TestClose(t *testing.T) {
	s := pgtest.Start(t)
	create(t, s.URL)
	r := started(t, s.URL, sqlstore.Config{Mode: sqlstore.WriteBack, Interval: time.Hour})
	for i := range 500 {
		r.want(usrloc.Done, fmt.Sprintf("user%d@example.com", i), upsert(contact("sip:phone@192.0.2.1")))
	}
	if err := r.back.Close(); err != nil {
		t.Error(err)
	}
	r.wantRows("500", "SELECT count(*) FROM location")
	s.Stop()
	r.want(usrloc.Done, "late@example.com", upsert(contact("sip:phone@192.0.2.1")))
	if err := r.back.Close(); err == nil {
		t.Error("it was written where there is no database")
	}
}

// usrloc:sync: what is in memory is in the table afterwards, and what is not is not.
func TestSync(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		r := started(t, url, sqlstore.Config{Mode: sqlstore.WriteThrough})
		for i := range 100 {
			r.want(usrloc.Done, fmt.Sprintf("user%d@example.com", i), upsert(contact("sip:phone@192.0.2.1")))
		}
		r.rows("DELETE FROM location WHERE username LIKE 'user%%5'")
		r.rows("INSERT INTO location (contact_id, username, domain, contact, expires) VALUES (5, 'user1', 'example.com', 'sip:stray@192.0.2.1', 0)")
		r.rows("INSERT INTO location (contact_id, username, domain, contact, expires) VALUES (6, 'user2', 'example.com', 'sip:stray@192.0.2.1', 0)")
		ctx, cancel := context.WithTimeout(ctx, looptest.Patience)
		defer cancel()
		if err := r.back.Sync(ctx, r.dom, []byte("user1@example.com")); err != nil {
			t.Error(err)
		}
		r.wantRows("6", "SELECT contact_id FROM location WHERE contact LIKE '%%stray%%'")
		if err := r.back.Sync(ctx, r.dom, nil); err != nil {
			t.Error(err)
		}
		r.wantRows("100", "SELECT count(*) FROM location WHERE contact = 'sip:phone@192.0.2.1'")
		r.wantRows("100", "SELECT count(*) FROM location")
	})
}

// find looks for the contacts of an AoR.
func (r *rig) find(aor string) (rec usrloc.Record, ok bool) {
	r.T.Helper()
	type answer struct {
		rec usrloc.Record
		ok  bool
	}
	a := looptest.Begin(r.Rig, 1, 0, func(l *loop.Loop) usrloc.FindOp {
		_, op := r.store.Find(l, r.dom, []byte(aor))
		return op
	}, func(l *loop.Loop, op usrloc.FindOp, out asyncops.Outcome) (a answer) {
		a.rec, a.ok = op.Result(l, out)
		return a
	}).Wait()
	return a.rec, a.ok
}

// sql-only: "No memory cache is kept, all operations being directly performed with the
// database": two processes see each other's contacts. "The timer deletes all expired
// contacts from database."
func TestOnly(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		a := started(t, url, sqlstore.Config{Mode: sqlstore.Only, Interval: time.Second})
		b := started(t, url, sqlstore.Config{Mode: sqlstore.Only})
		one, two := contact("sip:one@192.0.2.1"), contact("sip:two@192.0.2.1")
		two.Q = 500
		a.want(usrloc.Done, "bob@example.com", upsert(one))
		b.want(usrloc.Done, "bob@example.com", upsert(two))
		if rec, ok := a.find("bob@example.com"); !ok || uris(rec) != "sip:two@192.0.2.1 sip:one@192.0.2.1" || string(rec.AoR()) != "bob@example.com" {
			t.Error(uris(rec), ok)
		}
		if rec, ok := a.find("eve@example.com"); !ok || rec != nil {
			t.Error(uris(rec), ok)
		}
		// RFC 3261 §10.3 holds, whoever has the binding: not the same Call-ID with a lower CSeq.
		old := contact("sip:one@192.0.2.1")
		old.CSeq = 0
		b.want(usrloc.OldCSeq, "bob@example.com", func(ch *usrloc.Change) { ch.CallID = old.CallID; ch.Upsert(old) })
		b.want(usrloc.Done, "bob@example.com", func(ch *usrloc.Change) { ch.Clear = true })
		if rec, ok := a.find("bob@example.com"); !ok || rec != nil {
			t.Error(uris(rec), ok)
		}
		a.rows("INSERT INTO location (contact_id, username, domain, contact, expires) VALUES (5, 'old', 'example.com', 'sip:x@192.0.2.1', 1000)")
		if rec, ok := b.find("old@example.com"); !ok || rec != nil {
			t.Error(uris(rec), ok)
		}
		a.Until("what has ended is deleted", func() bool { return a.rows("SELECT count(*) FROM location") == "0" })
		if a.dom.Users() != 0 {
			t.Error("there is memory")
		}
	})
}

// A database that is away is the answer to a search, too.
func TestOnlyAway(t *testing.T) {
	s := pgtest.Start(t)
	create(t, s.URL)
	r := started(t, s.URL, sqlstore.Config{Mode: sqlstore.Only})
	s.Stop()
	if _, ok := r.find("bob@example.com"); ok {
		t.Error("found, where there is no database")
	}
	r.want(usrloc.BackendFailed, "bob@example.com", upsert(contact("sip:one@192.0.2.1")))
}
