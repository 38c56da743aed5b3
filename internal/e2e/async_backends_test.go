package e2e

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
)

// hangScript asks the backend that the user part names, and answers OPTIONS by
// itself.
const hangScript = `
log_level=3
socket=udp:[proxy]
overload_wait=0
db_max_async_connections=8
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "sipmsgops.so"
loadmodule "signaling.so"
loadmodule "db_postgres.so"
loadmodule "sqlops.so"
loadmodule "rest_client.so"
loadmodule "exec.so"
modparam("sqlops", "db_url", "[pg]")
modparam("sqlops", "db_url", "1 postgres://u@[hung]/db?sslmode=disable")
modparam("sqlops", "db_url", "2 postgres://u@[broken]/db?sslmode=disable")
modparam("sqlops", "db_url", "3 postgres://u@[nobody]/db?sslmode=disable")
modparam("exec", "max_children", 5)

route {
	if (is_method("OPTIONS")) { sl_send_reply(200, "OK"); exit; }
	if (is_method("ACK")) { t_relay(); exit; }
	switch ($rU) {
	case "rest-hung":    async(rest_get("http://[hung]/", $avp(x)), resumed, 2);
	case "rest-broken":  async(rest_get("http://[broken]/", $avp(x)), resumed, 2);
	case "rest-refused": async(rest_get("http://[nobody]/", $avp(x)), resumed, 2);
	case "pg-frozen":    async(sql_query("select 1", "$avp(x)"), resumed, 2);
	case "pg-hung":      async(sql_query("select 1", "$avp(x)", 1), resumed, 2);
	case "pg-broken":    async(sql_query("select 1", "$avp(x)", 2), resumed, 2);
	case "pg-refused":   async(sql_query("select 1", "$avp(x)", 3), resumed, 2);
	case "exec-hung":    async(exec("sleep 60", , $avp(x)), resumed, 2);
	}
}
route[resumed] {
	if ($rc < 0)
		send_reply(503, "No backend");
	else
		send_reply(500, "An answer from nowhere");
}
`

// A backend that hangs, breaks off or refuses costs the runs that ask it, and
// nobody else: while twenty runs for each of them wait, OPTIONS are answered as
// ever. Then each of them gets the script's error answer, by its deadline.
func testHangingBackends(t *testing.T, pg *pgtest.Server) {
	p := start(t, hangScript, map[string]string{
		"pg": pg.URL, "hung": silentServer(t, false), "broken": silentServer(t, true), "nobody": closedPort(t),
	}, "-n", "2")
	warmUp(t, p, 8) // all that there may be: PostgreSQL must not fork while it is being frozen
	pg.Freeze()
	defer pg.Thaw()
	c := newCaller(t, p.Addr)
	var waiting []*call
	for range 20 {
		for _, user := range []string{"rest-hung", "rest-broken", "rest-refused", "pg-frozen", "pg-hung", "pg-broken", "pg-refused", "exec-hung"} {
			waiting = append(waiting, c.invite(user))
		}
	}
	pings, slowest := 0, time.Duration(0)
	for began := time.Now(); pings < 20 || unended(waiting) && time.Since(began) < patience; {
		k := c.request("OPTIONS", "ping", "proxy.invalid")
		if m := k.ended(time.Second); m == nil || m.Status() != 200 {
			t.Fatalf("OPTIONS %d was answered with %v within a second", pings, m)
		}
		slowest = max(slowest, k.took())
		pings++
	}
	for _, k := range waiting {
		if m := k.ended(patience); m == nil || m.Status() != 503 {
			t.Errorf("%s: answered with %v, want the script's 503", k.user, m)
		} else if k.took() > 5*time.Second {
			t.Errorf("%s: answered after %v (100 after %v), the limit is 2s", k.user, k.took(), k.trying.Sub(k.sent))
		}
	}
	t.Logf("%d OPTIONS, the slowest took %v", pings, slowest)
	checkLoops(t, p)
}

// unended reports whether a call has no final response yet.
func unended(calls []*call) bool {
	for _, k := range calls {
		if k.ended(0) == nil {
			return true
		}
	}
	return false
}

// silentServer takes TCP connections and never says a word; one that breaks off
// closes them when it has heard something.
func silentServer(t *testing.T, breaksOff bool) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var conns []net.Conn
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, nc)
			mu.Unlock()
			if breaksOff {
				go func() {
					_, _ = nc.Read(make([]byte, 64)) // whatever it is
					_ = nc.Close()
				}()
			}
		}
	}()
	t.Cleanup(func() {
		_ = ln.Close()
		<-stopped
		for _, nc := range conns {
			_ = nc.Close()
		}
	})
	return ln.Addr().String()
}
