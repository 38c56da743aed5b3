package redisstore

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/usrloc"
)

// oneFlag is a script that knows one branch flag.
type oneFlag struct{}

func (oneFlag) AppendNames(b []byte, bits uint32) []byte {
	if bits&1 != 0 {
		b = append(b, "NAT"...)
	}
	return b
}

func (oneFlag) Bits(names []byte) uint32 { return uint32(bytes.Count(names, []byte("NAT"))) & 1 }

func backend() *Backend { return &Backend{cfg: Config{Flags: oneFlag{}}} }

// whole is a contact that has something in every field that is kept.
func whole() usrloc.Contact {
	return usrloc.Contact{ID: math.MaxInt64, URI: []byte("sip:bob@192.0.2.7:5080;transport=tcp"), CallID: []byte(`a"<>&\ü`), CSeq: math.MaxInt32, Expires: 2000000000, LastModified: 1900000000,
		Q: 700, Received: []byte("sip:198.51.100.1:1024"), Path: []byte("<sip:edge.example.com;lr>"), Socket: []byte("udp:127.0.0.1:5060"), UserAgent: []byte("Phone 1.0"),
		Instance: []byte("<urn:uuid:1>"), RegID: 2, Methods: 0x1f, Flags: math.MaxUint32, BranchFlags: 1, Attr: []byte("white=1"), KV: []byte(`{"a":1,"b":"x"}`), RefreshAt: 1999999999}
}

// "What is written is read": every field, and those that may be absent.
func TestRoundTrip(t *testing.T) {
	full := whole()
	for v, i := reflect.ValueOf(full), 0; i < v.NumField(); i++ {
		if name := v.Type().Field(i).Name; v.Field(i).IsZero() && !notKept[name] {
			t.Errorf("the test does not show field %s", name)
		}
	}
	bare := usrloc.Contact{ID: 1, URI: []byte("sip:bob@192.0.2.7"), CallID: []byte("c"), Q: usrloc.NoQ, Methods: usrloc.AllMethods}
	for _, c := range []usrloc.Contact{full, bare} {
		var got usrloc.Contact
		text, err := backend().encode(&c)
		if err == nil {
			err = backend().decode(text, &got)
		}
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%s: %v\n%+v, want\n%+v", text, err, got, c)
		}
	}
}

// notKept are fields that change too often, or mean nothing to another process.
var notKept = map[string]bool{"Latency": true, "Flow": true}

// OpenSIPS's names are those of its documents.
func TestNames(t *testing.T) {
	c := whole()
	text, _ := backend().encode(&c)
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq("contact expires q callid cseq flags ua last_mod cflags received path sock methods sip_instance attr") {
		if m[name] == nil {
			t.Errorf("there is no %s in %s", name, text)
		}
	}
}

// What is damaged is an error, and what is no UTF-8 is not written.
func TestDamaged(t *testing.T) {
	for _, text := range []string{"", "{", "null", "[]", "7", `"x"`, `{}`, `{"contact":""}`, `{"contact":7}`, `{"contact":"sip:a@b","expires":"x"}`, `{"contact":"sip:a@b","q":99999}`,
		`{"contact":"sip:a@b","cseq":1e300}`, `{"contact":"sip:a@b","contact_id":-1}`, `{"contact":"sip:a@b"}x`} {
		if err := backend().decode([]byte(text), new(usrloc.Contact)); err == nil {
			t.Errorf("%s is a contact", text)
		}
	}
	for _, change := range []func(*usrloc.Contact){func(c *usrloc.Contact) { c.URI = []byte("\xff") }, func(c *usrloc.Contact) { c.CallID = []byte("\xff") },
		func(c *usrloc.Contact) { c.Path = []byte("\xff") }, func(c *usrloc.Contact) { c.Received = []byte("\xff") }, func(c *usrloc.Contact) { c.Instance = []byte("\xff") }} {
		c := whole()
		change(&c)
		if text, err := backend().encode(&c); err == nil {
			t.Errorf("%s is written", text)
		}
	}
}

// A contact's field is its own: other Call-IDs are other contacts with matching_mode 1 only,
// and flows are told apart.
func TestField(t *testing.T) {
	one, two, flow := whole(), whole(), whole()
	two.CallID, flow.RegID = []byte("other"), 3
	b := backend()
	if b.field(&one) != b.field(&two) || b.field(&one) == b.field(&flow) || b.field(&one) == fieldKV {
		t.Error(b.field(&one), b.field(&two), b.field(&flow))
	}
	b.cfg.Call = true
	if b.field(&one) == b.field(&two) {
		t.Error(b.field(&one))
	}
}

// Whatever Redis has: it is no contact, or one that is the same after it was written again.
func FuzzDecode(f *testing.F) {
	c := whole()
	text, _ := backend().encode(&c)
	f.Add(text)
	for _, s := range []string{`{"contact":"sip:a@b"}`, `{"contact":"sip:a@b","q":-30000,"methods":null,"kv_store":null}`, `{"contact":"\ud800","ua":"\u0000"}`, `{"contact":"sip:a@b","kv_store":{"a":[1,{}]}}`,
		`{"contact":"sip:a@b","kv_store":7,"reg_id":4294967295}`, `{"CONTACT":"sip:a@b","received":""}`, `{`, `[]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var is, again usrloc.Contact
		b := backend()
		if b.decode(text, &is) != nil {
			return
		}
		if len(is.URI) == 0 || is.Q < usrloc.NoQ {
			t.Fatalf("%+v", is)
		}
		written, err := b.encode(&is)
		if err == nil {
			err = b.decode(written, &again)
		}
		if err != nil {
			t.Fatalf("%q: %v", written, err)
		}
		var was, now any
		_ = json.Unmarshal(is.KV, &was) // none: nil
		_ = json.Unmarshal(again.KV, &now)
		is.KV, again.KV = nil, nil // JSON is written more tightly
		if !reflect.DeepEqual(is, again) || !reflect.DeepEqual(was, now) {
			t.Errorf("%s:\n%+v, want\n%+v", written, again, is)
		}
	})
}
