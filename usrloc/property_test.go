package usrloc_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fastsips/fastsips/usrloc"
)

const aor = "alice@example.com"

// change makes a change of what a fuzzer has thought of.
func change(b []byte, now int64) *usrloc.Change {
	next := func() byte {
		if len(b) == 0 {
			return 0
		}
		x := b[0]
		b = b[1:]
		return x
	}
	ch := &usrloc.Change{AoR: []byte(aor), MaxContacts: int(next() % 5)}
	ch.CallID, ch.CSeq = fmt.Appendf(nil, "call%d", next()%3), int32(next()%8)
	ch.Force, ch.Matching = next()%4 == 0, usrloc.Matching(next()%5)
	ch.Params = [][]byte{[]byte("ob")}
	if next()%8 == 0 {
		ch.Clear = true
	}
	for range next() % 6 {
		uri := []string{"sip:a@h", "sip:A@h", "sip:a@H;ob=1", "sip:b@h;ob=2", "sip:b@h:5060", "sips:c@h", "tel:+1-2", "tel:+12", "none"}[next()%9]
		c := usrloc.Contact{URI: []byte(uri), Q: int16(next()%12)*100 - 1, Methods: uint32(next()), Flags: uint32(next()), BranchFlags: uint32(next() % 2)}
		if x := next(); x%3 > 0 {
			c.Expires = now + int64(x%40)
		}
		if x := next(); x%4 == 0 {
			c.Instance, c.RegID = []byte{'i', x}, uint32(x%3)
		}
		c.Received, c.UserAgent = bytes.Repeat([]byte("r"), int(next()%3)), bytes.Repeat([]byte("u"), int(next()))
		if next()%4 == 0 {
			ch.Delete(&c)
		} else {
			ch.Upsert(&c)
		}
	}
	if next()%8 == 0 {
		ch.Remove = usrloc.Filter{URI: []byte("sip:a@h")}
	}
	return ch
}

func contacts(r usrloc.Record) (list []usrloc.Contact) {
	var c usrloc.Contact
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		list = append(list, c)
	}
	return list
}

// step applies one change, and checks what has to hold for each.
func step(t *testing.T, old usrloc.Record, ch *usrloc.Change, now int64, id uint64) usrloc.Record {
	was := bytes.Clone(old)
	next, v := usrloc.Apply(old, ch, now, id)
	if !bytes.Equal(was, old) {
		t.Fatal("the old record was changed")
	}
	before, after := contacts(old), contacts(next)
	live := slices.DeleteFunc(slices.Clone(before), func(c usrloc.Contact) bool { return !c.Live(now) })
	if len(after) != next.Len() {
		t.Fatalf("%d contacts, and its header says %d", len(after), next.Len())
	}
	if v != usrloc.Done && !bytes.Equal(next, old) {
		t.Fatal("all or nothing: it is refused, and the record is another")
	}
	if most := max(ch.MaxContacts, len(live)); v == usrloc.Done && ch.MaxContacts > 0 && len(after) > most {
		t.Fatalf("%d contacts, at most %d may be there", len(after), most)
	}
	seen := map[uint64]usrloc.Contact{}
	for i, c := range after {
		if _, twice := seen[c.ID]; twice {
			t.Fatalf("two contacts have ID %d", c.ID)
		}
		seen[c.ID] = c
		if v == usrloc.Done && i > 0 && after[i-1].Q < c.Q {
			t.Fatalf("q %d comes before %d", after[i-1].Q, c.Q)
		}
		if v == usrloc.Done && !c.Live(now) && c.LastModified < now {
			t.Fatal("a contact that has ended is still there")
		}
	}
	for _, c := range live { // "the same Call-ID and a lower CSeq never change anything"
		if bytes.Equal(c.CallID, ch.CallID) && ch.CSeq < c.CSeq && !ch.Force && len(ch.Remove.URI) == 0 {
			if is, there := seen[c.ID]; !there || is.CSeq != c.CSeq {
				t.Fatalf("CSeq %d has changed a contact of CSeq %d", ch.CSeq, c.CSeq)
			}
		}
	}
	if again, w := usrloc.Apply(old, ch, now, id); v != w || !bytes.Equal(next, again) {
		t.Fatal("the same again gives something else")
	}
	return next
}

