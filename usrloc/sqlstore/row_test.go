package sqlstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/usrloc"
)

// A fakeQuery is a result of one row, which is also what was bound; nil is NULL.
type fakeQuery struct {
	db.Query
	row [][]byte
}

func (q *fakeQuery) Value(_, col int) ([]byte, bool) { return q.row[col], q.row[col] == nil }

func (q *fakeQuery) Bind(a db.Arg) {
	var b []byte
	switch a.Kind {
	case db.Int:
		b = strconv.AppendInt(nil, a.N, 10)
	case db.Float:
		b = strconv.AppendFloat(nil, a.F, 'g', -1, 64)
	case db.Text:
		b = append([]byte{}, a.B...)
	}
	q.row = append(q.row, b)
}

type noFlags struct{}

func (noFlags) AppendNames(b []byte, bits uint32) []byte {
	return append(b, strings.TrimSpace(strings.Repeat("F ", int(bits&7)))...)
}
func (noFlags) Bits(names []byte) uint32 { return uint32(bytes.Count(names, []byte("F"))) & 7 }

func newCodec() *codec { return &codec{useDomain: true, flags: noFlags{}} }

// whole is a row that has all columns.
func whole() [][]byte {
	var row [][]byte
	for _, s := range []string{"77", "bob", "example.com", "sip:bob@192.0.2.1", "sip:198.51.100.1:5062", "<sip:edge.example.com;lr>", "2000000000", "0.7", "call-1", "4711",
		"2026-11-27 04:00:00", "4", "F F", "Phone 1.0", "udp:127.0.0.1:5060", "31", "<urn:uuid:1>", `{"_reg_id":2,"_refresh_at":5,"_urec_kvs":"{\"k\":1}","a":1}`, "white=1"} {
		row = append(row, []byte(s))
	}
	return row
}

// A row has what its columns say, and NULL is nothing, or all methods.
func TestRow(t *testing.T) {
	x, r := rowReader{codec: newCodec()}, row{}
	if err := x.read(&fakeQuery{row: whole()}, 0, &r); err != nil {
		t.Fatal(err)
	}
	modified, _ := time.ParseInLocation(time.DateTime, "2026-11-27 04:00:00", time.Local)
	want := usrloc.Contact{ID: 77, URI: []byte("sip:bob@192.0.2.1"), Received: []byte("sip:198.51.100.1:5062"), Path: []byte("<sip:edge.example.com;lr>"), Expires: 2000000000, Q: 700,
		CallID: []byte("call-1"), CSeq: 4711, LastModified: modified.Unix(), Flags: 4, BranchFlags: 2, UserAgent: []byte("Phone 1.0"), Socket: []byte("udp:127.0.0.1:5060"), Methods: 31,
		Instance: []byte("<urn:uuid:1>"), RegID: 2, RefreshAt: 5, KV: []byte(`{"a":1}`), Attr: []byte("white=1")}
	if !reflect.DeepEqual(r.Contact, want) || string(r.aor) != "bob@example.com" || string(r.stored) != `{"k":1}` {
		t.Errorf("%q %q %+v, want\n%+v", r.aor, r.stored, r.Contact, want)
	}
	bare := whole()
	for _, col := range []int{colReceived, colPath, colBranchFlags, colSocket, colMethods, colInstance, colKV, colAttr, colUser} {
		bare[col] = nil
	}
	if err := x.read(&fakeQuery{row: bare}, 0, &r); err != nil || r.Methods != usrloc.AllMethods || r.KV != nil || string(r.aor) != "example.com" {
		t.Errorf("%v %+v", err, r)
	}
}

// What is no contact says why.
func TestRowsThatAreNone(t *testing.T) {
	for _, x := range []struct {
		col   int
		value string
		want  error
	}{
		{colID, "0", errID}, {colID, "-5", errID}, {colID, "x", errNumber}, {colID, "99999999999999999999", errNumber}, {colContact, "", errContact},
		{colExpires, "soon", errNumber}, {colCSeq, "-", errNumber}, {colLastModified, "", errTime}, {colLastModified, "2026-13-01 00:00:00", errTime},
		{colLastModified, "2026-11-27 0x:00:00", errTime}, {colMethods, "1.5", errNumber},
	} {
		q, reader := &fakeQuery{row: whole()}, rowReader{codec: newCodec()}
		q.row[x.col] = []byte(x.value)
		if err := reader.read(q, 0, new(row)); !errors.Is(err, x.want) {
			t.Errorf("column %d is %q: %v, want %v", x.col, x.value, err, x.want)
		}
	}
	q, reader := &fakeQuery{row: whole()}, rowReader{codec: newCodec()}
	q.row[colUser], q.row[colDomain] = nil, nil
	if err := reader.read(q, 0, new(row)); !errors.Is(err, errAoR) {
		t.Error(err)
	}
}

