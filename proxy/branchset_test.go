package proxy

import (
	"testing"

	"github.com/fastsips/fastsips/script"
)

// semantics §4: the R-URI and "at most 11 more".
func TestBranchSetIsBounded(t *testing.T) {
	var set branchSet
	for i := range 11 {
		if set.add() == nil {
			t.Fatalf("branch %d was refused", i+1)
		}
	}
	if set.add() != nil {
		t.Error("a thirteenth destination was accepted")
	}
	set.list[0].SetDst([]byte("sip:e"))
	set.clear()
	if b := set.add(); b == nil || b.Dst() != nil || b.Q() != NoQ {
		t.Error("a cleared set is not empty")
	}
}

// A branch that is taken out leaves its memory, and no trace, to the next one.
func TestRemoveBranch(t *testing.T) {
	var set branchSet
	for _, uri := range []string{"sip:a", "sip:b", "sip:c"} {
		set.add().SetURI([]byte(uri))
	}
	set.remove(1)
	set.add().SetURI([]byte("sip:d"))
	got := ""
	for i := range set.n {
		got += string(set.list[i].uri) + " "
	}
	if got != "sip:a sip:c sip:d " {
		t.Errorf("%s", got)
	}
	if n := testing.AllocsPerRun(10, func() { set.remove(0); set.add().SetURI([]byte("sip:e")) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// An attribute "can have a single value (at a time), string or integer"
// (documentation of $msg.branch.attr).
func TestAttrs(t *testing.T) {
	var a Attrs
	text := func(s string) script.Value { return script.StrValue([]byte(s)) }
	a.Set([]byte("name"), text("pstn"))
	a.Set([]byte("n"), script.IntValue(5))
	a.Set([]byte("name"), text("ims"))
	a.Set([]byte("gone"), text("x"))
	a.Set([]byte("gone"), script.Null)
	if v := a.Get([]byte("name")); string(v.Str) != "ims" {
		t.Errorf("name is %q", v.Str)
	}
	if v := a.Get([]byte("n")); v.Kind != script.IntKind || v.Int != 5 {
		t.Errorf("n is %v", v)
	}
	for _, name := range []string{"gone", "NAME", ""} {
		if v := a.Get([]byte(name)); v.Kind != script.NullKind {
			t.Errorf("%q is %v", name, v)
		}
	}
	if a.Set([]byte("long"), text(string(make([]byte, maxAttrText)))) {
		t.Error("there is no bound")
	}
	var b Attrs
	r := targetReader{b: a.appendTo(nil)}
	b.readFrom(&r)
	if v := b.Get([]byte("name")); r.failed || string(v.Str) != "ims" || len(b.list) != 2 {
		t.Errorf("read back: %v %+v", r.failed, b)
	}
}

// What a script writes in place of a serialized branch is refused, whatever it is.
func FuzzSerializedTarget(f *testing.F) {
	var t0 Target
	t0.reset()
	t0.SetDst([]byte("sip:d"))
	t0.SetQ(500)
	t0.Attrs.Set([]byte("a"), script.IntValue(1))
	f.Add(appendTarget(nil, &t0, []byte("sip:a@b"), true))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		var got Target
		r := targetReader{b: b}
		last := r.target(&got)
		if r.failed {
			return
		}
		var again Target
		r2 := targetReader{b: appendTarget(nil, &got, nil, last)}
		if r2.target(&again) != last || r2.failed || string(again.uri) != string(got.uri) || again.q != got.q {
			t.Errorf("%q: %+v, then %+v", b, got, again)
		}
	})
}
