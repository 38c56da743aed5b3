package load

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// S1: the proxy answers; S2: the callee does.
func TestRequests(t *testing.T) {
	answer := func(m string) []string {
		_, rest, _ := strings.Cut(m, "\r\n")
		return []string{"back SIP/2.0 200 OK\r\n" + rest}
	}
	for name, test := range map[string]struct {
		cfg  Config
		edit func(string) []string
	}{
		"options": {Config{Flow: Options, InFlight: 20}, answer},
		"forward": {Config{Flow: Forward, Rate: 500, Poisson: true}, same},
	} {
		t.Run(name, func(t *testing.T) {
			r := calls(t, test.cfg, test.edit)
			if r.Started == 0 || r.Completed != r.Started || r.Failed+r.Unexpected+r.Repeated+r.Disorder != 0 {
				t.Error("a good wire spoils requests")
			}
			if r.Rate <= 0 || r.Setup.P50 <= 0 || r.Setup.P999 < r.Setup.P99 || r.Setup.Max < r.Setup.P999 {
				t.Error("nothing was measured")
			}
			if want := map[Flow]int{Options: 0, Forward: r.Begun}[test.cfg.Flow]; r.Received != want {
				t.Errorf("%d requests reached the callee, want %d", r.Received, want)
			}
			begun, completed := 0, 0
			for _, s := range r.Timeline {
				begun, completed = begun+s.Begun, completed+s.Completed
			}
			if begun != r.Begun || completed != r.Begun {
				t.Errorf("the timeline has %d and %d of %d requests", begun, completed, r.Begun)
			}
		})
	}
}

// A registrar answers REGISTERs, and challenges those without credentials if it has a nonce.
type registrar struct {
	nonce, qop string
	aors       map[string]int
	wrong      []string
}

func (g *registrar) answer(m string) []string {
	_, rest, _ := strings.Cut(m, "\r\n")
	between := func(from, to string) string {
		_, after, _ := strings.Cut(m, from)
		v, _, _ := strings.Cut(after, to)
		return v
	}
	user := between("To: <sip:", "@")
	switch status := ""; {
	case g.nonce == "":
	case !strings.Contains(m, "\r\nAuthorization: "):
		status = "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"home\", " + g.qop + "nonce=\"" + g.nonce + "\",opaque=\"o\", algorithm=MD5"
		return []string{"back SIP/2.0 " + status + "\r\n" + rest}
	default:
		h := func(s string) string { return fmt.Sprintf("%x", md5.Sum([]byte(s))) }
		middle := g.nonce
		if g.qop != "" {
			middle += ":" + between("nc=", "\r\n") + ":" + between("cnonce=\"", "\"") + ":auth"
		}
		want := h(h(user+":home:"+strings.Replace(user, "u", "pw", 1)) + ":" + middle + ":" + h("REGISTER:sip:example.org"))
		if between("response=\"", "\"") != want || between("username=\"", "\"") != user || between("opaque=\"", "\"") != "o" ||
			between("CSeq: ", "\r\n") != "2 REGISTER" {
			g.wrong = append(g.wrong, m)
			return []string{"back SIP/2.0 403 Forbidden\r\n" + rest}
		}
	}
	g.aors[user+" "+between("Contact: <sip:", ">")]++
	return []string{"back SIP/2.0 200 OK\r\n" + rest}
}

