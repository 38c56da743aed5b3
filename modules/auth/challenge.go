package auth

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fastsips/fastsips/digest/server"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

func (m *Module) challenges() []*script.Func {
	realm := script.Str("realm", `realm; "": the host of To for www_ and a REGISTER, else that of From`)
	qop := script.Opt(parsed("qop", `"auth", "auth-int" or "auth,auth-int"; none if left out, as in RFC 2069`, qopOf))
	algorithms := script.Opt(parsed("algorithms", `"MD5,SHA-256,SHA-512-256": a challenge each, the strongest first; MD5, which is not named then, if left out`, algorithmsOf))
	challenge := func(r server.Role) func(*script.Ctx, []byte, sipparse.QOP, []sipparse.Algorithm) script.Ret {
		return func(c *script.Ctx, realm []byte, q sipparse.QOP, list []sipparse.Algorithm) script.Ret {
			return m.server.Challenge(c, r, realm, server.Demand{QOP: q, Algorithms: list})
		}
	}
	const codes = " 0, which ends the script; -1 it could not be sent."
	return []*script.Func{
		script.Func3("www_challenge", "Answer with 401 and a challenge; stale=true if the credentials had an old nonce."+codes, script.R, realm, qop, algorithms, challenge(server.UAS)),
		script.Func3("proxy_challenge", "Answer with 407 and a challenge; stale=true if the credentials had an old nonce."+codes, script.R, realm, qop, algorithms, challenge(server.Proxy)),
		script.Func0("consume_credentials", "Remove the credentials that were found to be right from the request. -1: there are none.", script.R, consume),
	}
}

// parsed is a string that is read when the script is loaded, unless it has variables.
func parsed[T any](name, doc string, read func(string) (T, error)) script.Param[T] {
	return script.Parsed(name, doc, read, func(c *script.Ctx, b []byte) (T, bool) {
		v, err := read(string(b))
		if err != nil {
			c.LogError("auth: %v", err)
		}
		return v, err == nil
	})
}

// qopOf reads a list of qop. Before OpenSIPS 3 it was a number: "1" is auth, "0" none.
func qopOf(text string) (q sipparse.QOP, err error) {
	switch text {
	case "", "0":
		return 0, nil
	case "1":
		return sipparse.QOPAuth, nil
	}
	for name := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(name) {
		case "auth":
			q |= sipparse.QOPAuth
		case "auth-int":
			q |= sipparse.QOPAuthInt
		default:
			return 0, &script.Refusal{Msg: fmt.Sprintf("%q is no qop", strings.TrimSpace(name)), Hint: `there are "auth", "auth-int" and "auth,auth-int"`}
		}
	}
	return q, nil
}

// strength orders algorithms: "the client prefers the first" (RFC 8760 §2.4).
var strength = []sipparse.Algorithm{sipparse.SHA512256Sess, sipparse.SHA512256, sipparse.SHA256Sess, sipparse.SHA256, sipparse.MD5Sess, sipparse.MD5}

// algorithmsOf reads a list of algorithms.
func algorithmsOf(text string) (list []sipparse.Algorithm, err error) {
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(strength, func(a sipparse.Algorithm) bool { return strings.EqualFold(a.String(), name) })
		switch {
		case text == "":
			return nil, nil
		case i < 0:
			return nil, &script.Refusal{Msg: fmt.Sprintf("%q is no algorithm", name), Hint: "there are MD5, SHA-256, SHA-512-256, and each with -sess"}
		case !slices.Contains(list, strength[i]):
			list = append(list, strength[i])
		}
	}
	slices.SortFunc(list, func(a, b sipparse.Algorithm) int {
		return cmp.Compare(slices.Index(strength, a), slices.Index(strength, b))
	})
	return list, nil
}

// consume is consume_credentials.
func consume(c *script.Ctx) script.Ret {
	if server.Consume(c) {
		return 1
	}
	if x := proxy.From(c); x.Req == nil || x.Req.Msg.Method() != sipparse.Ack && x.Req.Msg.Method() != sipparse.Cancel { // they never have any
		c.LogError("auth: consume_credentials: there are no authorized credentials; call it behind www_authorize() or proxy_authorize()")
	}
	return -1
}
