package sqlstore_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/usrloc"
	"github.com/fastsips/fastsips/usrloc/sqlstore"
)

// Many changes of many AoRs, from both loops, at once: those of one AoR are carried out in
// the order of their coming, and go to the database in far fewer statements.
func TestWriteThroughTogether(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		r := started(t, url, sqlstore.Config{Mode: sqlstore.WriteThrough})
		const aors, each = 40, 5
		var waiting []*looptest.Pending[usrloc.Result]
		for i := range each {
			for a := range aors {
				c := contact("sip:phone@192.0.2.1")
				c.CSeq = int32(i + 1)
				waiting = append(waiting, r.begin(a%2, fmt.Sprintf("user%d@example.com", a), upsert(c)))
			}
		}
		for _, p := range waiting {
			if got := p.Wait(); got.Verdict != usrloc.Done {
				t.Fatal(got.Verdict)
			}
		}
		r.wantRows(fmt.Sprint(aors), "SELECT count(*) FROM location WHERE cseq = %d", each)
		r.wantRows(fmt.Sprint(aors), "SELECT count(*) FROM location")
		if r.dom.Users() != aors {
			t.Error(r.dom.Users())
		}
	})
}

// A row that the database does not take is refused, alone: those that came with it are
// written. Nothing of it is in memory.
func TestWriteThroughRefused(t *testing.T) {
	s := pgtest.Start(t)
	create(t, s.URL)
	r := started(t, s.URL, sqlstore.Config{Mode: sqlstore.WriteThrough})
	var waiting []*looptest.Pending[usrloc.Result]
	for i := range 20 {
		c := contact("sip:phone@192.0.2.1")
		if i == 7 {
			c.Received = []byte("sip:" + strings.Repeat("x", 300))
		}
		waiting = append(waiting, r.begin(0, fmt.Sprintf("user%d@example.com", i), upsert(c)))
	}
	var verdicts []usrloc.Verdict
	for _, p := range waiting {
		verdicts = append(verdicts, p.Wait().Verdict)
	}
	want := make([]usrloc.Verdict, 20)
	want[7] = usrloc.BackendFailed
	if !slices.Equal(verdicts, want) {
		t.Error(verdicts)
	}
	r.wantRows("19", "SELECT count(*) FROM location")
	if r.dom.Get([]byte("user7@example.com")) != nil || r.dom.Users() != 19 {
		t.Error("it is in memory")
	}
	// What is only for people is made to fit.
	c := contact("sip:phone@192.0.2.1")
	c.UserAgent = []byte("caf\xe9 \x00 " + strings.Repeat("é", 300))
	r.want(usrloc.Done, "agent@example.com", upsert(c))
	r.wantRows("caf? ? "+strings.Repeat("é", 248), "SELECT user_agent FROM location WHERE username = 'agent'")
}

// While the database is away a change fails, nothing of it is in memory, and what was there
// before is found. When it is back, so are changes.
func TestWriteThroughAway(t *testing.T) {
	s := pgtest.Start(t)
	create(t, s.URL)
	r := started(t, s.URL, sqlstore.Config{Mode: sqlstore.WriteThrough})
	r.want(usrloc.Done, "bob@example.com", upsert(contact("sip:one@192.0.2.1")))
	s.Stop()
	r.want(usrloc.BackendFailed, "bob@example.com", upsert(contact("sip:two@192.0.2.1")))
	r.want(usrloc.BackendFailed, "bob@example.com", func(ch *usrloc.Change) { ch.Clear = true })
	if got := uris(r.dom.Get([]byte("bob@example.com"))); got != "sip:one@192.0.2.1" {
		t.Error(got)
	}
	s.Restart()
	r.Until("the database takes changes again", func() bool {
		return r.begin(0, "bob@example.com", upsert(contact("sip:three@192.0.2.1"))).Wait().Verdict != usrloc.BackendFailed
	})
	r.Until("rows and memory are the same", func() bool {
		return r.rows("SELECT contact FROM location ORDER BY contact_id") == "sip:one@192.0.2.1;sip:three@192.0.2.1"
	})
}

