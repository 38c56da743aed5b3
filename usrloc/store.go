package usrloc

import (
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/timer"
)

// A Config says how a Store is to behave: what the module's parameters say.
type Config struct {
	Matching    Matching // matching_mode; MatchDefault is MatchContact
	CSeqDelay   int      // seconds in which the same Call-ID and CSeq are a retransmission
	NewestFirst bool     // desc_time_order
	HashBits    uint     // hash_size: tables have at least 2^n segments
	UseDomain   bool     // AoRs are user@domain
	Events      *event.Bus
	// LatencyMin and LatencyDelta are latency_event_min_us and latency_event_min_us_delta.
	LatencyMin, LatencyDelta uint32
	Refresh                  bool // contact_refresh_timer
	// Declared is told of each domain that is made.
	Declared func(*Domain)
}

// A Store is the location service.
type Store struct {
	cfg     Config
	group   *loop.Group
	domains []*Domain
	backend Backend
	states  loop.Local[state]
	ticks   timer.Kind
	watches watches
}

// MaxDomains bounds the tables of a Store.
const MaxDomains = 256

// A Domain is one table of contacts: "location".
type Domain struct {
	Name     string
	index    int
	table    *table
	counters []*Counters
}

// Counters are what one loop has done to a domain. The sums over the loops say how things
// are.
type Counters struct {
	Users    metrics.Gauge   // AoRs that have contacts
	Contacts metrics.Gauge   // contacts
	Expires  metrics.Counter // contacts that have ended by themselves
}

// A state is what one loop works with.
type state struct {
	wheel   wheel
	spare   []*Change
	scratch scratch
	lastID  uint64 // without the part that says which loop
	events  raising
	bytes   []byte
}

// NewStore makes a store for the loops of g, before they run.
func NewStore(g *loop.Group, cfg Config) *Store {
	if cfg.Matching == MatchDefault {
		cfg.Matching = MatchContact
	}
	s := &Store{cfg: cfg, group: g, states: loop.NewLocal[state](g, nil)}
	s.ticks = g.NewKind(func(l *loop.Loop, _ uint64) { s.tick(l) })
	return s
}

// SetBackend has contacts also kept by b. To be called before the loops run.
func (s *Store) SetBackend(b Backend) { s.backend = b }

// Backend returns what SetBackend was given; nil: there is only the memory.
func (s *Store) Backend() Backend { return s.backend }

// UseDomain reports whether AoRs have a domain (use_domain).
func (s *Store) UseDomain() bool { return s.cfg.UseDomain }

// Declare returns the domain of that name, which is made if there is none. Nil: there are
// MaxDomains already. Before the loops run only: while a script is compiled, or in Start.
func (s *Store) Declare(name string) *Domain {
	if d := s.Domain(name); d != nil {
		return d
	}
	if len(s.domains) == MaxDomains {
		return nil
	}
	d := &Domain{Name: name, index: len(s.domains), table: newTable(s.cfg.HashBits), counters: metrics.PerLoop[Counters](s.group.Len())}
	s.domains = append(s.domains, d)
	if s.cfg.Declared != nil {
		s.cfg.Declared(d)
	}
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

// DomainOf is Domain for a name that a script has made.
func (s *Store) DomainOf(name []byte) *Domain {
	for _, d := range s.domains {
		if d.Name == string(name) {
			return d
		}
	}
	return nil
}

// Domains returns all of them, in the order of declaration.
func (s *Store) Domains() []*Domain { return s.domains }

// Counters returns what each loop has counted.
func (d *Domain) Counters() []*Counters { return d.counters }

// Users is how many AoRs have contacts.
func (d *Domain) Users() (n int64) {
	for _, c := range d.counters {
		n += c.Users.Load()
	}
	return n
}

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
func (d *Domain) Get(aor []byte) Record {
	if r := d.table.get(d.table.hash(aor), aor); !r.isGone() {
		return r
	}
	return nil
}

// Each calls f with the records of d from a place on, those of a segment (some hundred at
// the most, with ten million there are), and returns the place where to go on: from 0 until
// it returns 0. What is there all the time comes once; what is changed meanwhile may come or
// not. Anybody may call it; on a loop, one call for each pass is right.
func (d *Domain) Each(at int, f func(Record)) (next int) { return d.table.each(at, f) }

// Home is the number of the loop on which the changes of an AoR are put in order where
// they have to be waited for.
func (s *Store) Home(d *Domain, aor []byte) int {
	return int((d.table.hash(aor) >> 8) % uint64(s.group.Len()))
}
