package usrloc

import (
	"math"

	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

var aorParams = []event.Param{{Name: "domain", Doc: "the table"}, {Name: "aor", Doc: "the address-of-record"}}

var contactParams = []event.Param{
	{Name: "domain", Doc: "the table"}, {Name: "aor", Doc: "the address-of-record"}, {Name: "uri", Doc: "of the contact"},
	{Name: "received", Doc: "URI of where its REGISTER came from; empty: where the contact points"}, {Name: "path", Doc: "its Path"},
	{Name: "qval", Doc: "its q in thousandths; -1: it has none"}, {Name: "user_agent", Doc: "User-Agent of its REGISTER"},
	{Name: "socket", Doc: "the listener that took it"}, {Name: "bflags", Doc: "its branch flags, as bits"},
	{Name: "expires", Doc: "when it ends, in Unix seconds; 0: never"}, {Name: "callid", Doc: "Call-ID of its REGISTER"}, {Name: "cseq", Doc: "CSeq of its REGISTER"},
	{Name: "attr", Doc: "its attributes (attr_avp)"}, {Name: "latency", Doc: "of the last answered ping, in microseconds; 0: unknown"},
	{Name: "shtag", Doc: "empty: there are no sharing tags yet"},
}

var refreshParams = []event.Param{
	{Name: "domain", Doc: "the table"}, {Name: "aor", Doc: "the address-of-record"}, {Name: "uri", Doc: "of the contact"},
	{Name: "received", Doc: "URI of where its REGISTER came from; empty: where the contact points"}, {Name: "user_agent", Doc: "User-Agent of its REGISTER"},
	{Name: "socket", Doc: "the listener that took it"}, {Name: "bflags", Doc: "its branch flags, as bits"}, {Name: "expires", Doc: "when it ends, in Unix seconds"},
	{Name: "callid", Doc: "Call-ID of its REGISTER"}, {Name: "attr", Doc: "its attributes (attr_avp)"}, {Name: "shtag", Doc: "empty: there are no sharing tags yet"},
	{Name: "reason", Doc: `why: "reg-refresh" by the timer, "ini-INVITE" and the like by a request`}, {Name: "req_callid", Doc: "Call-ID of that request; empty: there is none"},
}

// The events, which the module declares.
var (
	AoRInsert     = &event.Decl{Name: "E_UL_AOR_INSERT", Doc: "an address-of-record has its first contact", Params: aorParams}
	AoRDelete     = &event.Decl{Name: "E_UL_AOR_DELETE", Doc: "the last contact of an address-of-record is gone", Params: aorParams}
	ContactInsert = &event.Decl{Name: "E_UL_CONTACT_INSERT", Doc: "a contact has come", Params: contactParams}
	ContactUpdate = &event.Decl{Name: "E_UL_CONTACT_UPDATE", Doc: "a contact was registered again", Params: contactParams}
	ContactDelete = &event.Decl{Name: "E_UL_CONTACT_DELETE", Doc: "a contact was removed, or has ended", Params: contactParams}
	RefreshDue    = &event.Decl{Name: "E_UL_CONTACT_REFRESH", Doc: "a contact with push notification has to be woken, so that it registers again", Params: refreshParams}
	LatencyUpdate = &event.Decl{Name: "E_UL_LATENCY_UPDATE", Doc: "a ping was answered, and latency_event_min_us or latency_event_min_us_delta lets it be told", Params: contactParams}
)

// Events lists them.
var Events = []*event.Decl{AoRInsert, AoRDelete, ContactInsert, ContactUpdate, ContactDelete, RefreshDue, LatencyUpdate}

var (
	aorNames     = AoRInsert.Names()
	contactNames = ContactInsert.Names()
	refreshNames = RefreshDue.Names()
)

// A raising is what a loop needs to tell of changes.
type raising struct {
	diff   Diff
	raised event.Raised
	values []script.Value
}

// tell tells watchers and events of what has become of an AoR.
func (s *Store) tell(l *loop.Loop, d *Domain, old, next Record, why Cause) {
	aor := next.AoR()
	if next == nil {
		aor = old.AoR()
	}
	s.watches.tell(d, aor)
	if s.cfg.Events == nil || !s.anyWanted() {
		return
	}
	r := &s.states.On(l).events
	if old == nil {
		s.raiseAoR(l, r, AoRInsert, d, aor)
	}
	r.diff.Compare(old, next)
	s.raiseContacts(l, r, ContactInsert, d, aor, r.diff.Inserted)
	s.raiseUpdates(l, r, d, aor, old)
	s.raiseContacts(l, r, ContactDelete, d, aor, r.diff.Deleted)
	if next == nil {
		s.raiseAoR(l, r, AoRDelete, d, aor)
	}
}

func (s *Store) anyWanted() bool {
	for _, d := range Events {
		if s.cfg.Events.Wanted(d.Name) {
			return true
		}
	}
	return false
}

func (s *Store) raise(l *loop.Loop, r *raising, what *event.Decl, names []string) {
	r.raised = event.Raised{Name: what.Name, Names: names, Values: r.values}
	s.cfg.Events.Raise(l, &r.raised)
	clear(r.values)
}

func (s *Store) raiseAoR(l *loop.Loop, r *raising, what *event.Decl, d *Domain, aor []byte) {
	if s.cfg.Events.Wanted(what.Name) {
		r.values = append(r.values[:0], text(d.Name), bytesValue(aor))
		s.raise(l, r, what, aorNames)
	}
}

func (s *Store) raiseContacts(l *loop.Loop, r *raising, what *event.Decl, d *Domain, aor []byte, list []Contact) {
	if len(list) == 0 || !s.cfg.Events.Wanted(what.Name) {
		return
	}
	for i := range list {
		c := &list[i]
		r.values = append(r.values[:0], text(d.Name), bytesValue(aor), bytesValue(c.URI), bytesValue(c.Received), bytesValue(c.Path),
			number(int64(c.Q)), bytesValue(c.UserAgent), bytesValue(c.Socket), script.IntValue(int32(c.BranchFlags)), number(c.Expires),
			bytesValue(c.CallID), number(int64(c.CSeq)), bytesValue(c.Attr), number(int64(c.Latency)), text(""))
		s.raise(l, r, what, contactNames)
	}
}

// raiseUpdates tells registrations from answers to pings, which change nothing but the
// latency.
func (s *Store) raiseUpdates(l *loop.Loop, r *raising, d *Domain, aor []byte, old Record) {
	for i := range r.diff.Updated {
		c := r.diff.Updated[i : i+1]
		was := old.find(c[0].ID)
		what := ContactUpdate
		if was.Latency != c[0].Latency {
			if what = LatencyUpdate; !s.cfg.latencyMatters(was.Latency, c[0].Latency) {
				continue
			}
		}
		s.raiseContacts(l, r, what, d, aor, c)
	}
}

// latencyMatters: "If both ... are set, the event will get raised if either of them is true".
func (c *Config) latencyMatters(was, is uint32) bool {
	delta := int64(is) - int64(was)
	return c.LatencyMin == 0 && c.LatencyDelta == 0 ||
		c.LatencyMin != 0 && is >= c.LatencyMin ||
		c.LatencyDelta != 0 && was != 0 && max(delta, -delta) >= int64(c.LatencyDelta)
}

// RaiseRefresh tells that c has to be woken: why is "reg-refresh", or of which request, whose
// Call-ID is given then.
func (s *Store) RaiseRefresh(l *loop.Loop, d *Domain, aor []byte, c *Contact, why string, callID []byte) {
	if s.cfg.Events == nil || !s.cfg.Events.Wanted(RefreshDue.Name) {
		return
	}
	r := &s.states.On(l).events
	r.values = append(r.values[:0], text(d.Name), bytesValue(aor), bytesValue(c.URI), bytesValue(c.Received), bytesValue(c.UserAgent),
		bytesValue(c.Socket), script.IntValue(int32(c.BranchFlags)), number(c.Expires), bytesValue(c.CallID), bytesValue(c.Attr), text(""), text(why), bytesValue(callID))
	s.raise(l, r, RefreshDue, refreshNames)
}

// find returns the contact with that ID; the zero Contact if there is none.
func (r Record) find(id uint64) (c Contact) {
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		if c.ID == id {
			return c
		}
	}
	return Contact{}
}

func text(s string) script.Value { return script.StrValue([]byte(s)) }

func bytesValue(b []byte) script.Value {
	if b == nil {
		b = []byte{}
	}
	return script.StrValue(b)
}

func number(n int64) script.Value { return script.IntValue(int32(min(n, math.MaxInt32))) }
