package location

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
)

// How many REGISTERs a second PostgreSQL takes in write-through: it says, and asserts
// nothing. FASTSIPS_DEEP has it run.
func TestRate(t *testing.T) {
	if os.Getenv("FASTSIPS_DEEP") == "" {
		t.Skip("a measurement: FASTSIPS_DEEP=1")
	}
	s := pgtest.Start(t)
	execute(t, s.URL, tables)
	p, x := start(t, s.URL, preset("single-instance-sql-write-through")), newPhones(t)
	all := users("user", 40_000)
	begun := time.Now()
	cpu, err := p.CPU()
	if err != nil {
		t.Fatal(err)
	}
	for sent, got := 0, 0; got < len(all); got++ {
		for ; sent < len(all) && sent < got+300; sent++ {
			x.register(p.Addr, all[sent])
		}
		if u, line := x.next(patience); !strings.HasPrefix(line, "SIP/2.0 200") {
			t.Fatalf("%s: %q, after %d", u, line, got)
		}
	}
	took := time.Since(begun)
	after, _ := p.CPU()
	t.Logf("%d REGISTERs in %v: %.0f a second, %v of our CPU for each", len(all), took, float64(len(all))/took.Seconds(), (after-cpu)/time.Duration(len(all)))
}
