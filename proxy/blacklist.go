package proxy

import (
	"errors"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/fastsips/fastsips/internal/glob"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/transport"
)

// A BlacklistRule is one line of a blacklist: where requests must not go.
type BlacklistRule struct {
	Not      bool // all that the rule does not cover
	Proto    transport.Proto
	AnyProto bool
	Net      netip.Prefix
	Port     uint16 // 0: any
	Pattern  string // of the whole request, as fnmatch(3) has it; empty: any

	until atomic.Int64 // loop time; 0: for ever
}

// same reports whether two rules say the same.
func (r *BlacklistRule) same(o *BlacklistRule) bool {
	return r.Not == o.Not && r.AnyProto == o.AnyProto && (r.AnyProto || r.Proto == o.Proto) &&
		r.Net == o.Net && r.Port == o.Port && r.Pattern == o.Pattern
}

// A Destination is what a blacklist is asked about. With AnyProto and port 0 only rules
// for any protocol and port apply.
type Destination struct {
	Proto    transport.Proto
	AnyProto bool
	Addr     loop.Addr
	Text     []byte // the request
}

func (r *BlacklistRule) covers(d *Destination, ip netip.Addr) bool {
	hit := (r.Port == 0 || r.Port == d.Addr.Port()) &&
		(r.AnyProto || !d.AnyProto && r.Proto == d.Proto) &&
		r.Net.Contains(ip) && (r.Pattern == "" || glob.Match(r.Pattern, d.Text))
	return hit != r.Not
}

// Live reports whether the rule has not ended yet.
func (r *BlacklistRule) Live(now int64) bool {
	until := r.until.Load()
	return until == 0 || now < until
}

// Until returns when the rule ends in loop time; 0 is never.
func (r *BlacklistRule) Until() int64 { return r.until.Load() }

// A Blacklist is a named list of rules. All loops read it; a change replaces the rules as
// a whole, so that nobody waits.
type Blacklist struct {
	Name     string
	ReadOnly bool // it stays as it was defined
	Expire   bool // its rules may end by themselves
	Default  bool // used for requests that do not say otherwise

	bit   uint32
	limit int // rules; 0: maxRules
	ring  bool
	rules atomic.Pointer[[]*BlacklistRule]
}

// maxRules bounds what scripts add to one list.
const maxRules = 4096

// Why a rule is not added.
var (
	ErrReadOnly = errors.New("the list is read-only")
	ErrNoExpiry = errors.New("rules of the list do not expire")
	ErrFull     = errors.New("the list is full")
)

// Rules returns the rules as they are now; they are not to be changed.
func (b *Blacklist) Rules() []*BlacklistRule {
	if p := b.rules.Load(); p != nil {
		return *p
	}
	return nil
}

// Matches reports whether d is not to be sent to.
func (b *Blacklist) Matches(now int64, d *Destination) bool { return b.Match(now, d) != nil }

// Match returns the first rule that covers d; nil if none does.
func (b *Blacklist) Match(now int64, d *Destination) *BlacklistRule {
	rules := b.Rules()
	if len(rules) == 0 {
		return nil
	}
	ip := d.Addr.AddrPort().Addr().WithZone("") // rules have none
	for _, r := range rules {
		if r.Live(now) && r.covers(d, ip) {
			return r
		}
	}
	return nil
}

// needsText reports whether a rule asks for more than the address.
func (b *Blacklist) needsText() bool {
	return slices.ContainsFunc(b.Rules(), func(r *BlacklistRule) bool { return r.Pattern != "" })
}

// Add adds r, which ends at until (0: never). One that is there already gets the new end.
func (b *Blacklist) Add(now int64, r *BlacklistRule, until int64) error {
	switch {
	case b.ReadOnly:
		return ErrReadOnly
	case until != 0 && !b.Expire:
		return ErrNoExpiry
	}
	r.until.Store(until)
	return b.replace(func(rules []*BlacklistRule) ([]*BlacklistRule, error) {
		for _, o := range rules {
			if o.same(r) {
				o.until.Store(until)
				return nil, nil
			}
		}
		next := make([]*BlacklistRule, 0, len(rules)+1)
		for _, o := range rules {
			if o.Live(now) {
				next = append(next, o)
			}
		}
		if len(next) == b.room() {
			if !b.ring {
				return nil, ErrFull
			}
			next = append(next[:0], next[1:]...)
		}
		return append(next, r), nil
	})
}

func (b *Blacklist) room() int {
	if b.limit != 0 {
		return b.limit
	}
	return maxRules
}

// Remove takes the rule that says the same as r out; false if there is none, or the list
// stays as it is.
func (b *Blacklist) Remove(r *BlacklistRule) (found bool) {
	if b.ReadOnly {
		return false
	}
	b.replace(func(rules []*BlacklistRule) ([]*BlacklistRule, error) {
		i := slices.IndexFunc(rules, r.same)
		if found = i >= 0; !found {
			return nil, nil
		}
		return slices.Delete(slices.Clone(rules), i, i+1), nil
	})
	return found
}

// replace puts what change makes of the rules in their place; nil leaves them. It is tried
// again where another loop was faster.
func (b *Blacklist) replace(change func([]*BlacklistRule) ([]*BlacklistRule, error)) error {
	for {
		old := b.rules.Load()
		next, err := change(b.Rules())
		if err != nil || next == nil || b.rules.CompareAndSwap(old, &next) {
			return err
		}
	}
}
