package residential

import (
	"testing"

	"github.com/fastsips/fastsips/internal/pgtest"
)

// A configuration in the style of OpenSIPS's default does its job as it is: two phones
// register with digest and call each other; one call is rejected, one cancelled, one is for
// somebody who has gone. "do_accounting("log")" is of answered calls alone, "missed" of
// those that came to nothing, once per branch, and a call for nobody has no branch.
func TestDefaultStyle(t *testing.T) {
	t.Parallel()
	d := begin(t, "testdata/default.cfg")
	d.all()
	d.want(d.accounted(4), "transaction answered: INVITE 200", "transaction answered: BYE 200", "call missed: INVITE 603", "call missed: INVITE 487")
}

// What fastsips runs without -f accounts for calls to somebody who has gone as well: there is
// a transaction, which fails.
func TestBuiltIn(t *testing.T) {
	t.Parallel()
	d := begin(t, "../../../etc/fastsips.cfg")
	d.all()
	d.want(d.accounted(5), "transaction answered: INVITE 200", "transaction answered: BYE 200", "call missed: INVITE 603", "call missed: INVITE 487", "call missed: INVITE 404")
}

// The configuration for PostgreSQL, with rows in place of lines.
func TestResidential(t *testing.T) {
	t.Parallel()
	pg := pgtest.Start(t)
	url := pg.URL
	fastsips(t, "db", "create", "--url", url)
	for _, user := range []string{"alice", "bob"} {
		fastsips(t, "db", "adduser", "--url", url, user+"@127.0.0.1", user+"-secret")
	}
	query(t, url, "INSERT INTO domain (domain) VALUES ('127.0.0.1')")
	d := begin(t, "../../../etc/residential.cfg", "postgres://opensips:opensipsrw@localhost/opensips", url, `loadmodule "mi_fifo.so"`, "", "/var/lib/fastsips", "[dir]")
	if got := query(t, url, "SELECT username, domain FROM location ORDER BY username"); got != "alice 127.0.0.1, bob 127.0.0.1" {
		t.Errorf("location has %q", got)
	}
	d.all()
	d.rows(url, "acc", "INVITE 200 Answering")
	d.rows(url, "missed_calls", "INVITE 404 Not Found, INVITE 487 Request Terminated, INVITE 603 Decline")
}

// all is the day's calls.
func (d *day) all() {
	d.Helper()
	d.answered(d.alice, d.bob)
	d.rejected(d.bob, d.alice)
	d.cancelled(d.alice, d.bob)
	d.unregistered(d.alice, d.bob)
}
