package proxy

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A keep is a map from references to bytes: what was put comes back until it is
// dropped, whatever else comes and goes, and nothing stays behind.
func TestKeepIsAMap(t *testing.T) {
	var k keep
	rng := rand.New(rand.NewPCG(1, 2))
	want := map[keepRef][]byte{}
	for i := range 20_000 {
		if len(want) > 300 || rng.IntN(3) == 0 {
			for ref, b := range want {
				if !bytes.Equal(k.get(ref), b) {
					t.Fatalf("step %d: %x has %d bytes that are not the %d put", i, ref, len(k.get(ref)), len(b))
				}
				k.drop(ref)
				delete(want, ref)
				break
			}
			continue
		}
		b := bytes.Repeat([]byte{byte(i), byte(i >> 8)}, sizes[rng.IntN(len(sizes))]/2)
		ref := k.put(b)
		if want[ref] != nil || ref == 0 {
			t.Fatalf("step %d: reference %x is taken", i, ref)
		}
		want[ref] = b
		if k.used != len(want) {
			t.Fatalf("step %d: %d references out, want %d", i, k.used, len(want))
		}
	}
	for ref := range want {
		k.drop(ref)
	}
	if used, blocks := k.size(); used != 0 || blocks == 0 {
		t.Errorf("%d bytes in use, %d in blocks at the end", used, blocks)
	}
	if k.used != 0 || len(k.big) != 0 {
		t.Errorf("%d references and %d large ones left", k.used, len(k.big))
	}
	if k.get(0) != nil {
		t.Error("zero names something")
	}
	k.drop(0)
	if k.used != 0 {
		t.Error("zero was dropped")
	}
}

// Around every boundary between classes, and beyond the largest.
var sizes = []int{0, 2, 254, 256, 258, 382, 384, 386, 510, 512, 514, 1024, 1026, 2048, 4096, 4098, 8192, 8194, 60_000}

// The store is used again: as much as was in use at a time, and no more.
func TestKeepDoesNotGrow(t *testing.T) {
	var k keep
	b := make([]byte, 700)
	for range 10 {
		var refs []keepRef
		for range 1000 {
			refs = append(refs, k.put(b))
		}
		for _, ref := range refs {
			k.drop(ref)
		}
	}
	if got := len(k.classes[keepClassOf(700)].blocks); got != 3 { // 341 of 768 bytes each
		t.Errorf("%d blocks for 1000 of 700 bytes, want 3", got)
	}
	if n := testing.AllocsPerRun(1000, func() { k.drop(k.put(b)) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
