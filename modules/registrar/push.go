package registrar

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fastsips/fastsips/sipparse"
	"github.com/fastsips/fastsips/usrloc"
)

// Push notifications (RFC 8599): a client that sleeps tells by parameters of its Contact
// URI how it is woken up: pn-provider, pn-prid, pn-param. A request for it has its push
// service asked, which is the script's or another program's business: it hears of
// E_UL_CONTACT_REFRESH. The request waits until the client has registered again.

// flagPush is the bit of OpenSIPS's column flags that says that a contact is to be woken
// up.
const flagPush = 1 << 2

// push is what pn_* parameters say, as it is used.
type push struct {
	providers []string
	params    [][]byte // of the URI, that are to be the same: pn_ct_match_params
	wakers    *wakers
}

// maxProviders bounds pn_providers.
const maxProviders = 32

// startPush reads the lists. Without pn_enable there is no push.
func (m *Module) startPush() error {
	s := &m.set.push
	if !s.on {
		return nil
	}
	p := &push{providers: listOf(s.providers)}
	for _, name := range listOf(s.match) {
		p.params = append(p.params, []byte(name))
	}
	switch {
	case len(p.providers) == 0:
		return fmt.Errorf("pn_enable needs pn_providers")
	case len(p.providers) > maxProviders:
		return fmt.Errorf("pn_providers has more than %d names", maxProviders)
	case len(p.params) == 0:
		return fmt.Errorf("pn_ct_match_params needs at least one name")
	case !m.core.Settings.TM:
		return fmt.Errorf("pn_enable needs the module tm")
	}
	p.wakers = newWakers(m)
	m.push = p
	return nil
}

// listOf splits a list of words with commas.
func listOf(text string) (list []string) {
	for _, s := range strings.Split(text, ",") {
		if s = strings.Trim(s, " \t\""); s != "" {
			list = append(list, s)
		}
	}
	return list
}

// A pushRequest is what the first contact of a REGISTER asks for.
type pushRequest struct {
	on       bool // it is to be woken up
	match    bool // it is found again by its push parameters
	query    bool // it asks what there is
	provider int  // which of the providers; -1: all of them
}

// inspectPush finds that out (RFC 8599 §4.1). It answers 555 where the service is not
// known, or a parameter that has to be there is not.
func (r *registration) inspectPush() failure {
	p := r.m.push
	if p == nil || r.contacts == 0 || r.flags.matchURI || r.flags.matchCallID || r.flags.matchParam != "" {
		return fine
	}
	uri := firstContact(r.msg)
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK {
		return badContact
	}
	name, has := u.Param(uri, pnProvider)
	switch {
	case !has:
		return fine
	case len(name) == 0:
		r.push = pushRequest{query: true, provider: -1}
		return fine
	}
	upstream := handles(r.msg, name)
	at := slices.IndexFunc(p.providers, func(s string) bool { return sipparse.EqualFoldString(name, s) })
	if at < 0 && !upstream {
		return pushUnsupported
	}
	known, missing := p.count(uri, &u)
	switch {
	case upstream:
		r.push.match = missing == 0
	case missing == 0:
		r.push = pushRequest{on: true, match: true, provider: at}
	case known == 0:
		r.push = pushRequest{query: true, provider: at}
	default:
		return pushUnsupported
	}
	return fine
}

// Parameters of RFC 8599 §8.
const (
	pnProvider = "pn-provider"
	pnPURR     = "pn-purr"
)

// count tells how many of the parameters besides pn-provider a URI has and lacks.
func (p *push) count(uri []byte, u *sipparse.URI) (known, missing int) {
	for _, name := range p.params {
		if string(name) == pnProvider {
			continue
		}
		if _, ok := u.Param(uri, string(name)); ok {
			known++
		} else {
			missing++
		}
	}
	return known, missing
}

// handles reports whether a proxy that the request has passed sees to a push service: a
// Feature-Caps with its name.
func handles(msg *sipparse.Msg, provider []byte) bool {
	want := func(v []byte) bool {
		for _, s := range strings.FieldsFunc(string(v), func(r rune) bool { return r == ';' || r == ',' }) {
			name, value, _ := strings.Cut(strings.TrimSpace(s), "=")
			if strings.EqualFold(name, "+sip.pns") && sipparse.EqualFoldString(provider, strings.Trim(value, "\"")) {
				return true
			}
		}
		return false
	}
	for i := msg.FindName(featureCaps, 0); i >= 0; i = msg.FindName(featureCaps, i+1) {
		h := msg.Header(i)
		if want(h.Value.Of(msg.Buf())) {
			return true
		}
	}
	return false
}

