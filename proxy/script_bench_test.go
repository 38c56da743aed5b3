package proxy_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/invariants"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/maxfwd"
	"github.com/fastsips/fastsips/modules/registrar"
	"github.com/fastsips/fastsips/modules/rr"
	"github.com/fastsips/fastsips/modules/signaling"
	"github.com/fastsips/fastsips/modules/sipmsgops"
	"github.com/fastsips/fastsips/modules/sl"
	"github.com/fastsips/fastsips/modules/tm"
	"github.com/fastsips/fastsips/modules/usrloc"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
	"golang.org/x/sys/unix"
)

// requestRoute is a route of sixty statements such as residential configurations have,
// up to where it would relay: a new INVITE goes through all of it.
const requestRoute = `
socket=udp:127.0.0.1:5060
log_level=2
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "signaling.so"
loadmodule "sipmsgops.so"
loadmodule "later.so"
route {
	if (!mf_process_maxfwd_header(10)) {
		send_reply(483, "Too Many Hops");
		exit;
	}
	if (has_totag()) {
		if (loose_route()) {
			if (is_method("BYE")) $var(bye) = 1;
			else if (is_method("INVITE")) record_route();
			route(relay);
			exit;
		}
		if (is_method("ACK")) {
			if (t_check_trans()) t_relay();
			exit;
		}
		send_reply(404, "Not here");
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	if (!is_method("REGISTER")) {
		if ($fd == "example.com") $var(local) = 1;
		else $var(local) = 0;
	}
	if (loose_route()) {
		xlog("L_ERR", "preloaded Route of $fu from $si\n");
		if (!is_method("ACK")) send_reply(403, "Preload Route denied");
		exit;
	}
	if (!is_method("REGISTER|MESSAGE")) record_route();
	if ($rd != "example.com" && $rd != "127.0.0.1") {
		send_reply(404, "Not here");
		exit;
	}
	if (is_method("PUBLISH|SUBSCRIBE")) {
		send_reply(503, "Service Unavailable");
		exit;
	}
	if (is_method("REGISTER")) {
		send_reply(200, "OK");
		exit;
	}
	if ($rU == NULL) {
		send_reply(484, "Address Incomplete");
		exit;
	}
	$var(caller) = $fU;
	$var(callee) = $rU;
	$avp(user) = $rU;
	$var(len) = $(rU{s.len});
	$var(id) = $var(caller) + "@" + $fd;
	switch ($var(len)) {
	case 3:
		$var(kind) = "short";
		break;
	case 4:
		$var(kind) = "extension";
		break;
	default:
		$var(kind) = "number";
	}
	if ($rU =~ "^\+[0-9]+$") $var(e164) = 1;
	else if ($rU =~ "^00") $var(e164) = 1;
	if ($var(kind) == "short" && $var(local) == 1) {
		send_reply(403, "Forbidden");
		exit;
	}
	xlog("L_DBG", "call from $fu to $ru by $si:$sp, $var(kind)\n");
	if ($ua == "friendly-scanner") exit;
	if ($var(local) == 1 || $var(kind) == "extension") $avp(trusted) = 1;
	$du = "sip:192.0.2.10:5060";
	route(relay);
}
route[relay] {
	if (is_method("INVITE")) {
		$avp(out) = $du;
		if ($avp(trusted) == 1) $var(timeout) = 30;
	}
	exit;
}
`

const invite = "INVITE sip:4021@example.com SIP/2.0\r\n" +
	"Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK776asdhds;rport\r\n" +
	"Max-Forwards: 70\r\nTo: \"Bob\" <sip:4021@example.com>\r\nFrom: \"Alice\" <sip:1001@example.com>;tag=1928301774\r\n" +
	"Call-ID: a84b4c76e66710@pc33.example.com\r\nCSeq: 314159 INVITE\r\nContact: <sip:1001@192.0.2.1:5062>\r\n" +
	"Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\nUser-Agent: phone/1.0\r\nSupported: replaces, timer\r\n" +
	"Content-Type: application/sdp\r\nContent-Length: 0\r\n\r\n"

// A later is the module of later(), which waits for what is there already, and now(),
// which does not.
type later struct{}

