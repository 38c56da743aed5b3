package registrar

import (
	"bytes"
	"slices"

	"github.com/fastsips/fastsips/usrloc"
)

// A place is where a contact is in its record, and what it is sorted by.
type place struct {
	at      int
	latency uint32
}

// maxFlows is of how many devices lookup() remembers that it has one flow: as many as a
// request has destinations.
const maxFlows = 12

// inOrder takes the contacts as the record has them: by q, then by time.
func (s *search) inOrder(rec usrloc.Record) {
	var k usrloc.Contact
	for at, ok := rec.Next(0, &k); ok; at, ok = rec.Next(at, &k) {
		if s.wants(rec, &k) && !s.push(rec, &k) {
			return
		}
	}
}

// byLatency takes those first that answer pings fastest; those that were not pinged come
// last.
func (s *search) byLatency(rec usrloc.Record) {
	t := s.m.scratch.On(s.x.Loop())
	list := t.order[:0]
	var k usrloc.Contact
	for here, next, ok := 0, 0, false; ; here = next {
		if next, ok = rec.Next(here, &k); !ok {
			break
		}
		if s.wants(rec, &k) {
			list = append(list, place{here, k.Latency - 1}) // 0 becomes the largest
		}
	}
	slices.SortStableFunc(list, func(a, b place) int {
		switch {
		case a.latency < b.latency:
			return -1
		case a.latency > b.latency:
			return 1
		}
		return 0
	})
	t.order = list
	for _, p := range list {
		if rec.Next(p.at, &k); !s.push(rec, &k) {
			return
		}
	}
}

// wants reports whether a contact is among those that are asked for.
func (s *search) wants(rec usrloc.Record, k *usrloc.Contact) bool {
	f := s.flags
	if !k.Live(s.now) {
		return false
	}
	if s.live = true; f.methods && !takes(k.Methods, s.x.Req.Msg.Method()) {
		return false
	}
	s.matched = true
	switch {
	case f.ua != nil && !f.ua.Match(k.UserAgent):
		return false
	case f.maxLatency > 0 && k.Latency > f.maxLatency:
		return false
	case s.gruu && !s.device.is(k):
		return false
	}
	return k.RegID == 0 || s.flow(rec, k)
}

// flow reports whether k is the one flow of its device that is to be used: the latest that
// is there (RFC 5626 §7: not more than one contact of an instance at a time).
func (s *search) flow(rec usrloc.Record, k *usrloc.Contact) bool {
	for _, instance := range s.flows[:s.nFlows] {
		if bytes.Equal(instance, k.Instance) {
			return false
		}
	}
	if !s.flowThere(k) {
		return false
	}
	var o usrloc.Contact
	for at, ok := rec.Next(0, &o); ok; at, ok = rec.Next(at, &o) {
		if o.LastModified > k.LastModified && o.RegID != 0 && o.Live(s.now) && bytes.Equal(o.Instance, k.Instance) && s.flowThere(&o) {
			return false
		}
	}
	if s.nFlows < maxFlows {
		s.flows[s.nFlows] = k.Instance
		s.nFlows++
	}
	return true
}
