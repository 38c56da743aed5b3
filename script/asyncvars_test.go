package script

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
)

const sayOp = ` say("$async.op $async.rc $async.time $async.timeout"); `

// "$async.op: the last function that may wait; $async.rc its value; an index means the
// calls of the last async statement."
func TestAsyncVariables(t *testing.T) {
	checkRows(t, []row{
		{`route {` + sayOp + `}`, "<null> <null> <null> <null>"},
		{`route { w(3);` + sayOp + `v(9);` + sayOp + `}`, "w 3 0 0 w 3 0 0"}, // v never waits: it is none
		{`route { if (!w(-3))` + sayOp + `}`, "w -3 0 0"},
		{`route { w($var(unset));` + sayOp + `}`, notCalled("w") + "w -1 0 0"},
		{`route { async(v(5), r); } route[r] {` + sayOp + `}`, "v 5 0 0"}, // but inside async it is
		{`route { async(w(0), r); } route[r] {` + sayOp + `}`, "w 0 0 0"},
		{`route { async(r) { w(5); v(-6); fetch("x", $var(y)); } } route[r] { say("$(async.op[0]) $(async.rc[0]) $(async.op[1]) $(async.rc[1]) $(async.op[-1]) $(async.op[3]) $(async.op[-4])");` + sayOp + `}`,
			"w 5 v -6 fetch <null> <null> fetch 1 0 0"},
		{`route { async_all { w(5); w(-6); v(2); } (r); } route[r] { say("$(async.op[0]) $(async.rc[0]) $(async.op[1]) $(async.rc[1]) $(async.op[2]) $(async.rc[2]) $(async.rc[3])");` + sayOp + `}`,
			"w 5 w -6 v 2 <null> async_all -6 0 0"},
		{`route { async_all { w(5); w(-6); } (r); } route[r] { for ($var(v) in $(async.rc[*])) say("$var(v)"); }`, "5 -6"},
		{`route { async_all { w($var(unset)); w(7); } (r); } route[r] { say("$(async.rc[0]) $(async.rc[1])"); }`, notCalled("w") + "-1 7"},
		// What comes next forgets it.
		{`route { async_all { w(5); w(-6); } (r); } route[r] { w(1); say("$(async.rc[0]) $(async.rc[1])");` + sayOp + `}`, "1 <null> w 1 0 0"},
		{`route { launch(w(4), r); launch(v(2), r); launch(w(1), r2);` + sayOp + `} route[r] {` + sayOp + `} route[r2] { }`, "v 2 0 0 <null> <null> <null> <null> w 4 0 0"},
	})
}

// $async.time is in microseconds of the loop's clock, and $async.timeout tells that the
// operation was ended by its deadline.
func TestAsyncTime(t *testing.T) {
	for _, c := range []struct {
		stmt string
		out  asyncops.Outcome
		want string
	}{
		{`async(w(5), r);`, asyncops.Completed, "w 5 2500 0"},
		{`async(w(5), r);`, asyncops.TimedOut, "w -7 2500 1"},
		{`async(w(5), r);`, asyncops.Failed, "w 5 2500 0"},
		{`w(5); route(r);`, asyncops.TimedOut, "w -7 2500 1"},
		{`async_all { v(1); w(5); w(6); } (r);`, asyncops.TimedOut, "async_all -7 0 1"}, // its time is that of the loop's table
	} {
		h := newBed(t)
		h.clock = 1e9
		run := h.parkOnce(`route { ` + c.stmt + ` } route[r] {` + sayOp + `}`)
		h.clock += 2_500_000
		if run.Resume(c.out) != Done || h.log[0] != c.want {
			t.Errorf("%s: %v, want %s", c.stmt, h.log, c.want)
		}
		h.pool.Put(run)
	}
}

// Scripts that do not name $async.* keep nothing for it.
func TestNoNotesWithoutVariable(t *testing.T) {
	h := newBed(t)
	run := h.parkOnce(`route { async(r) { v(1); w(5); } } route[r] { async_all { w(5); w(6); } (s); } route[s] { }`)
	h.settle(run, run.Resume(asyncops.Completed))
	if run.notes != nil {
		t.Error("notes were kept")
	}
	h.pool.Put(run)
}
