package pg_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
	spoiler "github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/loop"
)

// A distant server is a real one behind a line on which each answer is for 300 ms.
type distant struct {
	*rig
	way *spoiler.Relay
}

func newDistant(t *testing.T, srv *pgtest.Server, conns int) distant {
	t.Helper()
	way, err := spoiler.Start(spoiler.Config{Target: srv.Addr(), Delay: 300 * time.Millisecond, Undelayed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(way.Close)
	r := newRig(t, 1, pg.Config{URL: strings.Replace(srv.URL, srv.Addr(), way.Addr(), 1), MaxConns: conns, ConnectTimeout: 5 * time.Second})
	r.open(int64(conns))
	return distant{r, way}
}

// ask begins n queries at once; timeout says how long each may take.
func (d distant) ask(n int, timeout func(i int) time.Duration) (all []*asked) {
	d.Group.Do(0, func(l *loop.Loop) {
		for i := range n {
			all = append(all, d.beginOn(l, timeout(i), fmt.Sprint("SELECT ", i)))
		}
	})
	return all
}

func noTimeout(int) time.Duration { return 0 }

// sent is how many queries are at the server or on the line.
func sent(s pg.Stats) int64 { return s.InFlight - s.Waiting }

// Behind a long line, connections carry what the server can answer while an answer is on
// its way, as soon as it is known that it is the line that takes long. The answer of a
// query that times out there is dropped in its place: those around it get their own.
func testLongLine(t *testing.T, srv *pgtest.Server) {
	d := newDistant(t, srv, 4)
	d.fill(t)
	d.timeOut(t)
}

// fill asks until more than 20 queries are on each connection. A machine with other
// things to do may make the server slow for a while.
func (d distant) fill(t *testing.T) {
	t.Helper()
	most := int64(0)
	for round := 0; most < 80; round++ {
		if round == 30 {
			t.Fatal("there were at most ", most, " queries on four connections")
		}
		all := d.ask(400, noTimeout)
		d.until("the answers", func(s pg.Stats) bool {
			most = max(most, sent(s))
			return s.InFlight == 0
		})
		for i, w := range all {
			if a := w.Wait(); a.flat() != fmt.Sprint(i) {
				t.Fatalf("query %d: %v", i, a)
			}
		}
	}
}

// timeOut has every third query end before its answer comes.
func (d distant) timeOut(t *testing.T) {
	t.Helper()
	if err := d.way.SetFault(spoiler.Fault{Kind: spoiler.Stall}); err != nil {
		t.Fatal(err)
	}
	all := d.ask(60, func(i int) time.Duration {
		if i%3 == 0 {
			return 50 * time.Millisecond
		}
		return 0
	})
	for i := 0; i < len(all); i += 3 {
		if a := all[i].Wait(); a.out != asyncops.TimedOut {
			t.Errorf("query %d: %v", i, a)
		}
	}
	if err := d.way.SetFault(spoiler.Fault{}); err != nil {
		t.Fatal(err)
	}
	for i, w := range all {
		if i%3 == 0 {
			continue
		}
		if a := w.Wait(); a.flat() != fmt.Sprint(i) {
			t.Errorf("query %d: %v", i, a)
		}
	}
}
