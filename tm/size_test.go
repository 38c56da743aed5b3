package tm

import (
	"testing"
	"time"

	"github.com/fastsips/fastsips/timer"
)

// Entries go up and down with the transactions; the memory is kept for the next ones.
func TestSizeOfTable(t *testing.T) {
	tab := NewTable(timer.New(0), 1, Timing{})
	var ids []ID
	for range 3 * chunkSize {
		ids = append(ids, tab.NewClient(InviteClient, false, 0, 0, 0))
	}
	full := tab.Size()
	if full.Entries != 3*chunkSize || full.Slots != 3*chunkSize || full.SlabBytes < 3*chunkSize*EntrySize {
		t.Errorf("%d transactions: %+v", len(ids), full)
	}
	for _, id := range ids {
		tab.Kill(id)
	}
	if s := tab.Size(); s.Entries != 0 || s.Slots != full.Slots || s.SlabBytes != full.SlabBytes {
		t.Errorf("without transactions: %+v, before %+v", s, full)
	}
	tab.NewServer(InviteServer, false, Key{1, 2}, int64(time.Second))
	if s := tab.Size(); s.Entries != 1 || s.IndexBytes <= full.IndexBytes {
		t.Errorf("with one that is in the index: %+v, before %+v", s, full)
	}
}