// After an answer that did not come the row is made what is in memory, whatever the database
// had done. Here it was written, and the network kept the answer.
func TestWriteThroughUnclear(t *testing.T) {
	s := pgtest.Start(t)
	create(t, s.URL)
	between, err := relay.Start(relay.Config{Target: s.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(between.Close)
	look := started(t, s.URL, sqlstore.Config{Mode: sqlstore.Only})
	r := started(t, strings.Replace(s.URL, s.Addr(), between.Addr(), 1), sqlstore.Config{Mode: sqlstore.WriteThrough, Timeout: 2 * time.Second})
	first := contact("sip:one@192.0.2.1")
	r.want(usrloc.Done, "bob@example.com", upsert(first))

	between.SetFault(relay.Fault{Kind: relay.Stall})
	again := contact("sip:one@192.0.2.1")
	again.CSeq = 2
	r.want(usrloc.BackendFailed, "bob@example.com", upsert(again, contact("sip:two@192.0.2.1")))
	look.Until("it is in the table", func() bool { return look.rows("SELECT cseq FROM location ORDER BY contact_id") == "2;1" })
	if got := uris(r.dom.Get([]byte("bob@example.com"))); got != "sip:one@192.0.2.1" {
		t.Error(got)
	}
	if got := r.back.Totals().Dirty; got != 1 {
		t.Error(got, " AoRs are to be put right")
	}
	between.SetFault(relay.Fault{})
	r.Until("the debt is paid", func() bool { return r.back.Totals().Dirty == 0 })
	look.Until("the row is what is in memory", func() bool { return look.rows("SELECT contact, cseq FROM location") == "sip:one@192.0.2.1,1" })
	r.Until("changes are made again", func() bool {
		return r.begin(0, "bob@example.com", upsert(contact("sip:two@192.0.2.1"))).Wait().Verdict != usrloc.BackendFailed
	})
	look.Until("they are in the table", func() bool { return look.rows("SELECT count(*) FROM location") == "2" })
}

// A contact that ends by itself goes from the table as well, and rows that have ended before
// the start are not loaded, and deleted.
func TestEnded(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		r := newRig(t, url, sqlstore.Config{Mode: sqlstore.WriteThrough})
		old := started(t, url, sqlstore.Config{Mode: sqlstore.WriteBack})
		for i := range 150 {
			expires := 1 + i%2*2000000000
			old.rows("INSERT INTO location (contact_id, username, domain, contact, expires) VALUES (%d, 'user%d', 'example.com', 'sip:x@192.0.2.1', %d)", 1000+i, i, expires)
		}
		old.rows("INSERT INTO location (contact_id, username, domain, contact, expires) VALUES (77, '', NULL, 'sip:x@192.0.2.1', 0)")
		old.rows("INSERT INTO location (contact_id, username, domain, contact, expires) VALUES (78, 'perm', 'example.com', 'sip:x@192.0.2.1', 0)")
		found := r.load()
		if found.Rows != 76 || found.Ended != 75 || found.Skipped != 1 || found.Why == nil {
			t.Error(found)
		}
		r.Until("ended rows are deleted", func() bool { return r.rows("SELECT count(*) FROM location") == "77" })

		c := contact("sip:soon@192.0.2.1")
		c.Expires = time.Now().Unix() + 2
		r.want(usrloc.Done, "soon@example.com", upsert(c, contact("sip:later@192.0.2.1")))
		r.wantRows("2", "SELECT count(*) FROM location WHERE username = 'soon'")
		r.Until("its row is deleted", func() bool {
			return r.rows("SELECT contact FROM location WHERE username = 'soon'") == "sip:later@192.0.2.1"
		})
	})
}

// The AoR's own key-value store is in the row of one of its contacts; if that goes, in
// another's.
func TestKeyValueStore(t *testing.T) {
	url := "sqlite://" + t.TempDir() + "/location.db"
	create(t, url)
	r := started(t, url, sqlstore.Config{Mode: sqlstore.WriteThrough})
	r.want(usrloc.Done, "bob@example.com", upsert(contact("sip:one@192.0.2.1")))
	r.want(usrloc.Done, "bob@example.com", upsert(contact("sip:two@192.0.2.1")))
	r.want(usrloc.Done, "bob@example.com", func(ch *usrloc.Change) { ch.Key, ch.Value = []byte("color"), []byte(`"red"`) })
	r.wantRows(`sip:one@192.0.2.1,{"_urec_kvs":"{\"color\":\"red\"}"};sip:two@192.0.2.1,-`, "SELECT contact, kv_store FROM location ORDER BY contact_id")
	r.want(usrloc.Done, "bob@example.com", func(ch *usrloc.Change) { ch.Delete(contact("sip:one@192.0.2.1")) })
	r.wantRows(`sip:two@192.0.2.1,{"_urec_kvs":"{\"color\":\"red\"}"}`, "SELECT contact, kv_store FROM location")
	again := started(t, url, sqlstore.Config{Mode: sqlstore.WriteThrough})
	if got := string(again.dom.Get([]byte("bob@example.com")).KV()); got != `{"color":"red"}` {
		t.Error(got)
	}
	again.want(usrloc.Done, "bob@example.com", func(ch *usrloc.Change) { ch.Key = []byte("color") })
	r.wantRows(`sip:two@192.0.2.1,-`, "SELECT contact, kv_store FROM location")
}

// A table of another version, none at all, a database that is not there: the message says
// what to do.
func TestWrongTable(t *testing.T) {
	dir := t.TempDir()
	empty := newRig(t, "sqlite://"+dir+"/empty.db", sqlstore.Config{})
	if _, err := empty.back.Load(false); err == nil || !strings.Contains(err.Error(), "no such table: version (1); fastsips db create --url sqlite://"+dir+"/empty.db location") {
		t.Error(err)
	}
	url := "sqlite://" + dir + "/old.db"
	create(t, url)
	r := newRig(t, url, sqlstore.Config{})
	other := started(t, url, sqlstore.Config{Mode: sqlstore.Only})
	other.rows("UPDATE version SET table_version = 1009")
	if _, err := r.back.Load(false); err == nil || err.Error() != "table location has version 1009, and 1013 is needed; fastsips db migrate --url "+url+" location" {
		t.Error(err)
	}
	if _, err := r.back.Load(true); err != nil {
		t.Error(err)
	}
	other.rows("DELETE FROM version")
	if _, err := r.back.Load(false); err == nil || !strings.Contains(err.Error(), "has no row for location; fastsips db create") {
		t.Error(err)
	}
	for _, url := range []string{"postgres://u:secret@127.0.0.1:1/d", "mysql://u:secret@127.0.0.1:1/d"} {
		away := newRig(t, url, sqlstore.Config{Patience: time.Millisecond})
		if _, err := away.back.Load(false); err == nil || !strings.Contains(err.Error(), "does not answer") || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
}
