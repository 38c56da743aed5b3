package ua

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// errNoAnswer says that the final answer did not come in time.
var errNoAnswer = errors.New("no answer")

// newRequest builds a request outside a dialog, RFC 3261 §8.1.1. From and to
// are URIs.
func (a *agent) newRequest(method sip.RequestMethod, ruri sip.Uri, from, to string) (*sip.Request, error) {
	r := sip.NewRequest(method, ruri)
	r.SetTransport(strings.ToUpper(a.o.transport))
	for _, line := range []string{
		"From: <" + from + ">;tag=" + sip.GenerateTagN(12),
		"To: <" + to + ">",
		"Call-ID: " + sip.GenerateTagN(20) + "@" + a.local.String(),
		"CSeq: 1 " + string(method),
		"Max-Forwards: 70",
		"Contact: " + contactValue(a.o.contact),
		"User-Agent: fastsips",
	} {
		if err := setHeader(r, line); err != nil {
			return nil, err
		}
	}
	for _, line := range a.o.headers {
		if err := setHeader(r, line); err != nil {
			return nil, err
		}
	}
	dst := a.proxy
	if dst == "" {
		var err error
		if dst, err = resolve(hostPort(ruri)); err != nil {
			return nil, err
		}
	}
	r.SetDestination(dst)
	return r, nil
}

func contactValue(uri string) string {
	if uri == "*" {
		return uri
	}
	return "<" + uri + ">"
}

// setHeader adds a header line to r. Headers that a request has only once are
// replaced.
func setHeader(r *sip.Request, line string) error {
	name, _, _ := strings.Cut(line, ":")
	name = strings.TrimSpace(name)
	hs, err := sip.HeadersParser(sip.DefaultHeadersParser()).ParseHeader(nil, []byte(line))
	if err != nil {
		return fmt.Errorf("header %q: %w", line, err)
	}
	switch strings.ToLower(name) {
	case "from", "to", "call-id", "cseq", "max-forwards", "contact", "user-agent", "expires", "content-type":
		r.RemoveHeader(name)
	}
	for _, h := range hs {
		r.AppendHeader(h)
	}
	return nil
}

// do sends a request other than INVITE and returns its final response. A digest
// challenge is answered once when there is a password.
func (a *agent) do(ctx context.Context, r *sip.Request) (*sip.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	res, err := a.attempt(ctx, r)
	if err != nil || !a.challenged(res) {
		return res, err
	}
	if r, err = a.authorise(r, res); err != nil {
		return nil, err
	}
	return a.attempt(ctx, r)
}

func (a *agent) attempt(ctx context.Context, r *sip.Request) (*sip.Response, error) {
	tx, err := a.begin(ctx, r)
	if err != nil {
		return nil, err
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, fmt.Errorf("%w to %s: %w", errNoAnswer, r.Method, tx.Err())
		case <-ctx.Done():
			return nil, fmt.Errorf("%w to %s", errNoAnswer, r.Method)
		}
	}
}

// begin sends r in a new transaction.
func (a *agent) begin(ctx context.Context, r *sip.Request) (sip.ClientTransaction, error) {
	if err := a.connect(ctx, r.Destination()); err != nil {
		return nil, err
	}
	return a.client.TransactionRequest(ctx, r, sipgo.ClientRequestBuild)
}

// challenged reports whether res is a challenge that we can try to meet.
func (a *agent) challenged(res *sip.Response) bool {
	return a.o.password != "" && (res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired)
}

// authorise returns r again with credentials for the challenge in res, a higher
// CSeq and a new branch, RFC 3261 §22.2, §22.3.
func (a *agent) authorise(r *sip.Request, res *sip.Response) (*sip.Request, error) {
	ask, answer := "WWW-Authenticate", "Authorization"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		ask, answer = "Proxy-Authenticate", "Proxy-Authorization"
	}
	cred, err := a.credentials(r, res.GetHeaders(ask))
	if err != nil {
		return nil, fmt.Errorf("%d without a usable %s: %w", res.StatusCode, ask, err)
	}
	again := r.Clone()
	again.RemoveHeader("Via")
	again.RemoveHeader(answer)
	again.AppendHeader(sip.NewHeader(answer, cred))
	again.CSeq().SeqNo++
	return again, nil
}

// credentials answers the first of the challenges that it understands.
func (a *agent) credentials(r *sip.Request, challenges []sip.Header) (string, error) {
	err := errors.New("header missing")
	for _, h := range challenges {
		var chal *digest.Challenge
		if chal, err = digest.ParseChallenge(h.Value()); err != nil {
			continue
		}
		chal.Algorithm = strings.ToUpper(chal.Algorithm)
		var cred *digest.Credentials
		cred, err = digest.Digest(chal, digest.Options{
			Method: string(r.Method), URI: r.Recipient.String(), Username: a.o.user, Password: a.o.password,
		})
		if err == nil {
			return cred.String(), nil
		}
	}
	return "", err
}

// outcome says how a request ended, on the ladder and as exit status.
func (a *agent) outcome(res *sip.Response, err error) (int, error) {
	if err != nil {
		return exitTimeout, err
	}
	a.ladder.note("%d %s", res.StatusCode, res.Reason)
	if res.IsSuccess() {
		return exitOK, nil
	}
	return exitRefused, nil
}