// Whatever a row has: it is no contact, or what is written of it is read as the same again.
func FuzzRow(f *testing.F) {
	add := func(row [][]byte) {
		f.Add(string(row[colID]), string(row[colUser]), string(row[colDomain]), string(row[colContact]), string(row[colExpires]), string(row[colQ]), string(row[colLastModified]),
			string(row[colFlags]), string(row[colMethods]), string(row[colUserAgent]), string(row[colKV]))
	}
	add(whole())
	for col, bad := range map[int]string{colID: "-9223372036854775808", colQ: "NaN", colLastModified: "2026-03-29 02:30:00.5", colMethods: "-1", colUserAgent: "\xff\x00", colKV: `{"_reg_id":`,
		colUser: "a@b", colFlags: "4294967295", colExpires: "9223372036854775807"} {
		row := whole()
		row[col] = []byte(bad)
		add(row)
	}
	f.Fuzz(func(t *testing.T, id, user, domain, contact, expires, q, modified, flags, methods, agent, kv string) {
		one := whole()
		for col, v := range map[int]string{colID: id, colUser: user, colDomain: domain, colContact: contact, colExpires: expires, colQ: q, colLastModified: modified, colFlags: flags,
			colMethods: methods, colUserAgent: agent, colKV: kv} {
			one[col] = []byte(v)
		}
		k := newCodec()
		x, is, again := rowReader{codec: k}, row{}, row{}
		if x.read(&fakeQuery{row: one}, 0, &is) != nil {
			return
		}
		if is.Q < usrloc.NoQ || is.Q > 1000 || is.ID == 0 || len(is.aor) == 0 || is.stored != nil && !json.Valid(is.stored) {
			t.Fatalf("%+v", is)
		}
		aor := bytes.Clone(is.aor)
		written := &fakeQuery{}
		k.bind(written, new(scratch), aor, is.stored, &is.Contact)
		if a := written.row[colUserAgent]; !utf8.Valid(a) || bytes.IndexByte(a, 0) >= 0 || utf8.RuneCount(a) > maxTexts {
			t.Fatalf("%q is written", a)
		}
		year := time.Unix(is.LastModified, 0).Year()
		if year < 1 || year > 9999 {
			return // no date that a database has
		}
		if err := x.read(written, 0, &again); err != nil {
			t.Fatalf("%q: %v", written.row, err)
		}
		was, now := is.Contact, again.Contact
		was.Expires = min(was.Expires, math.MaxInt32)
		was.UserAgent = append([]byte{}, shown(was.UserAgent)...)
		was.KV, now.KV = nil, nil                 // FuzzKV's
		was.RegID, now.RegID = 0, 0               // the same
		was.RefreshAt, now.RefreshAt = 0, 0       // the same
		was.LastModified, now.LastModified = 0, 0 // an hour may be there twice
		was.UserAgent, now.UserAgent = text(was.UserAgent), text(now.UserAgent)
		if !reflect.DeepEqual(was, now) || !bytes.Equal(aor, again.aor) {
			t.Errorf("%q %+v, want\n%q %+v", again.aor, now, aor, was)
		}
	})
}

// text is b, or nil if it is empty.
func text(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// What the column kv_store has is read, and is the same after it was written.
func FuzzKV(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1}`, `{"_reg_id":7,"a":"x"}`, `{"_refresh_at":-1}`, `{"_urec_kvs":"{\"k\":\"v\"}"}`, `{"_urec_kvs":"no"}`, `{"_urec_kvs":7,"b":[]}`, `{"_re`, `["_re"]`,
		`null "_re`, ` { "_reg_id" : 3 , "x" : {} } `, `{"_reg_id":99999999999999999999}`, `"_re"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var is, again usrloc.Contact
		stored := readKV([]byte(s), &is)
		if stored != nil && !json.Valid(stored) {
			t.Fatalf("%q", stored)
		}
		ours := is.RegID != 0 || is.RefreshAt != 0 || len(stored) > 0
		written := appendKV(nil, &is, stored)
		if !ours {
			if !bytes.Equal(written, is.KV) {
				t.Fatalf("%q of %q", written, is.KV)
			}
			return
		}
		if !json.Valid(written) {
			t.Fatalf("%q of %q", written, s)
		}
		stored2 := readKV(written, &again)
		if again.RegID != is.RegID || again.RefreshAt != is.RefreshAt || !bytes.Equal(stored, stored2) || !sameObject(is.KV, again.KV) {
			t.Errorf("%q: %+v %q, want %+v %q", written, again, stored2, is, stored)
		}
	})
}

// sameObject compares JSON objects; none is like an empty one.
func sameObject(a, b []byte) bool {
	var x, y map[string]any
	_ = json.Unmarshal(a, &x) // none: nil
	_ = json.Unmarshal(b, &y)
	return len(x) == 0 && len(y) == 0 || reflect.DeepEqual(x, y)
}
