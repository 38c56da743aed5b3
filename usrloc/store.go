package usrloc

import (
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
)

// A Config says how a Store is to behave: what the module's parameters say.
type Config struct {
	Matching    Matching // matching_mode; MatchDefault is MatchContact
	CSeqDelay   int      // seconds in which the same Call-ID and CSeq are a retransmission
	NewestFirst bool     // desc_time_order
	HashBits    uint     // hash_size: tables begin with at least 2^n places
	UseDomain   bool     // AoRs are user@domain
	Events      *event.Bus
	// LatencyMin and LatencyDelta are latency_event_min_us and latency_event_min_us_delta.
	LatencyMin, LatencyDelta uint32
	Refresh                  bool // contact_refresh_timer
}

// A Store is the location service.
type Store struct {
	cfg     Config
	group   *loop.Group
	domains []*Domain
	backend Backend
}

// A Domain is one table of contacts: "location".
type Domain struct {
	Name  string
	index int
	store *Store
}

// NewStore makes a store for the loops of g, before they run.
func NewStore(g *loop.Group, cfg Config) *Store { return &Store{cfg: cfg, group: g} }

// SetBackend has contacts also kept by b. To be called before the loops run.
func (s *Store) SetBackend(b Backend) { s.backend = b }

// UseDomain reports whether AoRs have a domain (use_domain).
func (s *Store) UseDomain() bool { return s.cfg.UseDomain }

// Declare returns the domain of that name, which is made if there is none. Before the loops
// run only: while a script is compiled, or in Start.
func (s *Store) Declare(name string) *Domain {
	if d := s.Domain(name); d != nil {
		return d
	}
	d := &Domain{Name: name, index: len(s.domains), store: s}
	s.domains = append(s.domains, d)
	return d
}

// Domain returns the domain of that name; nil if nothing has declared it.
func (s *Store) Domain(name string) *Domain {
	for _, d := range s.domains {
		if d.Name == name {
			return d
		}
	}
	return nil
}

// Domains returns all of them, in the order of declaration.
func (s *Store) Domains() []*Domain { return s.domains }

// NewChange returns an empty Change of an AoR of d. It is to be given to Begin or
// FreeChange, on this loop or another.
func (s *Store) NewChange(l *loop.Loop, d *Domain, aor []byte) *Change {
	ch := &Change{Domain: d, rules: rules{int64(s.cfg.CSeqDelay), s.cfg.NewestFirst, s.cfg.Matching}}
	ch.AoR = ch.Keep(aor)
	return ch
}

// FreeChange gives ch up.
func (s *Store) FreeChange(l *loop.Loop, ch *Change) { ch.reset() }

// Begin carries ch out, and has it from now on. Either it is done at once, and op is nil, or
// the run has to wait for op, and asks that for its result.
func (s *Store) Begin(l *loop.Loop, ch *Change) (Result, UpdateOp) {
	if s.backend != nil {
		if op := s.backend.Begin(l, ch); op != nil {
			return Result{}, op
		}
	}
	defer s.FreeChange(l, ch)
	return s.Change(l, ch), nil
}

// Change carries ch out in memory, at once. Backends call it, or its parts: Get, Apply and
// Swap.
func (s *Store) Change(l *loop.Loop, ch *Change) Result { panic("usrloc: not there yet") }

// Find looks for the contacts of an AoR. Either they are known at once, and op is nil, or
// the run has to wait for op.
func (s *Store) Find(l *loop.Loop, d *Domain, aor []byte) (Record, FindOp) {
	if s.backend != nil {
		if op := s.backend.Find(l, d, aor); op != nil {
			return nil, op
		}
	}
	return d.Get(aor), nil
}

// Get returns what is in memory for an AoR. Anybody may call it.
func (d *Domain) Get(aor []byte) Record { panic("usrloc: not there yet") }

// Apply says what becomes of old by ch at the time now, in Unix seconds. New contacts get
// IDs from id on, of which NextIDs has given enough. With anything but Done, next is old.
// It looks at nothing but its arguments, and changes none.
func Apply(old Record, ch *Change, now int64, id uint64) (next Record, v Verdict) {
	panic("usrloc: not there yet")
}

// Swap puts next in the place of old in memory; false: somebody has changed it meanwhile,
// and nothing was done. Events are raised, watchers told, the wheel armed. The Backend is
// not told: it is the one that calls.
func (s *Store) Swap(l *loop.Loop, d *Domain, old, next Record, why Cause) bool {
	panic("usrloc: not there yet")
}

// NextIDs returns the first of n contact IDs that nobody else gets.
func (s *Store) NextIDs(l *loop.Loop, n int) uint64 { panic("usrloc: not there yet") }

// Home is the number of the loop on which the changes of an AoR are put in order where
// they have to be waited for.
func (s *Store) Home(d *Domain, aor []byte) int { panic("usrloc: not there yet") }

// Restore adds a contact that was kept elsewhere, at the start before the loops run; one
// goroutine calls it at a time. Nobody is told. The order of calls is the order of equal
// contacts. kv is the AoR's own store, nil where it is not known. false: the record would
// be too large.
func (s *Store) Restore(d *Domain, aor []byte, c *Contact, kv []byte) bool {
	panic("usrloc: not there yet")
}

// Each calls f with the records of d from a place on, a few of them, and returns the place
// where to go on: from 0 until it returns 0. Records that are there all the time come once;
// what is changed meanwhile may come or not. Anybody may call it; on a loop, one call
// for each pass is right.
func (d *Domain) Each(at uint64, f func(Record)) (next uint64) { panic("usrloc: not there yet") }
