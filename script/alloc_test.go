package script

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/script/syntax"
)

// relayScript is the usual skeleton: what a call costs in the run-time.
const relayScript = `
route {
	if (!mf_process_maxfwd_header(10)) {
		sl_send_reply(483, "Too Many Hops");
		exit;
	}
	if (has_totag()) {
		exit;
	}
	if (is_method("INVITE|SUBSCRIBE")) record_route();
	$var(i) = 3;
	$var(name) = "h";
	$var(s) = "sip:" + $var(u) + "@$avp(host):$var(i)";
	$avp(host) = "example.com";
	$avp(host) := "example.$avp(host)";
	$var(t) = $(var(s){s.toupper}{s.substr,4,0});
	$var(h) = $(var(s){uri.host});
	if ($var(s) =~ "^sip:.*@" && $var(i) == 3 && $var(h) != 10.0.0.0/8) {
		xlog("L_DBG", "filtered $var(s) $avp(host)");
		xlog("written $var(s) $(avp(host)[*])");
	}
	for ($var(x) in $(avp(host)[*])) { $var($var(name)) = $var(x); }
	switch ($var(i)) {
	case "a": exit;
	case 3: route(relay, "$var(s)", 5);
	}
}
route[relay] {
	if (!t_relay()) sl_send_reply(500, "$param(1)");
	return(1, $param(2));
}
route[resume] {
	$avp(later) = $rc;
	exit;
}
failure_route[f] { async(t_relay(), resume); }
`

// quiet is a host without memory.
type quiet struct{}

func (quiet) LogLevel() int                      { return levelNotice }
func (quiet) Log(*Ctx, int, []byte)              {}
func (quiet) BeginAsync(*Ctx) AsyncStart         { return AsyncGo }
func (quiet) Launch(*Ctx, Launched) Ret          { return 1 }
func (quiet) LaunchDone(*Ctx, Launched, Ret) Ret { return 1 }

func relayRegistry() *Registry {
	op := &fakeOp{1}
	r := NewRegistry()
	r.AddFuncs(
		Func1("mf_process_maxfwd_header", "", All, Int("max", ""), func(*Ctx, int32) Ret { return 1 }),
		Func2("sl_send_reply", "", All, Int("code", ""), Str("reason", ""), func(*Ctx, int32, []byte) Ret { return 1 }),
		Func1("is_method", "", All, Static("list", ""), func(*Ctx, string) Ret { return 1 }),
		Func0("has_totag", "", All, func(*Ctx) Ret { return -1 }),
		Func0("record_route", "", All, func(*Ctx) Ret { return 1 }),
		Func0("t_relay", "", All, func(c *Ctx) Ret { return c.Await(op, finishFake) }).MayWait(),
	)
	return r
}

func compileRelay(t testing.TB) *Program {
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("relay.cfg", []byte(relayScript), nil, d), relayRegistry(), d)
	if prog == nil {
		t.Fatal(messages(d))
	}
	return prog
}

// relayOnce is one request with a parked t_relay, and a failure route that goes
// async.
func relayOnce(t testing.TB, pool *Pool, prog *Program, avps *AVPs) {
	run := pool.Get(prog, quiet{}, nil)
	run.SetAVPs(avps)
	for out := run.Start(0, syntax.RequestRoute); out == Suspended; {
		out = run.Resume(asyncops.Completed)
	}
	if run.RC() != 1 {
		t.Fatalf("$rc %d", run.RC())
	}
	child := pool.GetChild(run, nil)
	for out := child.Start(prog.Route(syntax.FailureRoute, "f"), syntax.FailureRoute); out == Suspended; {
		out = child.Resume(asyncops.Completed)
	}
	pool.Put(child)
	pool.Put(run)
	avps.Reset()
}

func TestRunDoesNotAllocate(t *testing.T) {
	prog, pool, avps := compileRelay(t), new(Pool), new(AVPs)
	if n := testing.AllocsPerRun(200, func() { relayOnce(t, pool, prog, avps) }); n != 0 {
		t.Errorf("%v allocations per request", n)
	}
}

func TestFilteredXlogIsNotMade(t *testing.T) {
	h := newBed(t)
	h.level = levelNotice
	read := 0
	r := NewRegistry()
	r.AddVars(&Var{Name: "costly", Get: func(*Ctx, *Arg) Value { read++; return Null }})
	d := new(syntax.Diags)
	prog := Compile(syntax.Parse("t", []byte(`route { xlog("L_INFO", "$costly"); xdbg("$costly"); xlog("L_NOTICE", "$costly"); }`), nil, d), r, d)
	run := h.pool.Get(prog, h, nil)
	h.settle(run, run.Start(0, syntax.RequestRoute))
	if read != 1 || len(h.log) != 1 {
		t.Errorf("read %d times, log %v", read, h.log)
	}
}

func BenchmarkRun(b *testing.B) {
	prog, pool, avps := compileRelay(b), new(Pool), new(AVPs)
	b.ReportAllocs()
	for b.Loop() {
		relayOnce(b, pool, prog, avps)
	}
}
