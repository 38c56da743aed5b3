package statistics

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// An algorithm says what a series makes of its values.
type algorithm uint8

const (
	accumulate algorithm = iota
	average
	percentage
)

var algorithms = map[string]algorithm{"accumulate": accumulate, "average": average, "percentage": percentage}

// maxSlots bounds the memory of a series: 24 bytes for each slot and loop.
const maxSlots = 86_400

// maxMadeSlots bounds the slots of all series: their names may come from messages.
const maxMadeSlots = 4_000_000

// A profile is one stat_series_profile.
type profile struct {
	algorithm algorithm
	group     string
	window    time.Duration
	slots     int
	slotNanos int64
	factor    int64
}

// addProfile reads "name: attr=value ...".
func (m *Module) addProfile(text string) error {
	name, attrs, _ := strings.Cut(text, ":")
	name = strings.TrimSpace(name)
	key := strings.ToLower(name)
	if name == "" {
		return fmt.Errorf("a profile needs a name")
	}
	if m.profiles[key] != nil {
		return fmt.Errorf("profile %s is defined twice", name)
	}
	p := &profile{group: name, window: time.Minute, factor: 100}
	for _, attr := range strings.Fields(attrs) {
		k, v, ok := strings.Cut(attr, "=")
		if !ok {
			return fmt.Errorf("%q should be attribute=value", attr)
		}
		if err := p.set(strings.ToLower(k), v); err != nil {
			return err
		}
	}
	if p.slots == 0 {
		p.slots = int(p.window / time.Second)
	}
	if p.slots > maxSlots {
		return fmt.Errorf("may have up to %d slots, not %d", maxSlots, p.slots)
	}
	m.profiles[key] = p
	m.order = append(m.order, p)
	return nil
}

func (p *profile) set(k, v string) error {
	n, err := strconv.Atoi(v)
	bad := err != nil || n <= 0
	switch k {
	case "group":
		p.group = v
		return nil
	case "algorithm":
		a, ok := algorithms[strings.ToLower(v)]
		if !ok {
			return fmt.Errorf("algorithm must be accumulate, average or percentage, not %q", v)
		}
		p.algorithm = a
		return nil
	case "window", "slots", "hash_size", "percentage_factor":
		if bad {
			return fmt.Errorf("%s must be a positive number, not %q", k, v)
		}
	default:
		return fmt.Errorf("unknown attribute %q", k)
	}
	switch k {
	case "window":
		p.window = time.Duration(n) * time.Second
	case "slots":
		p.slots = n
	case "percentage_factor":
		for rest := n; rest > 1; rest /= 10 {
			if rest%10 != 0 {
				return fmt.Errorf("percentage_factor must be a power of 10, not %d", n)
			}
		}
		p.factor = int64(n)
	}
	return nil
}

// A series is what one loop was fed within the window, in a circle of slots.
type series struct{ slots []slot }

// A slot holds what came within one part of the window. Its loop writes it, anybody
// reads: what is of another turn of the circle counts for nothing.
type slot struct {
	turn atomic.Int64 // number of the part of all time; that of another turn is stale
	a, b atomic.Int64 // sum and number; or for and against
}

// at returns the slot of a part of all time, emptied if it is from an earlier turn.
func (s *series) at(part int64) *slot {
	x := &s.slots[part%int64(len(s.slots))]
	if x.turn.Load() != part {
		x.turn.Store(-1) // nobody is to take the old values for new ones
		x.a.Store(0)
		x.b.Store(0)
		x.turn.Store(part)
	}
	return x
}

// sum adds what has not left the window at part.
func (s *series) sum(part int64) (a, b int64) {
	for i := range s.slots {
		x := &s.slots[i]
		turn := x.turn.Load()
		if turn <= part-int64(len(s.slots)) || turn > part {
			continue
		}
		va, vb := x.a.Load(), x.b.Load()
		if x.turn.Load() == turn {
			a, b = a+va, b+vb
		}
	}
	return a, b
}

// feed adds a value.
func (p *profile) feed(x *slot, n int64) {
	switch {
	case p.algorithm == percentage && n <= 0:
		x.b.Store(x.b.Load() - n)
		return
	case p.algorithm == average:
		x.b.Store(x.b.Load() + 1)
	}
	x.a.Store(x.a.Load() + n)
}

// value is what is made of the sums of all loops.
func (p *profile) value(a, b int64) int64 {
	switch {
	case p.algorithm == average && b > 0:
		return a / b
	case p.algorithm == percentage && a+b > 0:
		return a * p.factor / (a + b)
	case p.algorithm == accumulate:
		return a
	}
	return 0
}

// newSeries makes a statistic of a series. A loop has slots from its first value on.
func (m *Module) newSeries(p *profile, name string) *metrics.Stat {
	loops := make([]atomic.Pointer[series], m.group.Len())
	return &metrics.Stat{Group: p.group, Name: name, Doc: "a series of the script", Fixed: true,
		Change: func(i int, n int64) {
			s := loops[i].Load()
			if s == nil {
				s = &series{make([]slot, p.slots)}
				for j := range s.slots {
					s.slots[j].turn.Store(-1)
				}
				loops[i].Store(s)
			}
			p.feed(s.at(m.group.Now()/p.slotNanos), n)
		},
		Read: func() int64 {
			part := m.group.Now() / p.slotNanos
			var a, b int64
			for i := range loops {
				if s := loops[i].Load(); s != nil {
					x, y := s.sum(part)
					a, b = a+x, b+y
				}
			}
			return p.value(a, b)
		}}
}

func (m *Module) updateSeries(c *script.Ctx, profileName, name []byte, n int32) script.Ret {
	p := m.profiles[string(profileName)]
	if p == nil {
		p = m.profiles[strings.ToLower(string(profileName))]
	}
	if p == nil || len(name) == 0 {
		c.LogError("statistics: there is no profile %s, or the series has no name", profileName)
		return -1
	}
	full := append(append(c.Alloc(len(p.group) + 1 + len(name))[:0], p.group...), ':')
	full = append(full, name...)
	s := m.all.FindBytes(full)
	if s == nil {
		if m.made.Add(1) > maxMade {
			m.made.Add(-1)
			c.LogError("statistics: %d statistics were made already; %s is not", maxMade, full)
			return -1
		}
		if m.slots.Add(int64(p.slots)) > maxMadeSlots {
			m.slots.Add(-int64(p.slots))
			m.made.Add(-1)
			c.LogError("statistics: all series have %d slots already; %s is not made", maxMadeSlots, full)
			return -1
		}
		s = m.all.AddOne(m.newSeries(p, string(name)))
	}
	s.Add(proxy.From(c).Loop().Index(), int64(n))
	return 1
}
