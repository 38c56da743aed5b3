package usrloc_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// A rig is a store on loops in virtual time.
type rig struct {
	t *testing.T
	v *loop.Virtual
	*usrloc.Store
	d *usrloc.Domain
}

func newRig(t *testing.T, loops int, cfg usrloc.Config) *rig {
	t.Helper()
	v, err := loop.NewVirtual(loop.Config{Loops: loops, LogWriter: io.Discard}, func(_, _ loop.Addr, _ []byte) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Group().Stop)
	if cfg.CSeqDelay == 0 {
		cfg.CSeqDelay = 20
	}
	r := &rig{t: t, v: v, Store: usrloc.NewStore(v.Group(), cfg)}
	r.d = r.Declare("location")
	if err := v.Group().Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// on runs f on loop i.
func (r *rig) on(i int, f func(*loop.Loop)) { r.v.Group().Do(i, f) }

// now is the time in Unix seconds.
func (r *rig) now() int64 { return r.v.Group().Wall().Unix() }

// do carries a change of alice out on loop 0.
func (r *rig) do(set func(*usrloc.Change)) (res usrloc.Result) {
	return r.doFor("alice@example.com", 0, set)
}

func (r *rig) doFor(aor string, i int, set func(*usrloc.Change)) (res usrloc.Result) {
	r.on(i, func(l *loop.Loop) {
		ch := r.NewChange(l, r.d, []byte(aor))
		set(ch)
		var op usrloc.UpdateOp
		if res, op = r.Begin(l, ch); op != nil {
			r.t.Error("it does not end at once")
		}
	})
	return res
}

// register is a REGISTER with these contacts, each for an hour.
func (r *rig) register(callID string, cseq int32, uris ...string) usrloc.Result {
	return r.do(func(ch *usrloc.Change) { r.request(ch, callID, cseq, uris...) })
}

func (r *rig) request(ch *usrloc.Change, callID string, cseq int32, uris ...string) {
	ch.CallID, ch.CSeq = ch.Keep([]byte(callID)), cseq
	for _, uri := range uris {
		ch.Upsert(&usrloc.Contact{URI: []byte(uri), Expires: r.now() + 3600, Q: usrloc.NoQ, Methods: usrloc.AllMethods})
	}
}

func (r *rig) get() usrloc.Record { return r.d.Get([]byte("alice@example.com")) }

// uris lists the contacts of a record in their order.
func uris(r usrloc.Record) string {
	var c usrloc.Contact
	s := ""
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		s += string(c.URI) + " "
	}
	return s
}

func (r *rig) want(what string) {
	r.t.Helper()
	if got := uris(r.get()); got != what {
		r.t.Errorf("the contacts are %q, want %q", got, what)
	}
}

func (r *rig) verdict(res usrloc.Result, want usrloc.Verdict) {
	r.t.Helper()
	if res.Verdict != want {
		r.t.Errorf("it is %v, want %v", res.Verdict, want)
	}
}

// C074. RFC 3261 §10.3 step 7: "For each address, the registrar then searches the list of
// current bindings using the URI comparison rules", which are those of §19.1.4.
func TestC074ContactsAreComparedAsURIs(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"sip:alice@Example.COM", "sip:alice@example.com", true},                             // "comparison of all components ... is case-insensitive unless explicitly defined otherwise"
		{"sip:Alice@example.com", "sip:alice@example.com", false},                            // "Comparison of the userinfo ... is case-sensitive"
		{"sip:%61lice@example.com", "sip:alice@example.com", true},                           // escapes
		{"sip:alice@example.com;Transport=TCP", "sip:alice@example.com;transport=tcp", true}, // order and case of parameters
		{"sip:alice@example.com;newparam=5", "sip:alice@example.com", true},                  // "All other uri-parameters appearing in only one URI are ignored"
		{"sip:alice@example.com;newparam=5", "sip:alice@example.com;newparam=6", false},      // "Any uri-parameter appearing in both URIs must match"
		{"sip:alice@example.com;transport=udp", "sip:alice@example.com", false},              // "can resolve to different transports"
		{"sip:alice@example.com;user=phone", "sip:alice@example.com", false},                 // "A user, ttl, or method ... appearing in only one URI never matches"
		{"sip:alice@example.com;ttl=3", "sip:alice@example.com", false},                      //
		{"sip:alice@example.com;method=INVITE", "sip:alice@example.com", false},              //
		{"sip:alice@example.com;maddr=192.0.2.1", "sip:alice@example.com", false},            // "A URI that includes an maddr parameter will not match one that contains no maddr parameter"
		{"sip:alice@example.com:5060", "sip:alice@example.com", false},                       // "can resolve to different ports"
		{"sip:alice@example.com", "sips:alice@example.com", false},                           // "A SIP and SIPS URI are never equivalent"
		{"sip:alice@example.com?subject=x", "sip:alice@example.com", false},                  // "URI header components are never ignored"
	} {
		r := newRig(t, 1, usrloc.Config{})
		r.register("one", 1, c.a)
		r.verdict(r.register("two", 1, c.b), usrloc.Done)
		n := 2
		if c.same {
			n = 1
		}
		if got := r.get().Len(); got != n {
			t.Errorf("%s, %s: %d contacts, want %d", c.a, c.b, got, n)
		}
	}
}

