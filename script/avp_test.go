package script

import (
	"bytes"
	"testing"
)

// Text that was read stays as it was, even when the store is rebuilt.
func TestAVPsRebuildTheirStore(t *testing.T) {
	var list AVPs
	list.Push(1, StrValue([]byte("kept")))
	id, _ := list.dynamic([]byte("name"), true)
	list.Push(id, IntValue(5))
	kept := list.Get(1, 0).Str
	big := bytes.Repeat([]byte("x"), 1000)
	for range 100 {
		list.Push(2, StrValue(big))
		read := list.Get(2, 0).Str
		list.Delete(2, 0)
		list.Push(2, IntValue(1))
		list.Delete(2, 0)
		if !bytes.Equal(read, big) {
			t.Fatal("text changed under its reader")
		}
	}
	if len(list.text) > 3*avpWaste {
		t.Errorf("%d bytes for 8", len(list.text))
	}
	if again, ok := list.dynamic([]byte("name"), false); !ok || again != id || list.Get(id, 0).Int != 5 {
		t.Error("lost a computed name")
	}
	if string(kept) != "kept" || string(list.Get(1, 0).Str) != "kept" || list.Len() != 2 {
		t.Error("lost a value")
	}
}

func TestAVPsForgetGiants(t *testing.T) {
	var list AVPs
	list.Push(1, StrValue(make([]byte, 2*avpKept)))
	if list.Reset(); cap(list.text) != 0 || list.Len() != 0 {
		t.Error("a giant is remembered")
	}
	list.Push(1, StrValue([]byte("small")))
	if list.Reset(); cap(list.text) == 0 || !list.Get(1, 0).IsNull() {
		t.Error("not ready for the next message")
	}
}

func TestArenaForgetsGiants(t *testing.T) {
	var a arena
	small := a.copy([]byte("small"))
	a.alloc(2 * arenaKept)
	if string(small) != "small" {
		t.Error("growing changed what was handed out")
	}
	if a.reset(); cap(a.buf) != 0 {
		t.Error("a giant is remembered")
	}
	for range 3000 {
		a.alloc(100)
	}
	if a.reset(); cap(a.buf) > arenaKept {
		t.Errorf("%d bytes kept", cap(a.buf))
	}
}

// [append] says where a value goes; read, it is the newest one, as index 0.
func TestAppendIndexReads(t *testing.T) {
	got := newBed(t).run(`route { $avp(l) = 1; $(avp(l)[append]) = 9; say("$(avp(l)[append]) $(avp(l)[*])"); $(avp(l)[append]) += 1; say("$(avp(l)[*])"); }`)
	if want := "1 1, 9 1, 9, 2"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
