package script

import (
	"strings"
	"testing"
)

// "A Doing says which instruction the runs of one loop are at", within a function and
// within what that runs in turn; and nothing when none is running.
func TestDoing(t *testing.T) {
	h := newBed(t)
	var seen []string
	var pool *Pool
	look := Func0("look", "", All, func(c *Ctx) Ret {
		pool = c.pool
		w, ok := c.pool.Doing.Now()
		if !ok {
			t.Error("no script is running")
		}
		seen = append(seen, w.String())
		if p, _ := c.Place(); p != w {
			t.Errorf("the run is at %v", p)
		}
		return 1
	})
	h.runWith(`route { look(); route(x);
		look(); }
		route[x] { if (1 == 1) { look(); } }`, look)
	want := []string{"look() in route at test.cfg:1", "look() in route[x] at test.cfg:3", "look() in route at test.cfg:2"}
	if strings.Join(seen, "; ") != strings.Join(want, "; ") {
		t.Errorf("saw %q, want %q", seen, want)
	}
	if w, ok := pool.Doing.Now(); ok {
		t.Error("still at ", w)
	}
}
