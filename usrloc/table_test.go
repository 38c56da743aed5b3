package usrloc_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/fastsips/fastsips/internal/hugepages"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// Many AoRs come and go, in parts that grow and are cleaned, against a map.
func TestAgainstMap(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	rnd := rand.New(rand.NewPCG(7, 8))
	model := map[string]int{}
	r.on(0, func(l *loop.Loop) {
		for i := range 120_000 {
			name := fmt.Sprintf("user%d@example.com", rnd.IntN(30_000))
			ch := r.NewChange(l, r.d, []byte(name))
			if model[name] > 0 && rnd.IntN(2) == 0 {
				ch.Clear = true
				delete(model, name)
			} else {
				ch.Upsert(&usrloc.Contact{URI: fmt.Appendf(nil, "sip:%d@h", i)})
				model[name]++
			}
			if res, _ := r.Begin(l, ch); res.Verdict != usrloc.Done {
				t.Fatal(res.Verdict)
			}
		}
	})
	n, all := 0, 0
	for name, want := range model {
		if got := r.d.Get([]byte(name)).Len(); got != want {
			t.Fatalf("%s has %d contacts, want %d", name, got, want)
		}
		all += want
	}
	for at, more := 0, true; more; more = at != 0 {
		at = r.d.Each(at, func(x usrloc.Record) {
			if n++; x.Len() != model[string(x.AoR())] {
				t.Fatalf("%s comes with %d contacts", x.AoR(), x.Len())
			}
		})
	}
	users, contacts, _ := counts(r.d)
	if n != len(model) || int(users) != n || int(contacts) != all {
		t.Errorf("%d records, %d users, %d contacts; want %d, %d", n, users, contacts, len(model), all)
	}
	if r.d.Get([]byte("nobody@example.com")) != nil {
		t.Error("somebody who was never there is found")
	}
}

// Changes of all loops at once: none is lost, neither of one AoR nor of many in parts that are
// being replaced.
func TestConcurrentChangesLoseNothing(t *testing.T) {
	const loops, each = 4, 200
	r := looptest.New(t, loops)
	s := usrloc.NewStore(r.Group, usrloc.Config{})
	d := s.Declare("location")
	r.Start()
	put := func(l *loop.Loop, aor string, i int) {
		ch := s.NewChange(l, d, []byte(aor))
		ch.Upsert(&usrloc.Contact{URI: fmt.Appendf(nil, "sip:%d.%d@h", l.Index(), i), Expires: l.Wall().Unix() + 100})
		if res, _ := s.Begin(l, ch); res.Verdict != usrloc.Done {
			t.Error(res.Verdict)
		}
	}
	var wg sync.WaitGroup
	for k := range loops {
		for i := range each {
			wg.Add(1)
			r.Group.Mailbox(k).Post(&loop.Task{Run: func(l *loop.Loop) {
				defer wg.Done()
				put(l, "one@example.com", i)
				for n := range 40 {
					put(l, fmt.Sprintf("u%d.%d@example.com", i, n), 0)
				}
				passing := s.NewChange(l, d, []byte("one@example.com"))
				passing.Remove.URI = fmt.Appendf(nil, "sip:%d.%d@h", l.Index(), i-1)
				if i%2 == 1 {
					s.Begin(l, passing)
				} else {
					s.FreeChange(l, passing)
				}
			}})
		}
	}
	wg.Wait()
	if n := d.Get([]byte("one@example.com")).Len(); n != loops*each/2 {
		t.Errorf("%d contacts, want %d", n, loops*each/2)
	}
	ids := map[uint64]bool{}
	for i := range each {
		for n := range 40 {
			x := d.Get(fmt.Appendf(nil, "u%d.%d@example.com", i, n))
			if x.Len() != loops {
				t.Fatalf("%d contacts, want %d", x.Len(), loops)
			}
			for _, c := range contacts(x) {
				if ids[c.ID] {
					t.Fatal("two contacts have the same ID")
				}
				ids[c.ID] = true
			}
		}
	}
	if users, all, _ := counts(d); users != 1+each*40 || all != loops*each/2+each*40*loops {
		t.Errorf("%d users, %d contacts", users, all)
	}
}