func FuzzApply(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Fuzz(func(t *testing.T, b []byte) {
		var r usrloc.Record
		now, id := int64(1_800_000_000), uint64(1)
		for len(b) > 0 {
			n := min(len(b), 40)
			r = step(t, r, change(b[:n], now), now, id)
			b, now, id = b[n:], now+int64(b[0]%9), id+100*usrloc.IDStep
		}
	})
}

// What FuzzApply looks for, with random changes.
func TestApplyKeepsItsPromises(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 60)
	for range 150 {
		var r usrloc.Record
		now, id := int64(1_800_000_000), uint64(1)
		for range 60 {
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
			r = step(t, r, change(b, now), now, id)
			now, id = now+rnd.Int64N(9), id+100*usrloc.IDStep
		}
	}
}

// What is put into a record comes out of it.
func TestRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	text := func() []byte {
		if rnd.IntN(3) == 0 {
			return nil
		}
		return bytes.Repeat([]byte{byte(rnd.Uint32())}, 1+rnd.IntN(300))
	}
	for range 400 {
		ch := &usrloc.Change{AoR: []byte(aor)}
		var want []usrloc.Contact
		for i := range 1 + rnd.IntN(5) {
			c := usrloc.Contact{URI: fmt.Appendf(nil, "sip:%d@h", i), CallID: append([]byte("c"), text()...), CSeq: int32(rnd.Uint32()), Expires: rnd.Int64N(math.MaxUint32),
				Q: usrloc.NoQ, Received: text(), Path: text(), Socket: text(), UserAgent: text(), Instance: text(), RegID: rnd.Uint32N(1 << rnd.Uint32N(31)), Methods: rnd.Uint32(),
				Flags: rnd.Uint32(), BranchFlags: rnd.Uint32() & rnd.Uint32(), Attr: text(), KV: text(), Flow: text(), Latency: rnd.Uint32() & 1, RefreshAt: rnd.Int64N(math.MaxUint32)}
			ch.Upsert(&c)
			c.ID, c.LastModified = uint64(7+i*usrloc.IDStep), 5
			want = append(want, c)
		}
		r, v := usrloc.Apply(nil, ch, 5, 7)
		if v != usrloc.Done || string(r.AoR()) != aor {
			t.Fatal(v, string(r.AoR()))
		}
		for i, c := range contacts(r) {
			if fmt.Sprint(c) != fmt.Sprint(want[i]) {
				t.Fatalf("contact %d is\n%+v\nwant\n%+v", i, c, want[i])
			}
		}
		if n := binary.LittleEndian.Uint32(r[4:]); int(n) != len(r) {
			t.Fatalf("%d bytes, and its header says %d", len(r), n)
		}
	}
}

// A Diff leads from the one record to the other.
func TestDiff(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	b := make([]byte, 80)
	var r usrloc.Record
	var d usrloc.Diff
	now, id := int64(1_800_000_000), uint64(1)
	for range 3000 {
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		next, _ := usrloc.Apply(r, change(b, now), now, id)
		d.Compare(r, next)
		have := map[uint64]string{}
		for _, c := range contacts(r) {
			have[c.ID] = fmt.Sprint(c)
		}
		for _, c := range d.Deleted {
			delete(have, c.ID)
		}
		for _, c := range d.Inserted {
			if _, there := have[c.ID]; there {
				t.Fatal("inserted, and was there")
			}
			have[c.ID] = fmt.Sprint(c)
		}
		for _, c := range d.Updated {
			if was, there := have[c.ID]; !there || was == fmt.Sprint(c) {
				t.Fatal("updated, and was not there, or is the same")
			}
			have[c.ID] = fmt.Sprint(c)
		}
		for _, c := range contacts(next) {
			if have[c.ID] != fmt.Sprint(c) {
				t.Fatal("the diff leads elsewhere")
			}
			delete(have, c.ID)
		}
		if len(have) > 0 {
			t.Fatal("something is left over")
		}
		r, now, id = next, now+rnd.Int64N(9), id+100*usrloc.IDStep
	}
}