// S4 and S5: each AoR registers its one contact, again and again, with credentials where
// they are wanted.
func TestRegister(t *testing.T) {
	for name, g := range map[string]*registrar{
		"open":    {},
		"qop":     {nonce: "abc", qop: "qop=\"auth,auth-int\", "},
		"without": {nonce: "abc"},
	} {
		t.Run(name, func(t *testing.T) {
			g.aors = map[string]int{}
			r := calls(t, Config{Flow: Register, InFlight: 10, Users: 10, Domain: "example.org"}, g.answer)
			if r.Completed != r.Started || r.Begun < 20 || r.Failed+r.Unexpected+r.Repeated != 0 {
				t.Errorf("REGISTERs fail: %.1q", g.wrong)
			}
			if len(g.aors) != 10 {
				t.Errorf("%d bindings, want one for each of 10 AoRs", len(g.aors))
			}
			if challenged := map[bool]int{true: r.Begun}[g.nonce != ""]; r.Statuses[401] != challenged {
				t.Errorf("%d of %d challenges came", r.Statuses[401], challenged)
			}
		})
	}
}

// A REGISTER that is challenged although it has credentials has failed, and so has one
// whose challenge MD5 does not answer; a copy of the first challenge changes nothing.
func TestChallengesThatFail(t *testing.T) {
	const ours = "WWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\n"
	for name, test := range map[string]struct {
		answers []string // to the first request; @ is its CSeq
		failed  int
		strange int
	}{
		"SHA-256":  {[]string{"WWW-Authenticate: Digest realm=\"x\", nonce=\"y\", algorithm=SHA-256\r\nCSeq: 1 REGISTER\r\n"}, 1, 0},
		"auth-int": {[]string{"WWW-Authenticate: Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"\r\nCSeq: 1 REGISTER\r\n"}, 1, 0},
		"Basic":    {[]string{"WWW-Authenticate: Basic realm=\"x\"\r\nCSeq: 1 REGISTER\r\n"}, 1, 0},
		"nothing":  {[]string{"CSeq: 1 REGISTER\r\n"}, 1, 0},
		"copy":     {[]string{ours + "CSeq: 1 REGISTER\r\n", ours + "CSeq: 1 REGISTER\r\n"}, 0, 1},
		"again":    {[]string{ours + "CSeq: 1 REGISTER\r\n", ours + "CSeq: 2 REGISTER\r\n"}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffline(t, Config{Flow: Register})
			o.begin(0, 0)
			for _, a := range test.answers {
				o.hear([]byte("SIP/2.0 401 Unauthorized\r\nCall-ID: 0-1-"+string(o.w.run)+"\r\n"+a+"\r\n"), 0)
			}
			if o.res.Failed != test.failed || o.res.Unexpected != test.strange {
				t.Errorf("%d failed, %d unexpected", o.res.Failed, o.res.Unexpected)
			}
		})
	}
}

// RFC 2617 §3.5 has an example, with the same cnonce as ours and "the password 'Circle Of Life'".
func TestDigestOfTheRFC(t *testing.T) {
	c, ok := parseChallenge([]byte(`Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`))
	if !ok {
		t.Fatal("the challenge is refused")
	}
	var w writer
	got := string(w.credentials(nil, &c, []byte("Mufasa"), []byte("Circle Of Life"), []byte("GET"), []byte("/dir/index.html")))
	for _, want := range []string{`username="Mufasa"`, `realm="testrealm@host.com"`, `nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"`, `uri="/dir/index.html"`,
		"qop=auth", "nc=00000001", `cnonce="0a4f113b"`, `response="6629fae49393a05397450978507c4ef1"`, `opaque="5ccc069c403ebaf9f0171e9517f40e41"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

// A Config goes to another process as JSON, and a Result comes back.
func TestFlowNames(t *testing.T) {
	b, err := json.Marshal(Config{Flow: Register})
	if err != nil || !strings.Contains(string(b), `"Flow":"register"`) {
		t.Fatalf("%s, %v", b, err)
	}
	var c Config
	if err := json.Unmarshal(b, &c); err != nil || c.Flow != Register {
		t.Errorf("%v, %v", c.Flow, err)
	}
	if err := json.Unmarshal([]byte(`{"Flow":"invite"}`), &c); err == nil || !strings.Contains(err.Error(), `["calls" "options" "forward" "register"]`) {
		t.Errorf("a flow that there is not: %v", err)
	}
}