// "0 allocations": looking up makes no garbage, and a refresh just the new record.
func TestLookupDoesNotAllocate(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	r.register("call", 1, "sip:alice@192.0.2.1:5060")
	who := []byte(aor)
	var c usrloc.Contact
	n := testing.AllocsPerRun(1000, func() {
		x, _ := r.Find(nil, r.d, who)
		if _, ok := x.Next(0, &c); !ok {
			t.Fatal("not found")
		}
	})
	if n != 0 {
		t.Errorf("a lookup allocates %v times", n)
	}
	uri, call := []byte("sip:alice@192.0.2.1:5060"), []byte("call")
	r.on(0, func(l *loop.Loop) {
		cseq := int32(1)
		n = testing.AllocsPerRun(1000, func() {
			ch := r.NewChange(l, r.d, who)
			cseq++
			ch.CallID, ch.CSeq = ch.Keep(call), cseq
			ch.Upsert(&usrloc.Contact{URI: uri, Expires: l.Wall().Unix() + 3600})
			r.Begin(l, ch)
		})
	})
	if n != 1 {
		t.Errorf("a refresh allocates %v times, want 1", n)
	}
}

// benchTable has 1,000,000 AoRs with a contact each.
func benchTable(b *testing.B) (*looptest.Rig, *usrloc.Store, *usrloc.Domain, [][]byte) {
	const n = 1_000_000
	if hugepages.Wanted() == nil { // as fastsips has its heap
		if err := hugepages.Reserve(1 << 30); err != nil {
			b.Fatal(err)
		}
	}
	r := looptest.New(b, 1)
	s := usrloc.NewStore(r.Group, usrloc.Config{CSeqDelay: 20})
	d := s.Declare("location")
	names := make([][]byte, n)
	r.Group.Do(0, func(l *loop.Loop) {
		for i := range names {
			names[i] = fmt.Appendf(nil, "user%07d@example.com", i)
			s.Restore(l, d, names[i], &usrloc.Contact{ID: uint64(i + 1), URI: fmt.Appendf(nil, "sip:user%07d@192.0.2.1:5060", i), CallID: []byte("3848276298220188511@192.0.2.1"),
				Expires: l.Wall().Unix() + 3600, UserAgent: []byte("Phone/1.0"), Socket: []byte("udp:192.0.2.9:5060"), Received: []byte("sip:198.51.100.1:40000")}, nil)
		}
	})
	rand.Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
	runtime.GC() // not while it is measured
	return r, s, d, names
}

// "Lookup ≤ 500 ns, 0 allocations, with 1,000,000 AoRs", each another one than before.
func BenchmarkLookup(b *testing.B) {
	_, s, d, names := benchTable(b)
	b.ReportAllocs()
	var c usrloc.Contact
	name, i := []byte(names[0]), 0
	for b.Loop() {
		for k, n := 10, i; k > 3; k, n = k-1, n/10 {
			name[k] = '0' + byte(n%10)
		}
		x, _ := s.Find(nil, d, name)
		if _, ok := x.Next(0, &c); !ok {
			b.Fatal("not found")
		}
		if i += 618_033; i >= len(names) {
			i -= len(names)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	r, s, d, names := benchTable(b)
	b.ReportAllocs()
	r.Group.Do(0, func(l *loop.Loop) {
		uri, call, i, cseq := []byte(nil), []byte("3848276298220188511@192.0.2.1"), 0, int32(1)
		for b.Loop() {
			ch := s.NewChange(l, d, names[i])
			ch.CallID, ch.CSeq = ch.Keep(call), cseq
			uri = append(append(append(uri[:0], "sip:"...), names[i][:11]...), "@192.0.2.1:5060"...)
			ch.Upsert(&usrloc.Contact{URI: uri, Expires: l.Wall().Unix() + 3600, UserAgent: []byte("Phone/1.0"), Socket: []byte("udp:192.0.2.9:5060")})
			if x, _ := s.Begin(l, ch); x.Verdict != usrloc.Done {
				b.Fatal(x.Verdict)
			}
			if i++; i == len(names) {
				i, cseq = 0, cseq+1
			}
		}
	})
}
