package registrar

import (
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/usrloc"
)

// A slow is a module that has usrloc wait, as for a database: a second for each change and
// each search. It is loaded after usrloc.
type slow struct {
	usrloc.Backend // what is not asked for is not there
	store          *usrloc.Store
	kind           timer.Kind
	waits          loop.Local[waits]
	down           func() bool
}

type waits struct{ list []*slowOp }

func (s *slow) Setup(*module.Env) {}

func (s *slow) Start(e *module.Env) error {
	core := e.Shared.(*proxy.Core)
	s.store = e.Module("usrloc").(interface{ Location() *usrloc.Store }).Location()
	s.waits = loop.NewLocal[waits](core.Group, nil)
	s.kind = core.Group.NewKind(func(l *loop.Loop, ref uint64) { s.waits.On(l).list[ref].end(l) })
	s.store.SetBackend(s)
	return nil
}

func (s *slow) Begin(_ *loop.Loop, ch *usrloc.Change) usrloc.UpdateOp {
	return &slowUpdate{slowOp{s: s}, ch}
}

func (s *slow) Find(_ *loop.Loop, d *usrloc.Domain, aor []byte) usrloc.FindOp {
	return &slowFind{slowOp{s: s}, d, aor}
}

func (s *slow) Changed(*loop.Loop, *usrloc.Domain, usrloc.Record, usrloc.Record, usrloc.Cause) {}
func (s *slow) Close() error                                                                   { return nil }

// A slowOp ends after a second.
type slowOp struct {
	s    *slow
	done asyncops.Completion
}

func (o *slowOp) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	o.done = c
	w := o.s.waits.On(l)
	w.list = append(w.list, o)
	l.After(time.Second, o.s.kind, uint64(len(w.list)-1))
}

func (o *slowOp) Cancel(*loop.Loop) {}

func (o *slowOp) end(l *loop.Loop) {
	out := asyncops.Completed
	if o.s.down() {
		out = asyncops.Failed
	}
	o.done.Done(l, out)
}

type slowUpdate struct {
	slowOp
	ch *usrloc.Change
}

func (o *slowUpdate) Result(l *loop.Loop, out asyncops.Outcome) usrloc.Result {
	if out != asyncops.Completed {
		return usrloc.Result{Verdict: usrloc.BackendFailed, Record: o.ch.Domain.Get(o.ch.AoR)}
	}
	return o.s.store.Change(l, o.ch)
}

type slowFind struct {
	slowOp
	d   *usrloc.Domain
	aor []byte
}

func (o *slowFind) Result(_ *loop.Loop, out asyncops.Outcome) (usrloc.Record, bool) {
	return o.d.Get(o.aor), out == asyncops.Completed
}

// slowRig is a rig whose contacts take their time; down says that the database is away.
func slowRig(t *testing.T, script string) (r *rig, down *bool) {
	t.Parallel()
	down = new(bool)
	r = &rig{t: t, net: siptest.NewNet()}
	r.v = siptest.StartVirtual(t, r.net, siptest.VirtualConfig{
		Script:  strings.Replace(script, `loadmodule "registrar.so"`, "loadmodule \"slow.so\"\nloadmodule \"registrar.so\"", 1),
		Modules: module.Catalogue{"slow": func() module.Module { return &slow{down: func() bool { return *down }} }},
	})
	return r, down
}

// Where a change has to be waited for, everything is as where it has not.
func TestWaits(t *testing.T) {
	r, down := slowRig(t, modules+gruus+`
modparam("registrar", "service_route", "<sip:p.example.com;lr>")
route {
	if ($rm == "REGISTER") {
		save("location", "path-lazy");
		xlog("save $rc\n");
		exit;
	}
	if ($rU == "remove") {
		remove("location", "sip:bob@example.com", "sip:bob@192.0.2.1");
		$var(a) = $rc;
		is_registered("location", "sip:bob@example.com");
		$var(b) = $rc;
		remove_ip_port("192.0.2.2", 5060, "location");
		$var(c) = $rc;
		is_contact_registered("location", "sip:bob@example.com", "sip:bob@192.0.2.2");
		sl_send_reply(200, "$var(a) $var(b) $var(c) $rc");
		exit;
	}
	append_msg_branch("sip:eve@example.com");
	lookup("location", "branch");
	sl_send_reply(200, "$rc $ru $(branch(uri)[0])");
}
`)
	ask := func(user, want string) {
		t.Helper()
		a := r.agent()
		a.send(a.text("OPTIONS", "sip:"+user+"@example.com", "To: <sip:x@example.com>"))
		m := a.want("any")
		for m.Status() == 100 {
			m = a.want("any")
		}
		if !strings.HasPrefix(string(m.Raw), "SIP/2.0 200 "+want+"\r\n") {
			t.Errorf("%s: %.80q, not %q", user, m.Raw, want)
		}
	}
	a := r.agent()
	before := r.net.Now()
	m := a.register("200", "Supported: path, gruu", "Path: <sip:192.0.2.8;lr>", `Contact: <sip:bob@192.0.2.1>;+sip.instance="<urn:uuid:1>"`)
	if d := time.Duration(r.net.Now() - before); d != time.Second {
		t.Errorf("it took %v", d)
	}
	r.has(m, "Path", "<sip:192.0.2.8;lr>")
	r.has(m, "Service-Route", "<sip:p.example.com;lr>")
	if p := params(t, m, "sip:bob@192.0.2.1"); p["pub-gruu"] == "" || p["expires"] != "3600" {
		t.Errorf("%v", p)
	}
	a.register("200", "Contact: <sip:bob@192.0.2.2>")
	a.register("200", "To: <sip:eve@example.com>", "Contact: <sip:eve@192.0.2.3>")
	a.register("423", "Contact: <sip:bob@192.0.2.2>;expires=1")
	a.register("400", "CSeq: 1 REGISTER", "Contact: <sip:bob@192.0.2.2>")
	r.wantBindings(bob, "sip:bob@192.0.2.1", "sip:bob@192.0.2.2")
	ask("bob", "1 sip:bob@192.0.2.1 sip:bob@192.0.2.2")
	ask("eve", "1 sip:eve@192.0.2.3 sip:eve@192.0.2.3")

	*down = true
	r.has(a.register("500", "Contact: <sip:bob@192.0.2.9>"), "P-Registrar-Error", "usrloc_contact_insert failed")
	a.register("500")
	ask("bob", "-3 sip:bob@example.com sip:eve@example.com")
	*down = false
	r.wantBindings(bob, "sip:bob@192.0.2.1", "sip:bob@192.0.2.2")
	ask("remove", "1 1 1 -1")
}

// A REGISTER that is sent again while it waits is not done twice; the client gets one answer,
// and that again.
func TestWaitingRegisterIsRepeated(t *testing.T) {
	r, _ := slowRig(t, saving("", ""))
	a := r.agent()
	text := a.text("REGISTER", "sip:example.com", "Contact: <sip:bob@192.0.2.1>")
	a.send(text)
	r.net.Run(500*time.Millisecond, nil)
	a.send(text)
	a.want("200")
	r.net.Run(10*time.Second, nil)
	if len(a.got) > 0 {
		t.Errorf("%d more answers", len(a.got))
	}
	r.wantBindings(bob, "sip:bob@192.0.2.1")
}
