package proxy

import (
	"hash/maphash"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/tm"
)

// A mergeTable finds ongoing transactions by what copies of one request have in
// common, whatever path they came by (RFC 3261 §8.2.2.2). It is of a fixed size: a
// transaction that is pushed out of it is just not found. Nothing is taken out: an ID
// of a transaction that has ended is harmless.
type mergeTable struct {
	sets [][mergeWays]mergeSlot
	next uint32 // which way of a full set goes next
}

type mergeSlot struct {
	hash uint64
	id   tm.ID
}

const (
	mergeSets = 1 << 14 // 1 MiB with their ways
	mergeWays = 4
)

func (t *mergeTable) put(hash uint64, id tm.ID, live *tm.Table) {
	if t.sets == nil {
		t.sets = make([][mergeWays]mergeSlot, mergeSets)
	}
	set := &t.sets[hash%mergeSets]
	for i := range set {
		if !live.Live(set[i].id) {
			set[i] = mergeSlot{hash, id}
			return
		}
	}
	t.next++
	set[t.next%mergeWays] = mergeSlot{hash, id}
}

func (t *mergeTable) find(hash uint64, live *tm.Table) bool {
	if t.sets == nil {
		return false
	}
	for _, slot := range &t.sets[hash%mergeSets] {
		if slot.hash == hash && live.Live(slot.id) {
			return true
		}
	}
	return false
}

// mergeHash is of the From tag, Call-ID and CSeq that §8.2.2.2 names, and of the R-URI:
// a proxy before us that forks to two users of ours sends two requests, not one twice.
func (s *shard) mergeHash(r *Request) uint64 {
	m := &r.Msg
	h := maphash.Bytes(s.hash, m.CallID())
	for _, b := range [...][]byte{m.FromTag(), m.CSeqMethodName(), m.RequestURI()} {
		h = h*0x9e3779b97f4a7c15 ^ maphash.Bytes(s.hash, b)
	}
	return h*0x9e3779b97f4a7c15 ^ uint64(m.CSeq())
}

// isMerged reports whether r, which matched no transaction, is outside a dialog and a
// copy of one that is being served. One that has been here before is none: it spirals.
func (s *shard) isMerged(r *Request) bool {
	return len(r.Msg.ToTag()) == 0 && s.merged.find(s.mergeHash(r), s.tm) && !s.hasBeenHere(&r.Msg)
}

func (s *shard) hasBeenHere(m *sipparse.Msg) bool {
	var via sipparse.Via
	for it := m.Vias(); it.Next(&via); {
		if s.p.tr.IsMine(via.Host.Of(m.Buf()), via.Port) {
			return true
		}
	}
	return false
}

// noteMerge remembers r's transaction for isMerged.
func (s *shard) noteMerge(r *Request, id tm.ID) {
	if s.p.set.RejectMerged && len(r.Msg.ToTag()) == 0 && r.Msg.Method() != sipparse.Cancel {
		s.merged.put(s.mergeHash(r), id, s.tm)
	}
}
