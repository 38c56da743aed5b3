package proxy

import (
	"testing"

	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/tm"
)

// The table finds what is being served, forgets it with its transaction, and pushes
// something out when more want one place than there is room for.
func TestMergeTable(t *testing.T) {
	var now int64
	w := timer.New(0)
	live := tm.NewTable(w, 1, tm.Timing{})
	var table mergeTable
	if table.find(1, live) {
		t.Error("found in an empty table")
	}
	var ids []tm.ID
	for i := range uint64(mergeWays) {
		ids = append(ids, live.NewServer(tm.NonInviteServer, false, tm.Key{}, now))
		table.put(1+i*mergeSets, ids[i], live)
	}
	for i := range uint64(mergeWays) {
		if !table.find(1+i*mergeSets, live) {
			t.Errorf("%d is not found", i)
		}
	}
	live.Kill(ids[2])
	if table.find(1+2*mergeSets, live) {
		t.Error("an ended one is found")
	}
	table.put(1+9*mergeSets, live.NewServer(tm.NonInviteServer, false, tm.Key{}, now), live) // in its place
	table.put(1+8*mergeSets, live.NewServer(tm.NonInviteServer, false, tm.Key{}, now), live) // pushes one out
	found := 0
	for _, i := range []uint64{0, 1, 3, 8, 9} {
		if table.find(1+i*mergeSets, live) {
			found++
		}
	}
	if found != mergeWays || !table.find(1+8*mergeSets, live) {
		t.Errorf("%d found", found)
	}
}

// After its first use the table never grows.
func TestMergeTableDoesNotAllocate(t *testing.T) {
	live := tm.NewTable(timer.New(0), 1, tm.Timing{})
	var table mergeTable
	table.put(0, 0, live)
	hash := uint64(0)
	n := testing.AllocsPerRun(1000, func() {
		hash += 0x9e3779b97f4a7c15
		table.put(hash, 0, live)
		table.find(hash, live)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
