package metrics

import (
	"sync"
	"testing"
)

func stat(group, name string, n *int64) *Stat {
	return &Stat{Group: group, Name: name, Read: func() int64 { return *n }}
}

// A reset changes what the value counts from, not the counter.
func TestStatReset(t *testing.T) {
	n := int64(5)
	s := stat("tm", "a", &n)
	if !s.Reset() || s.Value() != 0 || n != 5 {
		t.Errorf("value %d, counter %d", s.Value(), n)
	}
	n = 8
	if s.Value() != 3 {
		t.Errorf("value %d, want 3", s.Value())
	}
	s.Fixed = true
	if s.Reset() || s.Value() != 3 {
		t.Errorf("a fixed statistic was reset to %d", s.Value())
	}
}

func TestStatsFind(t *testing.T) {
	var n int64
	s := NewStats()
	a, b, c := stat("tm", "x", &n), stat("sl", "x", &n), stat("tm", "y", &n)
	s.Add(a, b, c)
	if again := s.Add(stat("sl", "x", &n)); again[0] != b {
		t.Error("a taken name does not give the first statistic")
	}
	for name, want := range map[string]*Stat{"tm:x": a, "sl:x": b, "x": a, "y": c, "tm:z": nil, "sl:y": nil, "": nil, ":x": nil} {
		if s.Find(name) != want || s.FindBytes([]byte(name)) != want {
			t.Errorf("%q is found wrongly", name)
		}
	}
	if l := s.List(); len(l) != 3 || l[0] != a || l[1] != c || l[2] != b {
		t.Error("the list does not go group by group")
	}
	if g := s.Groups(); len(g) != 2 || g[0] != "tm" || g[1] != "sl" {
		t.Errorf("groups %q", g)
	}
	if len(s.Group("tm")) != 2 || s.Group("no") != nil {
		t.Error("groups hold the wrong ones")
	}
}

// Statistics may come while others look.
func TestStatsAddWhileFinding(t *testing.T) {
	var n int64
	s := NewStats()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range 50 {
				s.Add(stat("g", string(rune('a'+j%26))+string(rune('0'+i)), &n))
				if s.Find("g:a0") == nil && i == 0 {
					t.Error("what was added is not found")
				}
			}
		})
	}
	wg.Wait()
	if got := len(s.Group("g")); got != 4*26 {
		t.Errorf("%d statistics, want %d", got, 4*26)
	}
}
