package auth_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/fastsips/fastsips/digest"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/sipparse"
)

// variables is a script that judges by variables; its first word is the parameters.
const variables = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "auth.so"
modparam("auth", "username_spec", "$avp(user)")
modparam("auth", "password_spec", "$avp(password)")
modparam("auth", "calculate_ha1", 1)
%s
route {
	$avp(user) = "alice";
	$avp(password) = "wonderland";
	if ($rm == "REGISTER") {
		if (!pv_www_authorize("example.com"))
			www_challenge("example.com", %s);
	} else if (!pv_proxy_authorize("example.com"))
		proxy_challenge("example.com", %[2]s);
	sl_send_reply(200, "OK");
}
`

// RFC 3261 §22.4, RFC 7616 §5.4: "a possible man-in-the-middle attack" is the replay of
// credentials that were overheard. Who has them may choose his Call-ID, and so the event loop
// that gets them: on all of them they are used.
func TestC085ReplayOnEveryLoop(t *testing.T) {
	for name, qop := range map[string]string{"none": "", "auth": "auth", "auth-int": "auth-int"} {
		t.Run(name, func(t *testing.T) {
			p := siptest.StartProxy(t, fmt.Sprintf(variables, "", `"`+qop+`"`), "-n", "4")
			alice, mallory := newPhone(t, p.Addr, "REGISTER sip:example.com"), newPhone(t, p.Addr, "REGISTER sip:example.com")
			status, credentials := alice.login("alice", "wonderland")
			if status != 200 {
				t.Fatalf("status %d", status)
			}
			for i := range 40 {
				if m := mallory.sendAs(fmt.Sprintf("replay-%d", i), credentials); m.Status() != 401 || !isStale(m) {
					t.Fatalf("replay %d: %v", i, m)
				}
			}
		})
	}
}

// Credentials that come to all loops at once open one of them.
func TestC085ReplayRace(t *testing.T) {
	p := siptest.StartProxy(t, fmt.Sprintf(variables, "", `"auth"`), "-n", "4")
	alice := newPhone(t, p.Addr, "REGISTER sip:example.com")
	for round := range 10 {
		credentials := alice.answered(alice.send(), 0, "alice", "wonderland", nil)
		var all sync.WaitGroup
		statuses := make([]int, 8)
		for i := range statuses {
			other := newPhone(t, p.Addr, "REGISTER sip:example.com")
			all.Go(func() { statuses[i] = other.sendAs(fmt.Sprintf("race-%d-%d", round, i), credentials).Status() })
		}
		all.Wait()
		good := 0
		for _, s := range statuses {
			if s == 200 {
				good++
			}
		}
		if good != 1 {
			t.Fatalf("round %d: %v", round, statuses)
		}
	}
}

// RFC 8760 §2.4: "the server ... the most preferred first"; a challenge offers one algorithm,
// and its nonce is not to be had for a weaker one: RFC 7616 §5.12, "a man in the middle ...
// adding a weak authentication scheme".
func TestC086NoDowngrade(t *testing.T) {
	p := siptest.StartProxy(t, fmt.Sprintf(variables, "", `"auth,auth-int", "MD5,SHA-256,SHA-512-256"`), "-n", "2")
	alice := newPhone(t, p.Addr, "REGISTER sip:example.com")
	m := alice.send()
	if list := challenges(m); len(list) != 3 || !strings.Contains(list[0], "SHA-512-256") || !strings.Contains(list[1], "algorithm=SHA-256") || !strings.Contains(list[2], "algorithm=MD5") {
		t.Fatalf("%q", list)
	}
	for what, alter := range map[string]func(*sipparse.Challenge, *digest.Answer){
		"MD5": func(c *sipparse.Challenge, _ *digest.Answer) { c.Algorithm = sipparse.MD5 },
		"MD5, not named": func(c *sipparse.Challenge, _ *digest.Answer) {
			c.Algorithm, c.AlgorithmSpan = sipparse.MD5, sipparse.Span{}
		},
		"SHA-512-256-sess": func(c *sipparse.Challenge, _ *digest.Answer) { c.Algorithm = sipparse.SHA512256Sess },
		"no qop":           func(c *sipparse.Challenge, _ *digest.Answer) { c.QOP, c.QOPSpan = 0, sipparse.Span{} },
		"count 0":          func(_ *sipparse.Challenge, a *digest.Answer) { a.Count = 0 },
	} {
		if m := alice.send(alice.answered(m, 0, "alice", "wonderland", alter)); m.Status() != 401 || isStale(m) != (what == "count 0") {
			t.Errorf("%s: %v", what, m)
		}
	}
	for i := range 3 {
		if m := alice.send(alice.answered(m, i, "alice", "wonderland", nil)); m.Status() != 200 {
			t.Errorf("challenge %d: %v", i, m)
		}
	}
}

// RFC 3261 §16.3 (6): "If an element requires credentials before forwarding a request, the
// request MUST be inspected as described in Section 22.3": 407, credentials of other realms do
// not count, in whatever order and number they come.
func TestC009OwnRealmOnly(t *testing.T) {
	p := siptest.StartProxy(t, fmt.Sprintf(variables, "", `"auth"`), "-n", "2")
	alice := newPhone(t, p.Addr, "OPTIONS sip:bob@example.com")
	m := alice.send()
	if m.Status() != 407 {
		t.Fatal(m)
	}
	other := func(c *sipparse.Challenge, _ *digest.Answer) { c.Realm = c.Nonce }
	broken, foreign := "Proxy-Authorization: Digest username=alice, realm=\"x\", realm=\"y\"", alice.answered(m, 0, "alice", "wonderland", other)
	if m := alice.send(foreign); m.Status() != 407 {
		t.Error("of another realm:", m)
	}
	if m := alice.send(broken); m.Status() != 400 {
		t.Error("broken alone:", m)
	}
	if m := alice.send(broken, foreign, alice.answered(m, 0, "alice", "wonderland", nil), broken); m.Status() != 200 {
		t.Error("behind others:", m)
	}
}

// disable_nonce_check: "this parameter has to be set" where several servers share a name.
// What one has challenged another judges if their secret is the same; without it a nonce of
// somebody else's is stale, since nobody knows whether it was used.
func TestSharedSecret(t *testing.T) {
	const secret = `modparam("auth", "secret", "0123456789abcdef0123456789abcdef")`
	const shared = secret + "\n" + `modparam("auth", "disable_nonce_check", 1)`
	servers := map[string]*siptest.Proxy{}
	for name, params := range map[string]string{
		"one": shared, "two": shared, "strict": secret,
		"other": strings.Replace(shared, "0123", "4567", 1),
	} {
		servers[name] = siptest.StartProxy(t, fmt.Sprintf(variables, params, `"auth"`), "-n", "2")
	}
	alice := newPhone(t, servers["one"].Addr, "REGISTER sip:example.com")
	credentials := alice.answered(alice.send(), 0, "alice", "wonderland", nil)
	for _, c := range []struct {
		server string
		status int
	}{{"two", 200}, {"one", 200}, {"one", 200}, {"strict", 401}, {"other", 401}} {
		alice.proxy = servers[c.server].Addr
		if m := alice.send(credentials); m.Status() != c.status || (c.status == 401) != isStale(m) {
			t.Errorf("%s: %v", c.server, m)
		}
	}
}
