package uac

import (
	"bytes"

	"github.com/fastsips/fastsips/digest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// credentials is what module uac_auth offers: user and password for a realm, as long as
// from approves of the hosts that may ask for them.
type credentials interface {
	Credential(c *script.Ctx, realm []byte, from func(host string) bool) (user, password []byte, ok bool)
}

// auth is uac_auth: it answers the challenges of the response that a failure route looks
// at, and makes the request one that is to be sent there again (RFC 3261 §22.3).
func (m *Module) auth(c *script.Ctx, allowed algorithms) script.Ret {
	x := proxy.From(c)
	v, ok := x.Challenged()
	if !ok || m.source == nil || !answerable(c, x) {
		return -1
	}
	a := answering{m: m, c: c, x: x, branch: v, reply: v.Reply(), allowed: allowed}
	if !a.answer() || !x.Tx.CountAnswer() || !raiseCSeq(x, 1) {
		return -1
	}
	x.Retry(v, a.lines())
	return 1
}

// answerable refuses what would leave a dialog with requests out of order: after one of it
// was sent with a higher CSeq all later ones would have to be, and nobody remembers that
// until there is a dialog module. A BYE has no later ones.
func answerable(c *script.Ctx, x *proxy.Context) bool {
	if len(x.Req.Msg.ToTag()) == 0 || x.Req.Msg.Method() == sipparse.Bye {
		return true
	}
	c.LogError("uac: uac_auth() of a request in a dialog, other than BYE, needs the dialog module, which is not there yet")
	return false
}

// answering is one call of uac_auth.
type answering struct {
	m       *Module
	c       *script.Ctx
	x       *proxy.Context
	branch  proxy.BranchView
	reply   *proxy.Message // the 401 or 407
	allowed algorithms
	answers []answer // those that the branch was sent with, replaced and completed
	fresh   int      // how many are new
}

// answer takes the challenges one by one; false if there is none that can be answered, or
// one that was answered before and is asked again.
func (a *answering) answer() bool {
	a.answers = parseAnswers(bytes.Clone(a.branch.Credentials()))
	for _, k := range [...]kind{www, hop} {
		for it := a.reply.Msg.Challenges(k.challenge()); ; {
			var ch sipparse.Challenge
			if !it.Next(&ch) {
				break
			}
			if ch.IsDigest && !a.one(k, &ch) {
				return false
			}
		}
	}
	return a.fresh > 0
}

// one answers one challenge, if that can be. False: its sender has refused the answer that
// it got. "stale=true" says that only the nonce was too old (RFC 7616 §3.3).
func (a *answering) one(k kind, ch *sipparse.Challenge) bool {
	realm, nonce := ch.Realm.Of(a.reply.Msg.Buf()), ch.Nonce.Of(a.reply.Msg.Buf())
	at := find(a.answers, k, realm)
	switch {
	case at < 0:
	case a.answers[at].fresh:
		return true // by another algorithm, which its sender likes better
	case !ch.Stale || bytes.Equal(a.answers[at].nonce, nonce):
		return false
	}
	if !digest.Usable(ch) || !a.allowed.has(ch.Algorithm) {
		return true
	}
	line, ok := a.compute(k, ch, realm)
	if !ok {
		return true
	}
	made := answer{kind: k, realm: realm, nonce: nonce, line: line, fresh: true}
	if a.fresh++; at >= 0 {
		a.answers[at] = made
	} else {
		a.answers = append(a.answers, made)
	}
	return true
}

// compute makes the header line; false without credentials.
func (a *answering) compute(k kind, ch *sipparse.Challenge, realm []byte) (line []byte, ok bool) {
	user, password, ok := a.m.source.Credential(a.c, realm, a.isFrom)
	if !ok {
		return nil, false
	}
	with := digest.Answer{User: user, Password: password, Method: a.x.Req.Msg.MethodName(), URI: a.branch.URI(), CNonce: digest.AppendCNonce(nil), Count: 1}
	if with.HA1, ok = ha1Of(password, ch.Algorithm); !ok {
		return nil, false
	}
	if ch.QOP&sipparse.QOPAuth == 0 && ch.QOP&sipparse.QOPAuthInt != 0 {
		edited := a.x.Edited()
		if edited == nil {
			return nil, false
		}
		with.Body = bytes.Clone(edited.Body())
	}
	line = with.AppendTo(append([]byte(k.header()), ": "...), a.reply.Msg.Buf(), ch)
	return append(line, "\r\n"...), true
}

// ha1Of returns the HA1 that a password of 0x and as many hexadecimal digits as hashes of
// algorithm a have stands for; nil for a real password. False: it is one for another
// algorithm.
func ha1Of(password []byte, a sipparse.Algorithm) (ha1 []byte, ok bool) {
	hash, marked := bytes.CutPrefix(password, []byte("0x"))
	if !marked || !isHex(hash) || len(hash) != digest.HexLen(sipparse.MD5) && len(hash) != digest.HexLen(sipparse.SHA256) {
		return nil, true
	}
	return hash, len(hash) == digest.HexLen(a)
}

func isHex(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// isFrom reports whether the challenge came from host: the request went to that name, or
// the response came from that address.
func (a *answering) isFrom(host string) bool {
	if ip, literal := loop.ParseIP([]byte(host)); literal && ip.SameIP(a.reply.From.Remote) {
		return true
	}
	return sipparse.EqualFoldString(a.branch.Host(), host)
}
