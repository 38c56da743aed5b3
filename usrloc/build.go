package usrloc

import (
	"cmp"
	"slices"
)

// Build makes a record of contacts that are kept elsewhere, in the order in which they are
// to be tried; of equal ones the order of the list stays. Nil: there are none. What a record
// cannot have is left out.
func (s *Store) Build(aor, kv []byte, list []Contact) Record {
	if len(list) == 0 || len(aor) >= 1<<16 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b Contact) int {
		if s.cfg.NewestFirst {
			return cmp.Compare(b.LastModified, a.LastModified)
		}
		return cmp.Compare(b.Q, a.Q)
	})
	b, n := newRecord(nil, aor, kv), 0
	for i := range list[:min(len(list), MaxRecordContacts)] {
		end := len(b)
		if b = appendContact(b, &list[i]); len(b) > MaxRecordBytes {
			b = b[:end]
			break
		}
		n++
	}
	if n == 0 {
		return nil
	}
	return finish(b, n, 0)
}