// C082. RFC 3261 §10.3 step 7: "The binding updates MUST be committed (that is, made visible
// to the proxy or redirect server) if and only if all binding updates and additions succeed."
func TestC082AllOrNothing(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	r.register("call", 5, "sip:a@192.0.2.1")
	before := r.get()
	res := r.do(func(ch *usrloc.Change) { // one is new, the other's CSeq is old
		r.request(ch, "call", 4, "sip:b@192.0.2.1", "sip:a@192.0.2.1")
	})
	r.verdict(res, usrloc.OldCSeq)
	res = r.do(func(ch *usrloc.Change) {
		r.request(ch, "other", 1, "sip:b@192.0.2.1", "sip:a@192.0.2.1", "no URI")
	})
	r.verdict(res, usrloc.BadURI)
	res = r.do(func(ch *usrloc.Change) {
		ch.MaxContacts = 2
		ch.Delete(&usrloc.Contact{URI: []byte("sip:z@192.0.2.1")})
		r.request(ch, "other", 1, "sip:b@192.0.2.1", "sip:c@192.0.2.1")
	})
	r.verdict(res, usrloc.TooMany)
	if &before[0] != &r.get()[0] || &before[0] != &res.Record[0] {
		t.Error("the record is another")
	}
}

// RFC 3261 §10.3 step 7: the binding is updated if the Call-ID is another, or the CSeq is
// higher. cseq_delay: the same CSeq is a retransmission for some seconds, and an error later.
func TestCSeq(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{CSeqDelay: 20})
	r.register("call", 5, "sip:a@192.0.2.1")
	was := r.get()
	r.verdict(r.register("call", 4, "sip:a@192.0.2.1"), usrloc.OldCSeq)
	r.verdict(r.register("call", 5, "sip:a@192.0.2.1"), usrloc.SameCSeq)
	r.v.Advance(19 * time.Second)
	r.verdict(r.register("call", 5, "sip:a@192.0.2.1"), usrloc.SameCSeq)
	r.v.Advance(time.Second)
	r.verdict(r.register("call", 5, "sip:a@192.0.2.1"), usrloc.OldCSeq)
	if &was[0] != &r.get()[0] {
		t.Error("a request that is old has changed something")
	}
	r.verdict(r.register("call", 6, "sip:a@192.0.2.1"), usrloc.Done)
	r.verdict(r.register("reboot", 1, "sip:a@192.0.2.1"), usrloc.Done)
	if r.get().Len() != 1 {
		t.Errorf("%d contacts", r.get().Len())
	}
}

// RFC 3261 §10.2.2 and §10.3 step 6: Contact: * removes all; a binding with the same Call-ID
// only if the CSeq is higher, else nothing at all.
func TestClear(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	r.register("one", 5, "sip:a@192.0.2.1")
	r.register("two", 5, "sip:b@192.0.2.1")
	clearing := func(callID string, cseq int32) usrloc.Result {
		return r.do(func(ch *usrloc.Change) { ch.CallID, ch.CSeq, ch.Clear = []byte(callID), cseq, true })
	}
	r.verdict(clearing("two", 5), usrloc.OldCSeq)
	r.want("sip:a@192.0.2.1 sip:b@192.0.2.1 ")
	r.verdict(clearing("two", 6), usrloc.Done)
	r.want("")
	r.verdict(clearing("two", 7), usrloc.Unchanged)
}