func (later) Setup(e *module.Env) {
	op := new(instant)
	e.Funcs = append(e.Funcs,
		script.Func0("later", "Waits for nothing.", script.All, func(c *script.Ctx) script.Ret {
			return c.Await(op, func(*script.Ctx, asyncops.Op, asyncops.Outcome) script.Ret { return 1 })
		}).MayWait(),
		script.Func0("now", "Does nothing.", script.All, func(*script.Ctx) script.Ret { return 1 }))
}

// An instant is an operation that the benchmark ends.
type instant struct{ done asyncops.Completion }

var pending *instant

func (o *instant) Start(_ *loop.Loop, c asyncops.Completion, _ int64) { o.done, pending = c, o }
func (o *instant) Cancel(*loop.Loop)                                  {}

// start loads a script with real modules, on a loop without sockets.
func start(tb testing.TB, text string) (*proxy.Proxy, *loop.Group) {
	var d syntax.Diags
	c := &proxy.Core{Settings: proxy.DefaultSettings()}
	loaded := module.Load(syntax.Parse("bench.cfg", []byte(text), os.ReadFile, &d), module.Catalogue{
		"tm": tm.New, "sl": sl.New, "rr": rr.New, "maxfwd": maxfwd.New, "sipmsgops": sipmsgops.New, "signaling": signaling.New,
		"usrloc": usrloc.New, "registrar": registrar.New,
		"later": func() module.Module { return later{} },
	}, core.New(), c, &d)
	if d.Errors() > 0 {
		d.Render(os.Stderr)
		tb.Fatal("the script does not load")
	}
	v, err := loop.NewVirtual(loop.Config{Loops: 1, LogWriter: io.Discard}, func(_, _ loop.Addr, _ []byte) {})
	if err != nil {
		tb.Fatal(err)
	}
	g := v.Group()
	c.Group, c.Ops = g, asyncops.NewSet(g, c.Settings.AsyncTimeout)
	if err := loaded.Start(); err != nil {
		tb.Fatal(err)
	}
	p, err := proxy.New(c, loaded.Program)
	if err == nil {
		err = g.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.Close(); g.Stop() })
	return p, g
}

func TestTypicalRequestRouteDoesNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	p, g := start(t, requestRoute)
	raw := []byte(invite)
	g.Do(0, func(l *loop.Loop) {
		if n := testing.AllocsPerRun(1000, func() { p.RunRequest(l, raw, false) }); n != 0 {
			t.Errorf("%v allocations for one request", n)
		}
	})
}

// BenchmarkTypicalRequestRoute: the sixty statements are "route" less "parse".
func BenchmarkTypicalRequestRoute(b *testing.B) {
	p, g := start(b, requestRoute)
	raw := []byte(invite)
	for _, bare := range []bool{true, false} {
		name := "route"
		if bare {
			name = "parse"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			g.Do(0, func(l *loop.Loop) {
				before := cpu()
				for b.Loop() {
					p.RunRequest(l, raw, bare)
				}
				b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
			})
		})
	}
}

// cpu is the time that this process has used, for machines that do other things as well.
func cpu() int64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}

// waits is a script that calls a function a hundred times. An ACK has no transaction.
func waits(f string) string {
	return "socket=udp:127.0.0.1:5060\nloadmodule \"later.so\"\nroute { $var(i) = 0; while ($var(i) < 100) { $var(i) += 1; " + f + "(); } }\n"
}

func waitAll(p *proxy.Proxy, l *loop.Loop, raw []byte) {
	p.RunRequest(l, raw, false)
	for pending != nil {
		o := pending
		pending = nil
		o.done.Done(l, asyncops.Completed)
	}
}

var ack = []byte(strings.ReplaceAll(invite, "INVITE", "ACK"))

func TestSuspensionDoesNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	p, g := start(t, waits("later"))
	g.Do(0, func(l *loop.Loop) {
		if n := testing.AllocsPerRun(100, func() { waitAll(p, l, ack) }); n != 0 {
			t.Errorf("%v allocations for a hundred suspensions", n)
		}
	})
}

// BenchmarkSuspension: a hundred suspensions and resumes are "later" less "now".
func BenchmarkSuspension(b *testing.B) {
	for _, f := range []string{"now", "later"} {
		b.Run(f, func(b *testing.B) {
			p, g := start(b, waits(f))
			b.ReportAllocs()
			g.Do(0, func(l *loop.Loop) {
				before := cpu()
				for b.Loop() {
					waitAll(p, l, ack)
				}
				b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
			})
		})
	}
}
