package proxy

import (
	"fmt"
	"strings"
)

// Blacklists are all lists of a configuration. Which there are is fixed before the loops
// start; what is in them is not.
type Blacklists struct {
	list      []*Blacklist
	byDefault uint32
	dns       *Blacklist // where failed targets go; nil if they do not
}

// maxBlacklists is how many lists there may be: each request has a bit for each.
const maxBlacklists = 32

// AllBlacklists is the name that stands for all of them.
const AllBlacklists = "all"

// Define adds a list with its rules.
func (s *Blacklists) Define(b *Blacklist, rules []*BlacklistRule) error {
	switch {
	case s.Find(b.Name) != nil || strings.EqualFold(b.Name, AllBlacklists):
		return fmt.Errorf("there is a blacklist %s already", b.Name)
	case len(s.list) == maxBlacklists:
		return fmt.Errorf("more than %d blacklists", maxBlacklists)
	case b.ReadOnly && b.Expire:
		return fmt.Errorf("rules of a read-only blacklist cannot expire")
	}
	b.bit = 1 << len(s.list)
	b.rules.Store(&rules)
	if b.Default {
		s.byDefault |= b.bit
	}
	s.list = append(s.list, b)
	return nil
}

// DNSBlacklist is the list that targets go to when they have failed.
const DNSBlacklist = "dns"

// maxShunned is how many targets that have failed are remembered.
const maxShunned = 256

// DefineDNS adds the list of failed targets (disable_dns_blacklist=no).
func (s *Blacklists) DefineDNS() error {
	if s.dns != nil {
		return nil
	}
	b := &Blacklist{Name: DNSBlacklist, Expire: true, Default: true, limit: maxShunned, ring: true}
	if err := s.Define(b, nil); err != nil {
		return err
	}
	s.dns = b
	return nil
}

// List returns all lists.
func (s *Blacklists) List() []*Blacklist { return s.list }

// Find returns a list by its name; nil if there is none.
func (s *Blacklists) Find(name string) *Blacklist {
	for _, b := range s.list {
		if b.Name == name {
			return b
		}
	}
	return nil
}

// named returns the bits of a name, which may be all.
func (s *Blacklists) named(name string) (bits uint32, ok bool) {
	if strings.EqualFold(name, AllBlacklists) {
		return 1<<len(s.list) - 1, true
	}
	if b := s.Find(name); b != nil {
		return b.bit, true
	}
	return 0, false
}

// match reports whether one of the lists in used covers d.
func (s *Blacklists) match(used uint32, now int64, d *Destination) bool {
	for _, b := range s.list {
		if used&b.bit != 0 && b.Matches(now, d) {
			return true
		}
	}
	return false
}

func (s *Blacklists) needText(used uint32) bool {
	for _, b := range s.list {
		if used&b.bit != 0 && b.needsText() {
			return true
		}
	}
	return false
}

// besidesDNS are the lists that hold for an address which no name has led to: there is no
// other instead of it, so that it is tried also when it has failed of late.
func (s *Blacklists) besidesDNS(used uint32) uint32 {
	if s.dns != nil {
		used &^= s.dns.bit
	}
	return used
}