// A contact with expires=0 goes; one that is not there does not matter.
func TestDelete(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	r.register("one", 1, "sip:a@192.0.2.1", "sip:b@192.0.2.1")
	res := r.do(func(ch *usrloc.Change) {
		ch.CallID, ch.CSeq = []byte("one"), 2
		ch.Delete(&usrloc.Contact{URI: []byte("sip:a@192.0.2.1")})
		ch.Delete(&usrloc.Contact{URI: []byte("sip:never@192.0.2.1")})
	})
	r.verdict(res, usrloc.Done)
	r.want("sip:b@192.0.2.1 ")
	if uris(res.Record) != uris(r.get()) {
		t.Error("the result has another record")
	}
}

// By descending q, of equal ones the older first; with desc_time_order the newest first.
func TestOrder(t *testing.T) {
	put := func(r *rig, uri string, q int16) {
		r.do(func(ch *usrloc.Change) {
			ch.Upsert(&usrloc.Contact{URI: []byte("sip:" + uri + "@h"), CallID: []byte(uri), Expires: r.now() + 60, Q: q})
		})
	}
	for newest, want := range map[bool]string{
		false: "sip:d@h sip:c@h sip:b@h sip:a@h sip:e@h ",
		true:  "sip:b@h sip:e@h sip:a@h sip:d@h sip:c@h ",
	} {
		r := newRig(t, 1, usrloc.Config{NewestFirst: newest})
		put(r, "b", 100)
		put(r, "a", 300)
		put(r, "c", 500)
		put(r, "a", 300) // the same q: it keeps its place, but for the newest first
		put(r, "d", 1000)
		put(r, "a", 300)
		put(r, "e", usrloc.NoQ)
		put(r, "b", 500)
		r.want(want)
	}
}

// What the ways of matching take for the same contact.
func TestMatching(t *testing.T) {
	for name, c := range map[string]struct {
		mode           usrloc.Matching
		params         string
		first, second  usrloc.Contact
		callID, callI2 string
		n              int
	}{
		"contact only":                  {usrloc.MatchContact, "", usrloc.Contact{URI: []byte("sip:a@h")}, usrloc.Contact{URI: []byte("sip:a@H")}, "1", "2", 1},
		"contact and Call-ID, other":    {usrloc.MatchContactCall, "", usrloc.Contact{URI: []byte("sip:a@h")}, usrloc.Contact{URI: []byte("sip:a@h")}, "1", "2", 2},
		"contact and Call-ID, same":     {usrloc.MatchContactCall, "", usrloc.Contact{URI: []byte("sip:a@h")}, usrloc.Contact{URI: []byte("sip:a@h")}, "1", "1", 1},
		"parameter, same":               {usrloc.MatchParams, "rinstance", usrloc.Contact{URI: []byte("sip:a@h1;rinstance=x")}, usrloc.Contact{URI: []byte("sip:a@h2;rinstance=x")}, "1", "2", 1},
		"parameter, other":              {usrloc.MatchParams, "rinstance", usrloc.Contact{URI: []byte("sip:a@h;rinstance=x")}, usrloc.Contact{URI: []byte("sip:a@h;rinstance=y")}, "1", "2", 2},
		"parameter, missing, other URI": {usrloc.MatchParams, "rinstance", usrloc.Contact{URI: []byte("sip:a@h1;rinstance=x")}, usrloc.Contact{URI: []byte("sip:a@h2")}, "1", "2", 2},
		"parameter, missing, same URI":  {usrloc.MatchParams, "rinstance", usrloc.Contact{URI: []byte("sip:a@h")}, usrloc.Contact{URI: []byte("sip:a@h")}, "1", "2", 1},
		"instance":                      {usrloc.MatchInstance, "", usrloc.Contact{URI: []byte("sip:a@h1"), Instance: []byte("i")}, usrloc.Contact{URI: []byte("sip:a@h2"), Instance: []byte("i")}, "1", "2", 1},
		"another instance":              {usrloc.MatchInstance, "", usrloc.Contact{URI: []byte("sip:a@h"), Instance: []byte("i")}, usrloc.Contact{URI: []byte("sip:a@h"), Instance: []byte("j")}, "1", "2", 2},
		// RFC 5626 §6: "if the AOR, instance-id and reg-id all match, the registrar replaces"
		"same flow, other URI": {usrloc.MatchContact, "", usrloc.Contact{URI: []byte("sip:a@h1"), Instance: []byte("i"), RegID: 1}, usrloc.Contact{URI: []byte("sip:a@h2"), Instance: []byte("i"), RegID: 1}, "1", "2", 1},
		"other flow, same URI": {usrloc.MatchContact, "", usrloc.Contact{URI: []byte("sip:a@h"), Instance: []byte("i"), RegID: 1}, usrloc.Contact{URI: []byte("sip:a@h"), Instance: []byte("i"), RegID: 2}, "1", "2", 2},
	} {
		r := newRig(t, 1, usrloc.Config{})
		for i, x := range []usrloc.Contact{c.first, c.second} {
			r.do(func(ch *usrloc.Change) {
				ch.CallID, ch.CSeq, ch.Matching = []byte([]string{c.callID, c.callI2}[i]), int32(i+1), c.mode
				ch.Params = [][]byte{[]byte(c.params)}
				x.Expires = r.now() + 60
				ch.Upsert(&x)
			})
		}
		if got := r.get().Len(); got != c.n {
			t.Errorf("%s: %d contacts, want %d", name, got, c.n)
		}
	}
}

