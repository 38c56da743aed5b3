package auth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/digest"
	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/internal/invariants"
	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// A probe is a module with one function, which does what a test wants done within a run.
type probe struct {
	env *module.Env
	do  func(*script.Ctx, *server.Server)
}

func (p *probe) Setup(e *module.Env) {
	p.env = e
	e.Funcs = []*script.Func{script.Func0("probe", "", script.R, func(c *script.Ctx) script.Ret {
		p.do(c, e.Module("auth").(server.Owner).DigestServer())
		return 1
	})}
}

// within runs do in the run of a request with right credentials, whose nonce may be used
// again, so that it can be judged as often as one likes.
func within(tb testing.TB, do func(*script.Ctx, *server.Server)) {
	tb.Helper()
	n, p := siptest.NewNet(), &probe{do: do}
	v := siptest.StartVirtual(tb, n, siptest.VirtualConfig{
		Modules: module.Catalogue{"probe": func() module.Module { return p }},
		Script: `
socket=udp:[proxy]
loadmodule "sl.so"
loadmodule "auth.so"
loadmodule "probe.so"
modparam("auth", "disable_nonce_check", 1)
route {
	if ($au == NULL)
		www_challenge("example.com", "auth", "MD5");
	probe();
	sl_send_reply(200, "OK");
}`})
	var last []byte
	at := n.Listen(func(_ loop.Addr, b []byte) { last = b })
	send := func(headers ...string) *siptest.Message {
		lines := []string{"REGISTER sip:example.com SIP/2.0", fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport", at, len(headers)), "Max-Forwards: 70",
			"From: <sip:alice@example.com>;tag=a", "To: <sip:alice@example.com>", "Call-ID: x", "CSeq: 1 REGISTER"}
		n.Send(at, v.Transport().Listeners()[0].Addr(), scenario.Text(strings.Join(append(lines, headers...), "\n")))
		n.Run(time.Second, nil)
		return scenario.ParseMessage(last, v.Transport().Listeners()[0].Addr().AddrPort())
	}
	phone := &phone{t: tb, start: "REGISTER sip:example.com"}
	if m := send(phone.answered(send(), 0, "alice", "wonderland", nil)); m.Status() != 200 {
		tb.Fatal(m)
	}
}

var secret = digest.AppendHA1(nil, sipparse.MD5, []byte("alice"), []byte("example.com"), []byte("wonderland"))

// authorize is what www_authorize does beside asking the database.
func authorize(c *script.Ctx, s *server.Server) script.Ret {
	proxy.From(c).Req.SetAuthorization(proxy.Authorization{})
	var cred server.Credentials
	ret, found := s.Find(c, server.UAS, nil, &cred)
	if !found {
		return ret
	}
	return s.Check(c, &cred, secret)
}

// "Parsing of credentials on the hot path allocates nothing", nor does judging them.
func TestAuthorizeDoesNotAllocate(t *testing.T) {
	if invariants.Enabled {
		t.Skip("ownership checks allocate")
	}
	within(t, func(c *script.Ctx, s *server.Server) {
		if n := testing.AllocsPerRun(100, func() {
			if ret := authorize(c, s); ret != server.Authorized {
				t.Errorf("value %d", ret)
			}
		}); n != 0 {
			t.Errorf("%v allocations", n)
		}
	})
}

// BenchmarkAuthorize is www_authorize without its database: finding and parsing the
// credentials, the nonce, the response.
func BenchmarkAuthorize(b *testing.B) {
	within(b, func(c *script.Ctx, s *server.Server) {
		b.ReportAllocs()
		for b.Loop() {
			if authorize(c, s) != server.Authorized {
				b.Fatal("not authorized")
			}
		}
	})
}
