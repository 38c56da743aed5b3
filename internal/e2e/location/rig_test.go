package location

import (
	"context"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// patience bounds every wait.
const patience = 30 * time.Second

// The script: REGISTER is saved, OPTIONS tells where a user is.
const script = `socket=udp:[proxy]
loadmodule "signaling.so"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "db_postgres.so"
loadmodule "cachedb_redis.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
modparam("usrloc", "db_url", "[db]")
modparam("usrloc", "timer_interval", 1)
[more]
route {
	if ($rm == "REGISTER") {
		if (!save("location")) xlog("L_ERR", "save: $rc\n");
		exit;
	}
	if (!lookup("location")) {
		sl_send_reply(404, "Not Found");
		exit;
	}
	sl_send_reply(200, "$ru");
	exit;
}
`

// start starts a proxy in a mode; it is killed when the test ends.
func start(t *testing.T, db, more string) *sipprun.Proxy {
	t.Helper()
	binary, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: binary.Path(), Dir: t.TempDir(), Config: script, Vars: map[string]string{"db": db, "more": more}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		kill(p)
		if t.Failed() {
			t.Logf("log of the proxy:\n%s", p.Log)
		}
		for _, c := range sipprun.Complaints {
			if line, _, ok := p.Find(c, 0); ok {
				t.Error(line)
			}
		}
	})
	return p
}

// kill is kill -9.
func kill(p *sipprun.Proxy) {
	_ = p.Signal(syscall.SIGKILL) // it may have ended
	<-p.Done()
}

func preset(mode string) string {
	return fmt.Sprintf("modparam(\"usrloc\", \"working_mode_preset\", %q)\n", mode)
}

// A phones is a socket that many users share.
type phones struct {
	t    *testing.T
	conn *net.UDPConn
	cseq int
}

func newPhones(t *testing.T) *phones {
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadBuffer(4 << 20) // as much as there is
	return &phones{t: t, conn: c}
}

// send sends a request of a user; its Call-ID names the user.
func (x *phones) send(to, method, user string, headers ...string) {
	x.cseq++
	me := x.conn.LocalAddr()
	lines := append([]string{
		fmt.Sprintf("%s sip:%s@example.com SIP/2.0", method, user),
		fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK-%d;rport", me, x.cseq), "Max-Forwards: 70",
		fmt.Sprintf("From: <sip:%s@example.com>;tag=1", user), fmt.Sprintf("To: <sip:%s@example.com>", user),
		"Call-ID: " + user, fmt.Sprintf("CSeq: %d %s", x.cseq, method)}, headers...)
	addr, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		x.t.Fatal(err)
	}
	if _, err := x.conn.WriteToUDP([]byte(strings.Join(lines, "\r\n")+"\r\nContent-Length: 0\r\n\r\n"), addr); err != nil {
		x.t.Fatal(err)
	}
}

func (x *phones) register(to, user string) {
	x.send(to, "REGISTER", user, fmt.Sprintf("Contact: <sip:%s@%s>;expires=600", user, x.conn.LocalAddr()))
}

// next returns the user of the next final reply, and its first line; "" if none comes for so
// long.
func (x *phones) next(within time.Duration) (user, line string) {
	b := make([]byte, 65536)
	for {
		_ = x.conn.SetReadDeadline(time.Now().Add(within)) // reading would fail as well
		n, err := x.conn.Read(b)
		if err != nil {
			return "", ""
		}
		line, rest, _ := strings.Cut(string(b[:n]), "\r\n")
		if strings.HasPrefix(line, "SIP/2.0 1") {
			continue
		}
		_, after, _ := strings.Cut(rest, "Call-ID: ")
		user, _, _ := strings.Cut(after, "\r\n")
		return user, line
	}
}

// registered registers users and wants all of them accepted.
func (x *phones) registered(to string, users []string) {
	x.t.Helper()
	for len(users) > 0 {
		some := users[:min(50, len(users))]
		for _, u := range some {
			x.register(to, u)
		}
		for range some {
			if u, line := x.next(patience); !strings.HasPrefix(line, "SIP/2.0 200") {
				x.t.Fatalf("REGISTER of %q: %q", u, line)
			}
		}
		users = users[len(some):]
	}
}

// where asks where a user is: the first line of the reply.
func (x *phones) where(to, user string) string {
	x.send(to, "OPTIONS", user)
	_, line := x.next(patience)
	return line
}

// found wants users to be where they have registered.
func (x *phones) found(to string, users []string) {
	x.t.Helper()
	lost := 0
	for _, u := range users {
		if line := x.where(to, u); line != fmt.Sprintf("SIP/2.0 200 sip:%s@%s", u, x.conn.LocalAddr()) {
			if lost++; lost == 1 {
				x.t.Errorf("%s: %q", u, line)
			}
		}
	}
	if lost > 0 {
		x.t.Errorf("%d of %d users are not found", lost, len(users))
	}
}

func users(name string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%s%d", name, i))
	}
	return list
}

// execute runs SQL at PostgreSQL, and returns the first value of the last result.
func execute(t *testing.T, url, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(ctx) }()
	results, err := c.Exec(ctx, text).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if last := results[len(results)-1]; len(last.Rows) > 0 {
		return string(last.Rows[0][0])
	}
	return ""
}

// until polls: what another process does, nobody tells.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never: ", what)
		}
	}
}

// tables are as OpenSIPS makes them.
const tables = `CREATE TABLE version (table_name VARCHAR(32) NOT NULL, table_version INTEGER DEFAULT 0 NOT NULL);
INSERT INTO version (table_name, table_version) VALUES ('location', 1013);
CREATE TABLE location (contact_id BIGSERIAL PRIMARY KEY NOT NULL, username VARCHAR(64) DEFAULT '' NOT NULL, domain VARCHAR(64) DEFAULT NULL,
	contact TEXT NOT NULL, received VARCHAR(255) DEFAULT NULL, path VARCHAR(255) DEFAULT NULL, expires INTEGER NOT NULL, q REAL DEFAULT 1.0 NOT NULL,
	callid VARCHAR(255) DEFAULT 'Default-Call-ID' NOT NULL, cseq INTEGER DEFAULT 13 NOT NULL,
	last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '1900-01-01 00:00:01' NOT NULL, flags INTEGER DEFAULT 0 NOT NULL, cflags VARCHAR(255) DEFAULT NULL,
	user_agent VARCHAR(255) DEFAULT '' NOT NULL, socket VARCHAR(64) DEFAULT NULL, methods INTEGER DEFAULT NULL, sip_instance VARCHAR(255) DEFAULT NULL,
	kv_store TEXT DEFAULT NULL, attr VARCHAR(255) DEFAULT NULL)`
