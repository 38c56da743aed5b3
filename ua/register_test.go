package ua

import (
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// registrar is a small server that challenges REGISTER and INVITE and knows one
// user, alice with the password "secret".
func registrar(t *testing.T) string {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	srv.OnRegister(func(r *sip.Request, tx sip.ServerTransaction) {
		if allowed(t, r, tx, 401, "WWW-Authenticate", "Authorization") {
			res := sip.NewResponseFromRequest(r, 200, "OK", nil)
			if r.GetHeader("Expires").Value() != "0" {
				res.AppendHeader(sip.NewHeader("Contact", r.Contact().Value()+";expires=60"))
			}
			respond(t, tx, res)
		}
	})
	srv.OnInvite(func(r *sip.Request, tx sip.ServerTransaction) {
		if allowed(t, r, tx, 407, "Proxy-Authenticate", "Proxy-Authorization") {
			respond(t, tx, sip.NewResponseFromRequest(r, 603, "Decline", nil))
		}
	})
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ua.Close(); pc.Close() })
	go srv.ServeUDP(pc)
	return pc.LocalAddr().String()
}

func respond(t *testing.T, tx sip.ServerTransaction, res *sip.Response) {
	if err := tx.Respond(res); err != nil {
		t.Errorf("registrar: %v", err)
	}
}

// allowed checks the credentials of r, or challenges.
func allowed(t *testing.T, r *sip.Request, tx sip.ServerTransaction, code int, ask, answer string) bool {
	chal := digest.Challenge{Realm: "example.com", Nonce: "7", Algorithm: "MD5", QOP: []string{"auth"}}
	if h := r.GetHeader(answer); h != nil {
		cred, err := digest.ParseCredentials(h.Value())
		if err != nil {
			t.Errorf("%s: %v", answer, err)
			return false
		}
		want, err := digest.Digest(&chal, digest.Options{
			Method: string(r.Method), URI: r.Recipient.String(), Username: "alice", Password: "secret",
			Cnonce: cred.Cnonce, Count: cred.Nc,
		})
		if err == nil && cred.Response == want.Response && cred.URI == r.Recipient.String() {
			return true
		}
	}
	res := sip.NewResponseFromRequest(r, code, "Who are you", nil)
	res.AppendHeader(sip.NewHeader(ask, chal.String()))
	respond(t, tx, res)
	return false
}

func TestRegisterAnswersTheChallenge(t *testing.T) {
	t.Parallel()
	addr := registrar(t)
	p := start(t, "register", "-proxy", addr, "-password", "secret", "sip:alice@example.com")
	p.want(t, 0)
	golden(t, "register.ladder", masked(p.out.String()))
}

func TestRegisterWithAWrongPassword(t *testing.T) {
	t.Parallel()
	p := start(t, "register", "-proxy", registrar(t), "-password", "wrong", "sip:alice@example.com")
	p.want(t, 1)
	if n := strings.Count(p.out.String(), "--> "); n != 2 {
		t.Errorf("%d requests, want 2: a second refusal is final\n%s", n, p.out)
	}
}

func TestRegisterWithoutAPassword(t *testing.T) {
	t.Parallel()
	start(t, "register", "-proxy", registrar(t), "sip:alice@example.com").want(t, 1)
}

func TestRemoveRegistration(t *testing.T) {
	t.Parallel()
	p := start(t, "register", "-P", "secret", "-p", registrar(t), "-expires", "0", "-contact", "*", "sip:alice@example.com", "-v")
	p.want(t, 0)
	p.out.wait(t, `-> Contact: \*\n`)
	if strings.Contains(p.out.String(), "bound:") {
		t.Errorf("a binding is left:\n%s", p.out)
	}
}

// RFC 3261 §22.3: an INVITE is repeated with credentials, in the same call with
// the next CSeq, after the 407 has been acknowledged.
func TestCallAnswersTheProxysChallenge(t *testing.T) {
	t.Parallel()
	p := start(t, "call", "-from", "sip:alice@example.com", "-password", "secret", "sip:bob@"+registrar(t))
	p.want(t, 1)
	golden(t, "challenged.ladder", masked(p.out.String()))
}

func TestAnswerRegistersAndUnregisters(t *testing.T) {
	t.Parallel()
	p := start(t, "answer", "-p", registrar(t), "-P", "secret", "-register", "sip:alice@example.com")
	p.out.wait(t, `200 OK \(REGISTER\)`)
	p.interrupt()
	p.want(t, 0)
	if n := strings.Count(p.out.String(), "200 OK (REGISTER)"); n != 2 {
		t.Errorf("%d successful REGISTERs, want one to bind and one to remove:\n%s", n, p.out)
	}
}