// MaxContacts refuses; with Force the longest unmodified ones go.
func TestMaxContacts(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	for i := range 3 {
		r.register(fmt.Sprint("call", i), 1, fmt.Sprintf("sip:%d@h", i))
		r.v.Advance(time.Second)
	}
	r.register("call0", 2, "sip:0@h")
	more := func(force bool, uris ...string) usrloc.Result {
		return r.do(func(ch *usrloc.Change) {
			ch.MaxContacts, ch.Force = 3, force
			r.request(ch, "new", 1, uris...)
		})
	}
	r.verdict(more(false, "sip:9@h"), usrloc.TooMany)
	r.verdict(more(true, "sip:9@h"), usrloc.Done)
	r.want("sip:0@h sip:2@h sip:9@h ")
	r.verdict(more(true, "sip:a@h", "sip:b@h", "sip:c@h", "sip:d@h"), usrloc.TooMany)
	r.want("sip:0@h sip:2@h sip:9@h ")
	res := r.do(func(ch *usrloc.Change) { // fewer are allowed by now, but it adds none
		ch.MaxContacts = 1
		r.request(ch, "call2", 2, "sip:2@h")
	})
	r.verdict(res, usrloc.Done)
}

// "10,000 contacts for one AoR": a record has at most 1,000, and 256 KiB.
func TestTenThousandContacts(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	refused := 0
	for i := range 10_000 / usrloc.MaxItems {
		var uris []string
		for k := range usrloc.MaxItems {
			uris = append(uris, fmt.Sprintf("sip:%d.%d@192.0.2.1", i, k))
		}
		if res := r.register(fmt.Sprint(i), 1, uris...); res.Verdict == usrloc.TooMany {
			refused++
		}
	}
	if n := usrloc.MaxRecordContacts / usrloc.MaxItems; r.get().Len() != n*usrloc.MaxItems || refused != 10_000/usrloc.MaxItems-n {
		t.Errorf("%d contacts, %d requests refused", r.get().Len(), refused)
	}
	r = newRig(t, 1, usrloc.Config{})
	long := make([]byte, 8000)
	for i := range long {
		long[i] = 'x'
	}
	for i := range 100 {
		r.do(func(ch *usrloc.Change) {
			ch.Upsert(&usrloc.Contact{URI: fmt.Appendf(nil, "sip:%d@h", i), UserAgent: long})
		})
	}
	if n := len(r.get()); n > usrloc.MaxRecordBytes || n < usrloc.MaxRecordBytes-20_000 {
		t.Errorf("the record has %d bytes", n)
	}
	res := r.do(func(ch *usrloc.Change) {
		for i := range usrloc.MaxItems + 1 {
			ch.Delete(&usrloc.Contact{URI: fmt.Appendf(nil, "sip:%d@h", i)})
		}
	})
	r.verdict(res, usrloc.TooMany)
}

