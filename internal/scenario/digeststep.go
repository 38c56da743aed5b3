package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/icholy/digest"
)

// A login is what an actor knows of the challenges that it got.
type login struct {
	challenges []string // values
	header     string   // of the credentials that answer them
	request    []byte   // that was challenged
	credential string   // header line of the last login
}

func digestVerbs() map[string]verb {
	return map[string]verb{
		"login":  {true, 3, (*scene).doLogin},
		"replay": {true, 2, (*scene).doReplay},
	}
}

// doLogin is "login A USER PASSWORD [KEY=VALUE…]": A's challenged request once more, with
// credentials. Keys: algorithm (only a challenge of this one is answered), nc, uri, method
// (what the response is computed of), request (method and Request-URI of what is sent) and
// without (a parameter that is left out).
func (s *scene) doLogin(args []string) error {
	a := s.actors[args[0]]
	a.challenged()
	keys := map[string]string{}
	for _, word := range args[3:] {
		key, value, _ := strings.Cut(word, "=")
		keys[key] = value
	}
	line, err := a.credentials(args[1], args[2], keys)
	if err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	a.login.credential = line
	return a.retry(a.login.request, line, keys["request"])
}

// doReplay is "replay A B ["METHOD URI"]": A sends what B has last logged in with, in a
// request of its own.
func (s *scene) doReplay(args []string) error {
	a, b := s.actors[args[0]], s.actors[args[1]]
	if b == nil || b.login.credential == "" {
		return fmt.Errorf("%s has not logged in", args[1])
	}
	return a.retry(b.login.request, b.login.credential, strings.Join(args[2:], " "))
}

// challenged notes the challenges of the last response, if it has any.
func (a *actor) challenged() {
	if a.last == nil || a.last.Status() != 401 && a.last.Status() != 407 {
		return
	}
	l := &a.login
	l.header, l.request = "Authorization", a.lastSent
	if l.challenges = RawValues(a.last.Raw, "WWW-Authenticate"); len(l.challenges) == 0 {
		l.header, l.challenges = "Proxy-Authorization", RawValues(a.last.Raw, "Proxy-Authenticate")
	}
	if a.last.Method() == "INVITE" { // an ACK came after it
		l.request = a.invite
	}
}

// credentials answers the first challenge that another implementation understands.
func (a *actor) credentials(user, password string, keys map[string]string) (string, error) {
	first, _, _ := strings.Cut(string(a.login.request), "\r\n")
	f := strings.Fields(first)
	err := fmt.Errorf("there is no challenge to be answered")
	for _, text := range a.login.challenges {
		var ch *digest.Challenge
		if ch, err = digest.ParseChallenge(text); err != nil {
			continue
		}
		if only := keys["algorithm"]; only != "" && only != ch.Algorithm {
			err = fmt.Errorf("no challenge of %s in %q", only, a.login.challenges)
			continue
		}
		o := digest.Options{Username: user, Password: password, Method: f[0], URI: f[1], Cnonce: "0a4f113b", Count: 1}
		if n, e := strconv.Atoi(keys["nc"]); e == nil {
			o.Count = n
		}
		for key, v := range map[string]*string{"uri": &o.URI, "method": &o.Method} {
			if keys[key] != "" {
				*v = keys[key]
			}
		}
		var c *digest.Credentials
		if c, err = digest.Digest(ch, o); err == nil {
			return a.login.header + ": " + without(c.String(), keys["without"]), nil
		}
	}
	return "", err
}

// without leaves a parameter out.
func without(credentials, name string) string {
	scheme, rest, _ := strings.Cut(credentials, " ")
	var kept []string
	for _, p := range strings.Split(rest, ", ") {
		if n, _, _ := strings.Cut(p, "="); n != name {
			kept = append(kept, p)
		}
	}
	return scheme + " " + strings.Join(kept, ", ")
}

// retry sends a request again with credentials, as a new one: RFC 3261 §22.2. Start is
// "METHOD URI" of another request.
func (a *actor) retry(request []byte, credential, start string) error {
	lines := strings.Split(strings.TrimSuffix(string(request), "\r\n\r\n"), "\r\n")
	method, _, _ := strings.Cut(lines[0], " ")
	if start != "" {
		lines[0] = start + " SIP/2.0"
		method, _, _ = strings.Cut(start, " ")
	}
	name, _, _ := strings.Cut(credential, ":")
	a.cseq++
	kept := lines[:1]
	for _, line := range lines[1:] {
		switch n, _, _ := strings.Cut(line, ":"); n {
		case name:
			continue
		case "Via":
			line = "Via: SIP/2.0/" + a.transport() + " " + a.Addr() + ";branch=" + a.newBranch() + ";rport"
		case "CSeq":
			line = "CSeq: " + strconv.Itoa(a.cseq) + " " + method
		case "Call-ID":
			line = "Call-ID: " + a.callID
		}
		kept = append(kept, line)
	}
	return a.emit(a.proxy, strings.Join(append(kept, credential), "\n"))
}
