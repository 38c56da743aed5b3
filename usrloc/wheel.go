package usrloc

import (
	"time"

	"github.com/fastsips/fastsips/loop"
)

// horizon is for how many seconds ahead a wheel has places. What is due later comes by on
// the way.
const horizon = 4096

// dueAtOnce bounds how many entries are looked at in one go.
const dueAtOnce = 256

// A wheel has for each of the next seconds the records that one loop has put there: their
// hashes, with the domain in the lowest byte. An entry counts only if its record is armed
// for that very second.
type wheel struct {
	ring    [horizon][]uint64
	at      int64 // the second up to which all is done
	n       int
	ticking bool
}

func entryOf(d *Domain, hash uint64) uint64 { return hash&hashPart | uint64(d.index) }

// place returns the second nearest to t at which w can come by.
func (w *wheel) place(t, now int64) uint32 {
	if !w.ticking {
		w.at = now
	}
	return seconds(min(max(t, max(w.at, now)+1), w.at+horizon-1))
}

// push has l come by at a second that place has given.
func (s *Store) push(l *loop.Loop, d *Domain, hash uint64, second uint32) {
	w := &s.states.On(l).wheel
	place := &w.ring[second%horizon]
	*place = append(*place, entryOf(d, hash))
	if w.n++; !w.ticking {
		w.ticking = true
		l.After(untilNext(l), s.ticks, 0)
	}
}

// untilNext is how long the second of the wall clock still takes.
func untilNext(l *loop.Loop) time.Duration {
	return time.Second - time.Duration(l.Wall().Nanosecond())
}

// tick does what has become due. After too much of it others have their turn.
func (s *Store) tick(l *loop.Loop) {
	w, now := &s.states.On(l).wheel, l.Wall().Unix()
	for left := dueAtOnce; w.n > 0 && w.at < now; w.at++ {
		if left = s.tickSecond(l, w, w.at+1, left); left == 0 {
			l.After(0, s.ticks, 0)
			return
		}
	}
	if w.ticking = w.n > 0; w.ticking {
		l.After(untilNext(l), s.ticks, 0)
	}
}

// tickSecond does what is due at a second, but no more than left, and returns how much of
// that is left; 0: not all was done.
func (s *Store) tickSecond(l *loop.Loop, w *wheel, second int64, left int) int {
	place := &w.ring[second%horizon]
	for ; len(*place) > 0; left-- {
		if left == 0 {
			return 0
		}
		last := len(*place) - 1
		entry := (*place)[last]
		*place = (*place)[:last]
		w.n--
		s.due(l, entry, uint32(second))
	}
	*place = nil
	return max(left, 1)
}

// due looks after the record of an entry.
func (s *Store) due(l *loop.Loop, entry uint64, second uint32) {
	d := s.domains[entry&0xff]
	d.table.armedFor(entry, second, func(r Record) { s.expire(l, d, r) })
}

// expire takes out of a record what has ended, and has a wheel look again. Others may change
// it meanwhile: as long as it is armed for this second, it is here that it is looked after.
func (s *Store) expire(l *loop.Loop, d *Domain, old Record) {
	hash, second := d.table.hash(old.AoR()), old.armed()
	for ; old != nil && old.armed() == second; old = d.table.get(hash, old.AoR()) {
		if old.isGone() {
			if d.table.swap(hash, old, goneRecord(old, 0)) {
				return
			}
			continue
		}
		next, ended := s.prune(l, old)
		if s.put(l, d, hash, old, old, next, 0) {
			s.expired(l, d, old, next, ended)
			return
		}
	}
}

// expired tells of contacts that have ended, and of those that are to be refreshed.
func (s *Store) expired(l *loop.Loop, d *Domain, old, next Record, ended int) {
	if s.cfg.Refresh {
		s.refresh(l, d, old)
	}
	if ended == 0 {
		return
	}
	d.counters[l.Index()].Expires.Add(uint64(ended))
	s.tell(l, d, old, next, ByExpiry)
	if s.backend != nil {
		s.backend.Changed(l, d, old, next, ByExpiry)
	}
}

// refresh tells of the contacts of a record whose time to be refreshed has come.
func (s *Store) refresh(l *loop.Loop, d *Domain, old Record) {
	var c Contact
	now := l.Wall().Unix()
	for at, ok := old.Next(0, &c); ok; at, ok = old.Next(at, &c) {
		if c.Live(now) && c.RefreshAt != 0 && c.RefreshAt <= now {
			s.RaiseRefresh(l, d, old.AoR(), &c, "reg-refresh", nil)
		}
	}
}

// prune makes the record that old is without what has ended. What is to be refreshed now
// will not be said again.
func (s *Store) prune(l *loop.Loop, old Record) (next Record, ended int) {
	now := l.Wall().Unix()
	b := newRecord(make([]byte, 0, len(old)), old.AoR(), old.KV())
	var c Contact
	for at, ok := old.Next(0, &c); ok; at, ok = old.Next(at, &c) {
		if !c.Live(now) {
			ended++
			continue
		}
		if s.cfg.Refresh && c.RefreshAt <= now {
			c.RefreshAt = 0
		}
		b = appendContact(b, &c)
	}
	if old.Len() == ended {
		return nil, ended
	}
	return finish(b, old.Len()-ended, 0), ended
}
