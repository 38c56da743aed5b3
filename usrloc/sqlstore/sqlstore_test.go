package sqlstore_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/fastsips/fastsips/usrloc"
	"github.com/fastsips/fastsips/usrloc/sqlstore"
)

// every is a contact that has something in every column.
func every() *usrloc.Contact {
	c := contact("sip:bob@192.0.2.7:5080;transport=tcp")
	c.CSeq, c.Q, c.Received, c.Path, c.Socket = 4711, 700, []byte("sip:198.51.100.1:1024"), []byte("<sip:edge.example.com;lr>"), []byte("udp:127.0.0.1:5060")
	c.UserAgent, c.Instance, c.RegID, c.Methods, c.Flags, c.BranchFlags = []byte("Phone 1.0"), []byte("<urn:uuid:1>"), 2, 0x1f, 4, 3
	c.Attr, c.KV, c.RefreshAt, c.Latency = []byte("white=1"), []byte(`{"a":1,"b":"x"}`), c.Expires-60, 1234
	return c
}

const columns = "username,domain,contact,received,path,callid,cseq,flags,cflags,user_agent,socket,methods,sip_instance,attr"

// "all changes to usrloc are immediately reflected in database too", in OpenSIPS's columns:
// cflags has names, methods bits or NULL, q -1 if there is none.
func TestWriteThrough(t *testing.T) {
	databases(t, func(t *testing.T, url string) {
		r := started(t, url, sqlstore.Config{Mode: sqlstore.WriteThrough})
		c := every()
		r.want(usrloc.Done, "bob@example.com", upsert(c, contact("sip:bob@192.0.2.8")))
		r.wantRows("bob,example.com,sip:bob@192.0.2.7:5080;transport=tcp,sip:198.51.100.1:1024,<sip:edge.example.com;lr>,"+string(c.CallID)+
			",4711,4,NAT SECURE,Phone 1.0,udp:127.0.0.1:5060,31,<urn:uuid:1>,white=1;"+
			"bob,example.com,sip:bob@192.0.2.8,-,-,call-sip:bob@192.0.2.8,1,0,-,,-,-,-,-", "SELECT %s FROM location ORDER BY contact", columns)
		r.wantRows("1", "SELECT count(*) FROM location WHERE q = -1")
		r.wantRows(fmt.Sprint(c.Expires), "SELECT expires FROM location WHERE q > 0")
		r.wantRows(time.Now().Format("2006-01-02"), "SELECT substr(CAST(last_modified AS CHAR(19)), 1, 10) FROM location WHERE q > 0")

		c.Q, c.CSeq = 300, 4712
		r.want(usrloc.Done, "bob@example.com", upsert(c))
		r.wantRows("0.3,4712", "SELECT q,cseq FROM location WHERE q > 0")
		r.want(usrloc.Done, "bob@example.com", func(ch *usrloc.Change) { ch.Delete(contact("sip:bob@192.0.2.8")) })
		r.wantRows("1", "SELECT count(*) FROM location")

		// Another process finds all of it.
		again := newRig(t, url, sqlstore.Config{Mode: sqlstore.WriteThrough})
		if found := again.load(); found.Rows != 1 || found.Skipped != 0 {
			t.Error(found)
		}
		var was, is usrloc.Contact
		r.dom.Get([]byte("bob@example.com")).Next(0, &was)
		again.dom.Get([]byte("bob@example.com")).Next(0, &is)
		was.Latency = 0 // not kept
		if !reflect.DeepEqual(is, was) {
			t.Errorf("%+v, want\n%+v", is, was)
		}
		again.want(usrloc.Done, "bob@example.com", func(ch *usrloc.Change) { ch.Clear = true })
		r.wantRows("0", "SELECT count(*) FROM location")
	})
}