var featureCaps = []byte("Feature-Caps")

// appendFeatures says in the 200 what is done for the client (RFC 8599 §4.1.2).
func (r *registration) appendFeatures(rec usrloc.Record) {
	q := &r.push
	switch {
	case q.on:
		r.appendFeature(q.provider)
		r.append(`;+sip.pnsreg="`)
		t := r.m.scratch.On(r.x.Loop())
		t.text = append(sipparse.AppendUint(t.text, uint64(r.m.set.push.pnsreg)), '"')
		if r.m.set.push.purr {
			r.appendPURR(rec)
		}
		r.append("\r\n")
	case q.query && q.provider >= 0:
		r.appendFeature(q.provider)
		r.append("\r\n")
	case q.query:
		r.appendProviders()
	}
}

func (r *registration) appendFeature(provider int) {
	r.append(`Feature-Caps: *;+sip.pns="`)
	r.append(r.m.push.providers[provider])
	r.append(`"`)
}

// appendProviders lists the services that nobody else sees to.
func (r *registration) appendProviders() {
	for i, name := range r.m.push.providers {
		if !handles(r.msg, []byte(name)) {
			r.appendFeature(i)
			r.append("\r\n")
		}
	}
}

// withoutPush appends a contact's URI without its push parameters, which are nobody else's
// business (§4.2); ok is false for a URI that lacks one.
func (p *push) withoutPush(dst, uri []byte) (out []byte, ok bool) {
	var u sipparse.URI
	if sipparse.ParseURI(uri, &u) != sipparse.OK || u.Params.IsZero() {
		return uri, false
	}
	if _, missing := p.count(uri, &u); missing > 0 {
		return uri, false
	}
	dst = append(dst, uri[:max(u.Host.End, u.PortSpan.End)]...)
	it := u.ParamPairs(uri)
	for x := (sipparse.URIPair{}); it.Next(&x); {
		if !p.isOwn(x.Name.Of(uri)) {
			dst = append(append(dst, ';'), x.Whole.Of(uri)...)
		}
	}
	if !u.Headers.IsZero() {
		dst = append(append(dst, '?'), u.Headers.Of(uri)...)
	}
	return dst, true
}

func (p *push) isOwn(name []byte) bool {
	for _, s := range [...]string{pnProvider, "pn-prid", "pn-param", pnPURR} {
		if sipparse.EqualFoldString(name, s) {
			return true
		}
	}
	for _, s := range p.params {
		if sipparse.EqualFold(name, s) {
			return true
		}
	}
	return false
}

// sameClient reports whether two contact URIs name the same client of a push service.
func (p *push) sameClient(a, b []byte) bool {
	var u, v sipparse.URI
	if sipparse.ParseURI(a, &u) != sipparse.OK || sipparse.ParseURI(b, &v) != sipparse.OK {
		return false
	}
	for _, name := range p.params {
		x, ok := u.Param(a, string(name))
		y, too := v.Param(b, string(name))
		if !ok || !too || string(x) != string(y) {
			return false
		}
	}
	return true
}

// awake returns the URI by which a contact is called, and whether it has to be woken up
// first.
func (s *search) awake(k *usrloc.Contact) (uri []byte, asleep bool) {
	p := s.m.push
	if p == nil || k.Flags&flagPush == 0 {
		return k.URI, false
	}
	uri, ok := p.withoutPush(s.c.Alloc(len(k.URI))[:0], k.URI)
	return uri, ok && k.LastModified+int64(s.m.set.push.skip) <= s.now
}

// A sleeper is a contact that is being woken up, as it was when that began.
type sleeper struct {
	uri, callID []byte
	cseq        int32
	id          uint64
}

func sleeperOf(k *usrloc.Contact) sleeper {
	return sleeper{uri: slices.Clone(k.URI), callID: slices.Clone(k.CallID), cseq: k.CSeq, id: k.ID}
}

// wokenUp finds the contact in what its user has registered now, if it has registered
// again.
func (p *push) wokenUp(s *sleeper, rec usrloc.Record, now int64, k *usrloc.Contact) bool {
	for at, ok := rec.Next(0, k); ok; at, ok = rec.Next(at, k) {
		if k.Live(now) && (k.ID == s.id || p.sameClient(k.URI, s.uri)) && (k.CSeq != s.cseq || string(k.CallID) != string(s.callID)) {
			return true
		}
	}
	return false
}
