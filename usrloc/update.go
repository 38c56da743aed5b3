package usrloc

import (
	"bytes"
	"encoding/binary"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// What a loop keeps of changes for reuse.
const (
	maxSpare      = 64
	maxSpareArena = 16 << 10
)

// NewChange returns an empty Change of an AoR of d. It is to be given to Begin or
// FreeChange, on this loop or another.
func (s *Store) NewChange(l *loop.Loop, d *Domain, aor []byte) *Change {
	ch := s.states.On(l).take()
	ch.Domain, ch.AoR = d, ch.Keep(aor)
	ch.rules = rules{int64(s.cfg.CSeqDelay), s.cfg.NewestFirst, s.cfg.Matching}
	return ch
}

// take returns an empty Change. The scratch memory of one that was freed goes with it.
func (t *state) take() *Change {
	var ch *Change
	if n := len(t.spare); n > 0 {
		ch, t.spare = t.spare[n-1], t.spare[:n-1]
	} else {
		ch = new(Change)
	}
	ch.scratch, t.scratch = t.scratch, scratch{}
	return ch
}

// FreeChange gives ch up.
func (s *Store) FreeChange(l *loop.Loop, ch *Change) {
	t := s.states.On(l)
	if cap(ch.list) >= cap(t.scratch.list) {
		t.scratch = ch.scratch
	}
	ch.scratch = scratch{}
	if ch.reset(); len(t.spare) < maxSpare && cap(ch.arena) <= maxSpareArena {
		t.spare = append(t.spare, ch)
	}
}

// Begin carries ch out, and has it from now on. Either it is done at once, and op is nil, or
// the run has to wait for op, and asks that for its result.
func (s *Store) Begin(l *loop.Loop, ch *Change) (Result, UpdateOp) {
	if s.backend != nil {
		if op := s.backend.Begin(l, ch); op != nil {
			return Result{}, op
		}
	}
	r := s.Change(l, ch)
	s.FreeChange(l, ch)
	return r, nil
}

// Change carries ch out in memory, at once, and tells the Backend that it has. Backends that
// write first use Get, Apply and Swap.
func (s *Store) Change(l *loop.Loop, ch *Change) Result {
	why := ByChange
	if ch.MemoryOnly {
		why = ByMemoryOnly
	}
	now, id := l.Wall().Unix(), s.NextIDs(l, ch.Len())
	for {
		old := ch.Domain.Get(ch.AoR)
		next, v := Apply(old, ch, now, id)
		if v != Done {
			return Result{v, old}
		}
		if s.Swap(l, ch.Domain, old, next, why) {
			if s.backend != nil {
				s.backend.Changed(l, ch.Domain, old, next, why)
			}
			return Result{Done, next}
		}
	}
}

// Swap puts next in the place of old in memory; false: somebody has changed it meanwhile,
// and nothing was done. Events are raised, watchers told, the wheel armed. The Backend is
// not told: it is the one that calls. Next is the Store's from then on, whose memory nobody
// may change.
func (s *Store) Swap(l *loop.Loop, d *Domain, old, next Record, why Cause) bool {
	if old == nil && next == nil {
		return true
	}
	if !s.replace(l, d, old, next) {
		return false
	}
	s.tell(l, d, old, next, why)
	return true
}

// replace is Swap without telling anybody.
func (s *Store) replace(l *loop.Loop, d *Domain, old, next Record) bool {
	aor := next.AoR()
	if next == nil {
		aor = old.AoR()
	}
	hash, place := d.table.hash(aor), old
	if old == nil {
		if place = d.table.get(hash, aor); place != nil && !place.isGone() {
			return false
		}
	}
	return s.put(l, d, hash, place, old, next, place.armed())
}

// put puts next, or that there is nothing, where place is, which is old or says that there
// is nothing. Armed is the second for which a wheel has it already.
func (s *Store) put(l *loop.Loop, d *Domain, hash uint64, place, old, next Record, armed uint32) bool {
	put := next
	if next == nil {
		put = goneRecord(old, armed)
	} else {
		next.arm(s.whenDue(l, next, armed))
	}
	if !d.table.swap(hash, place, put) {
		return false
	}
	if second := put.armed(); second != 0 && second != armed {
		s.push(l, d, hash, second)
	}
	d.counters[l.Index()].count(old, next)
	return true
}

func (c *Counters) count(old, next Record) {
	if n := next.Len() - old.Len(); n != 0 {
		c.Contacts.Add(int64(n))
	}
	if (old == nil) != (next == nil) {
		c.Users.Add(int64(min(next.Len(), 1) - min(old.Len(), 1)))
	}
}

// goneRecord is what stands in old's place without contacts. It remembers for when a wheel
// has it: that entry serves whoever comes next.
func goneRecord(old Record, armed uint32) Record {
	n := atContent + len(old.AoR())
	r := append(make(Record, 0, n), old[:n]...)
	r[atKind] = kindGone
	return finish(r, 0, armed)
}

// arm writes for when a wheel has r, which nobody else knows yet.
func (r Record) arm(second uint32) { binary.LittleEndian.PutUint32(r[atArmed:], second) }

// whenDue says for when a wheel has to have r: for the second for which one has it already,
// if that is soon enough; 0: it need not.
func (s *Store) whenDue(l *loop.Loop, r Record, armed uint32) uint32 {
	first := r.due(s.cfg.Refresh)
	if first == 0 {
		return armed
	}
	at := s.states.On(l).wheel.place(first, l.Wall().Unix())
	if armed != 0 && armed <= at {
		return armed
	}
	return at
}

// due is the Unix second at which the first of r's contacts ends, or is to be refreshed; 0:
// none does.
func (r Record) due(refresh bool) (first int64) {
	sooner := func(t int64) {
		if t != 0 && (first == 0 || t < first) {
			first = t
		}
	}
	var c Contact
	for at, ok := r.Next(0, &c); ok; at, ok = r.Next(at, &c) {
		if sooner(c.Expires); refresh {
			sooner(c.RefreshAt)
		}
	}
	return first
}

// NextIDs returns the first of n contact IDs that nobody else gets, IDStep apart: the time
// in microseconds, or later than the last ones, and the number of the loop.
func (s *Store) NextIDs(l *loop.Loop, n int) uint64 {
	t := s.states.On(l)
	first := max(uint64(l.Wall().UnixMicro()), t.lastID+1)
	t.lastID = first + uint64(n)
	return first*IDStep | uint64(l.Index())&(IDStep-1)
}

// Restore adds a contact that was kept elsewhere to the memory: at the start, on any loop;
// before the loops run, too. Nobody is told. Kv is the AoR's own store, nil where it is not
// known. It returns false for a contact that is not kept: it has ended, is there already, or
// is more than a record can have.
func (s *Store) Restore(l *loop.Loop, d *Domain, aor []byte, c *Contact, kv []byte) bool {
	now, t := l.Wall(), s.states.On(l)
	if !c.Live(now.Unix()) || len(aor) == 0 || len(aor) > MaxAoR {
		return false
	}
	if id := c.ID / IDStep; id > t.lastID && id < uint64(now.Add(24*time.Hour).UnixMicro()) {
		t.lastID = id
	}
	for {
		old := d.Get(aor)
		if old.Len() >= MaxRecordContacts || old.find(c.ID).ID != 0 {
			return false
		}
		next := old.with(t.bytes[:0], aor, c, kv, s.cfg.NewestFirst)
		if t.bytes = next[:0]; len(next) > MaxRecordBytes {
			return false
		}
		if s.replace(l, d, old, finish(bytes.Clone(next), old.Len()+1, 0)) { // else somebody was faster
			return true
		}
	}
}

// with appends to b a record that has c besides the contacts of r.
func (r Record) with(b, aor []byte, c *Contact, kv []byte, newestFirst bool) []byte {
	if kv == nil {
		kv = r.KV()
	}
	b = newRecord(b, aor, kv)
	var x Contact
	done := false
	for at, next, ok := 0, 0, true; ; at = next {
		if next, ok = r.Next(at, &x); !ok {
			break
		}
		if !done && (newestFirst && x.LastModified <= c.LastModified || !newestFirst && x.Q < c.Q) {
			b, done = appendContact(b, c), true
		}
		b = appendContact(b, &x)
	}
	if !done {
		b = appendContact(b, c)
	}
	return b
}
