package proxy

import (
	"fmt"
	"testing"
	"time"
)

// sr_check_status: the status of the identifier; without one that of main; for all -1 "if
// at least one identifier has a negative status", else 1. Names are without case; a status
// is never 0, which would end the script.
func TestReports(t *testing.T) {
	var r Reports
	g := r.Group("drouting")
	check := func(id string, want int) {
		t.Helper()
		if got := r.Check("DRouting", id); got != want {
			t.Errorf("%q: %d, want %d", id, got, want)
		}
	}
	check("", -1)
	check("all", -1)
	main := g.Add(MainReport, 0, "")
	pstn := g.Add("PSTN", 7, "loaded")
	check("", 1)
	check("pstn", 7)
	check("all", 1)
	check("other", -1)
	pstn.Set(-3, "broken")
	check("pstn", -3)
	check("", 1)
	check("ALL", -1)
	if g.Add("pstn", 2, "") != pstn || r.Group("Drouting") != g {
		t.Error("made twice")
	}
	g.Remove("pstn")
	check("pstn", -1)
	if r.Check("tm", "") != -1 {
		t.Error("a group that is not there is fine")
	}
	for i := range maxReportLines + 5 {
		main.Log(time.Unix(int64(i), 0), fmt.Sprint(i))
	}
	if l := main.State().Lines; len(l) != maxReportLines || l[0].Text != "5" {
		t.Errorf("%d lines from %v", len(l), l[0])
	}
}
