package location

import (
	"strings"
	"syscall"
	"testing"

	"github.com/fastsips/fastsips/internal/pgtest"
)

// "single-instance-sql-write-through ... make sure that no registered contacts will be lost
// during crash or reboot": killed in the middle of it, everybody who has got a 200 is found
// after the restart.
func TestKilledWriteThrough(t *testing.T) {
	s := pgtest.Start(t)
	execute(t, s.URL, tables)
	p, x := start(t, s.URL, preset("single-instance-sql-write-through")), newPhones(t)
	all := users("user", 3000)
	const window, enough = 200, 1000
	var accepted []string
	for sent := 0; len(accepted) < enough; {
		for ; sent < len(all) && sent < len(accepted)+window; sent++ {
			x.register(p.Addr, all[sent])
		}
		u, line := x.next(patience)
		if !strings.HasPrefix(line, "SIP/2.0 200") {
			t.Fatalf("%s: %q", u, line)
		}
		accepted = append(accepted, u)
	}
	kill(p)
	for { // what it had sent before
		u, line := x.next(patience / 100)
		if u == "" {
			break
		}
		if strings.HasPrefix(line, "SIP/2.0 200") {
			accepted = append(accepted, u)
		}
	}
	p = start(t, s.URL, preset("single-instance-sql-write-through"))
	x.found(p.Addr, accepted)
	// It goes on.
	x.registered(p.Addr, []string{"new"})
	x.found(p.Addr, []string{"new"})
}

// "single-instance-sql-write-back": what is older than timer_interval is there after kill -9.
func TestKilledWriteBack(t *testing.T) {
	s := pgtest.Start(t)
	execute(t, s.URL, tables)
	p, x := start(t, s.URL, preset("single-instance-sql-write-back")), newPhones(t)
	early := users("early", 500)
	x.registered(p.Addr, early)
	until(t, "timer_interval is over", func() bool { return execute(t, s.URL, "SELECT count(*) FROM location") == "500" })
	x.registered(p.Addr, users("late", 10))
	kill(p)
	p = start(t, s.URL, preset("single-instance-sql-write-back"))
	x.found(p.Addr, early)
}

// "OpenSIPS will try its best to do a last-minute sync to DB right before shutting down."
func TestStoppedWriteBack(t *testing.T) {
	s := pgtest.Start(t)
	execute(t, s.URL, tables)
	long := preset("single-instance-sql-write-back") + "modparam(\"usrloc\", \"timer_interval\", 3600)\n"
	p, x := start(t, s.URL, long), newPhones(t)
	all := users("user", 500)
	x.registered(p.Addr, all)
	if n := execute(t, s.URL, "SELECT count(*) FROM location"); n != "0" {
		t.Error(n, " rows before the interval")
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	if n := execute(t, s.URL, "SELECT count(*) FROM location"); n != "500" {
		t.Error(n, " rows")
	}
	p = start(t, s.URL, long)
	x.found(p.Addr, all)
}

// sql-only: two processes, one table. Who registers at one is found by the other.
func TestTwoOnOneTable(t *testing.T) {
	s := pgtest.Start(t)
	execute(t, s.URL, tables)
	a, b, x := start(t, s.URL, preset("sql-only")), start(t, s.URL, preset("sql-only")), newPhones(t)
	all := users("user", 20)
	x.registered(a.Addr, all)
	x.found(b.Addr, all)
	s.Stop()
	x.register(a.Addr, "user1")
	if _, line := x.next(patience); !strings.HasPrefix(line, "SIP/2.0 5") {
		t.Error(line)
	}
}