// A contact ends at its time, without anybody asking; what is refreshed in time stays.
func TestExpiry(t *testing.T) {
	r := newRig(t, 2, usrloc.Config{})
	put := func(i int, uri string, seconds int64) {
		r.doFor("alice@example.com", i, func(ch *usrloc.Change) {
			ch.Upsert(&usrloc.Contact{URI: []byte(uri), Expires: r.now() + seconds})
		})
	}
	put(0, "sip:a@h", 60)
	put(1, "sip:b@h", 90)
	put(0, "sip:c@h", 20_000) // longer than the wheel
	r.v.Advance(59 * time.Second)
	r.want("sip:a@h sip:b@h sip:c@h ")
	put(1, "sip:b@h", 100)
	r.v.Advance(2 * time.Second)
	r.want("sip:b@h sip:c@h ")
	r.v.Advance(90 * time.Second)
	r.want("sip:b@h sip:c@h ")
	r.v.Advance(10 * time.Second)
	r.want("sip:c@h ")
	r.v.Advance(19_800 * time.Second)
	r.want("sip:c@h ")
	r.v.Advance(100 * time.Second)
	r.want("")
	if n := r.v.Timers(); n != 0 {
		t.Errorf("%d timers run for nothing", n)
	}
	users, contacts, expired := counts(r.d)
	if users != 0 || contacts != 0 || expired != 3 {
		t.Errorf("%d users, %d contacts, %d expired", users, contacts, expired)
	}
}

func counts(d *usrloc.Domain) (users, contacts int64, expired uint64) {
	for _, c := range d.Counters() {
		users, contacts, expired = users+c.Users.Load(), contacts+c.Contacts.Load(), expired+c.Expires.Load()
	}
	return users, contacts, expired
}

// Registering and unregistering again and again leaves no entries behind in the wheel: what
// is there serves the next one, also where a contact is to end sooner or later.
func TestComingAndGoing(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	for i := range 500 {
		r.do(func(ch *usrloc.Change) {
			ch.Upsert(&usrloc.Contact{URI: []byte("sip:a@h"), Expires: r.now() + 30 + int64(i%7)})
		})
		if i%3 == 0 {
			r.do(func(ch *usrloc.Change) { ch.Clear = true })
		}
		r.v.Advance(time.Second)
	}
	r.v.Advance(40 * time.Second)
	r.want("")
	r.do(func(ch *usrloc.Change) { ch.Upsert(&usrloc.Contact{URI: []byte("sip:a@h")}) })
	r.v.Advance(100_000 * time.Second)
	r.want("sip:a@h ") // it is permanent
}

// A watcher is told of what others do, on its own loop.
func TestWatch(t *testing.T) {
	r := newRig(t, 2, usrloc.Config{})
	w := &watcher{t: t}
	var x *usrloc.Watch
	r.on(1, func(l *loop.Loop) { x = r.Watch(l, r.d, []byte("alice@example.com"), w) })
	r.register("call", 1, "sip:a@h")
	r.doFor("bob@example.com", 0, func(ch *usrloc.Change) { r.request(ch, "x", 1, "sip:b@h") })
	r.v.Settle()
	if w.n != 1 {
		t.Errorf("told %d times, want once", w.n)
	}
	r.v.Advance(2 * time.Hour)
	if w.n != 2 {
		t.Errorf("told %d times, want again when the contact ends", w.n)
	}
	r.on(1, func(l *loop.Loop) { x.Close(l) })
	r.register("call", 2, "sip:a@h")
	r.v.Settle()
	if w.n != 2 {
		t.Error("told after it was closed")
	}
}

type watcher struct {
	t *testing.T
	n int
}

func (w *watcher) ContactsChanged(l *loop.Loop, x *usrloc.Watch) {
	if w.n++; l.Index() != 1 || string(x.AoR()) != "alice@example.com" {
		w.t.Error("on another loop, or of another AoR")
	}
}

// What is raised, in which order.
func TestEvents(t *testing.T) {
	bus := &event.Bus{}
	var got string
	bus.RouteBy(func(string) bool { return true }, func(_ *loop.Loop, e *event.Raised) bool {
		got += e.Name
		for i, n := range e.Names {
			switch n {
			case "uri", "reason":
				got += " " + string(e.Values[i].Str)
			case "latency":
				got += fmt.Sprint(" ", e.Values[i].Int)
			}
		}
		got += "\n"
		return true
	})
	r := newRig(t, 1, usrloc.Config{Events: bus, Refresh: true, LatencyMin: 1000})
	r.do(func(ch *usrloc.Change) {
		ch.Upsert(&usrloc.Contact{URI: []byte("sip:a@h"), Expires: r.now() + 100, RefreshAt: r.now() + 50})
	})
	r.v.Advance(60 * time.Second)
	r.do(func(ch *usrloc.Change) {
		ch.Upsert(&usrloc.Contact{URI: []byte("sip:a@h"), Expires: r.now() + 100, CSeq: 2})
	})
	var c usrloc.Contact
	r.get().Next(0, &c)
	for _, us := range []uint32{999, 1000} {
		r.do(func(ch *usrloc.Change) { ch.PingID, ch.PingLatency = c.ID, us })
	}
	r.v.Advance(101 * time.Second)
	want := "E_UL_AOR_INSERT\nE_UL_CONTACT_INSERT sip:a@h 0\nE_UL_CONTACT_REFRESH sip:a@h reg-refresh\nE_UL_CONTACT_UPDATE sip:a@h 0\n" +
		"E_UL_LATENCY_UPDATE sip:a@h 1000\nE_UL_CONTACT_DELETE sip:a@h 1000\nE_UL_AOR_DELETE\n"
	if got != want {
		t.Errorf("raised\n%swant\n%s", got, want)
	}
}

// Remove takes what matches all that is said.
func TestRemove(t *testing.T) {
	for _, c := range []struct {
		f    usrloc.Filter
		want string
	}{
		{usrloc.Filter{}, "sip:a@192.0.2.1 sip:b@192.0.2.2 sip:c@192.0.2.3:5070 "},
		{usrloc.Filter{URI: []byte("sip:b@192.0.2.2;x")}, "sip:a@192.0.2.1 sip:c@192.0.2.3:5070 "},
		{usrloc.Filter{Host: []byte("192.0.2.3")}, "sip:a@192.0.2.1 sip:b@192.0.2.2 "},
		{usrloc.Filter{Host: []byte("192.0.2.3"), Port: 5060}, "sip:a@192.0.2.1 sip:b@192.0.2.2 sip:c@192.0.2.3:5070 "},
		{usrloc.Filter{Host: []byte("198.51.100.1"), Port: 5062}, "sip:b@192.0.2.2 sip:c@192.0.2.3:5070 "},
		{usrloc.Filter{Host: []byte("192.0.2.1")}, "sip:a@192.0.2.1 sip:b@192.0.2.2 sip:c@192.0.2.3:5070 "},
		{usrloc.Filter{Host: []byte("edge.example.com")}, "sip:a@192.0.2.1 sip:c@192.0.2.3:5070 "},
		{usrloc.Filter{Instance: []byte("i"), Port: 5070}, "sip:a@192.0.2.1 sip:b@192.0.2.2 "},
		{usrloc.Filter{BranchFlags: 4}, "sip:b@192.0.2.2 sip:c@192.0.2.3:5070 "},
	} {
		r := newRig(t, 1, usrloc.Config{})
		r.do(func(ch *usrloc.Change) {
			ch.Upsert(&usrloc.Contact{URI: []byte("sip:a@192.0.2.1"), Received: []byte("sip:198.51.100.1:5062"), BranchFlags: 6})
			ch.Upsert(&usrloc.Contact{URI: []byte("sip:b@192.0.2.2"), Path: []byte("<sip:Edge.example.com;lr>, <sip:192.0.2.9;lr>")})
			ch.Upsert(&usrloc.Contact{URI: []byte("sip:c@192.0.2.3:5070"), Instance: []byte("i")})
		})
		r.do(func(ch *usrloc.Change) { ch.Remove = c.f })
		r.want(c.want)
	}
}

// The AoR's own keys stay with it as long as it has contacts.
func TestKeys(t *testing.T) {
	r := newRig(t, 1, usrloc.Config{})
	set := func(key, value string) usrloc.Result {
		return r.do(func(ch *usrloc.Change) {
			if ch.Key = []byte(key); value != "" {
				ch.Value = []byte(value)
			}
		})
	}
	r.verdict(set("k", `"v"`), usrloc.Unchanged)
	r.register("call", 1, "sip:a@h")
	r.verdict(set("k", `"v"`), usrloc.Done)
	r.register("call", 2, "sip:b@h")
	if v := usrloc.Key(r.get().KV(), []byte("k")); string(v) != `"v"` {
		t.Errorf("the value is %s", v)
	}
	r.verdict(set("k", ""), usrloc.Done)
	if r.get().KV() != nil {
		t.Error("an empty store is kept")
	}
	r.verdict(set("k", "no JSON"), usrloc.Unchanged)
}
