package registrar

import (
	"fmt"
	"strings"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// settings are what the parameters say.
type settings struct {
	defaultExpires, minExpires, maxExpires int
	deviation                              int
	raiseExpires                           bool
	defaultQ                               int
	caseSensitive                          bool
	realmPrefix                            string
	maxUser, maxDomain, maxAoR, maxContact int
	maxContacts                            int
	allowDupCSeq                           bool
	retryAfter                             int

	persistent  uint32 // message flag: tcp_persistent_flag
	receivedAVP int32  // -1: none
	contactAVP  int32
	attrAVP     int32
	received    string // received_param
	socketHdr   string

	gruuOff    bool
	gruuSecret string

	pathMode     int
	serviceRoute string

	push pushSettings
}

// noAVP stands for an $avp that no parameter names.
const noAVP = -1

func (m *Module) parameters(p *module.Params, r *script.Registry) {
	s := &m.set
	p.IntRange(&s.defaultExpires, "default_expires", 3600, 1, maxFlagNumber, "seconds for which a contact is registered that says nothing of it")
	p.IntRange(&s.minExpires, "min_expires", 60, 0, maxFlagNumber, "the fewest seconds; less is refused with 423 (see raise_min_expires); 0: any")
	p.Bool(&s.raiseExpires, "raise_min_expires", false, "too few seconds are raised to min_expires, as with OpenSIPS, and not refused")
	p.IntRange(&s.maxExpires, "max_expires", 0, 0, maxFlagNumber, "the most seconds, to which more is lowered; 0: any")
	p.IntRange(&s.deviation, "expires_max_deviation", 0, 0, maxFlagNumber, "seconds by which the time is changed at random, up or down")
	p.IntOrName(&s.defaultQ, "default_q", -1, -1, 1000, map[string]int{"Q_UNSPECIFIED": -1}, "q, in thousandths, of contacts that have none; -1: they have none")
	p.Bool(&s.caseSensitive, "case_sensitive", true, "A and a are two users")
	p.String(&s.realmPrefix, "realm_prefix", "", "beginning of domains that does not count: sip.example.com is example.com")
	p.IntRange(&s.maxUser, "max_username_len", 64, 1, maxName, "bytes of the user in an address of record")
	p.IntRange(&s.maxDomain, "max_domain_len", 64, 1, maxName, "bytes of its domain")
	p.IntRange(&s.maxAoR, "max_aor_len", 256, 1, maxName, "bytes of the whole")
	p.IntRange(&s.maxContact, "max_contact_len", 255, 1, 4096, "bytes of a Contact URI")
	p.IntRange(&s.maxContacts, "max_contacts", 0, 0, maxFlagNumber, "contacts of one address of record; 0: 512")
	p.Bool(&s.allowDupCSeq, "allow_dup_cseq", true, "a REGISTER with the Call-ID and CSeq of the last one is a copy of it for usrloc's cseq_delay, and counts as a new one afterwards; 0: 400")
	p.IntRange(&s.retryAfter, "retry_after", 0, 0, maxFlagNumber, "seconds for a Retry-After in 5xx answers; 0: none")
	m.flagAndAVPs(p, r)
	p.String(&s.received, "received_param", "received", "parameter of the answer's contacts that says where they registered from")
	p.String(&s.socketHdr, "sock_hdr_name", "", "header that names the socket, for the flag socket-header of save()")
	p.Bool(&s.gruuOff, "disable_gruu", true, "no GRUUs are made and understood (RFC 5627)")
	p.String(&s.gruuSecret, "gruu_secret", "", "key of temporary GRUUs; empty: a random one, which ends with the process")
	p.Choice(&s.pathMode, "path_mode", "what save() does with Path without a path flag", "supported", "ignore")
	p.Func("service_route", "list of <uri> for a Service-Route in answers to REGISTER (RFC 3608)", m.setServiceRoute)
	s.push.parameters(p)
}

// maxName bounds the lengths of names that parameters may allow.
const maxName = 1024

func (m *Module) flagAndAVPs(p *module.Params, r *script.Registry) {
	s := &m.set
	s.receivedAVP, s.contactAVP, s.attrAVP = noAVP, noAVP, noAVP
	p.Func("tcp_persistent_flag", "message flag: the connection that a REGISTER came by is kept for as long as its contacts", func(name string) (err error) {
		s.persistent, err = r.MsgFlags.Bit(name)
		return err
	})
	avp := func(to *int32, name, doc string) {
		p.Func(name, doc, func(text string) error {
			id, ok := avpName(text)
			if !ok {
				return fmt.Errorf("%q is no $avp(name)", text)
			}
			*to = r.AVPID(id)
			return nil
		})
	}
	avp(&s.receivedAVP, "received_avp", "$avp with the URI that a REGISTER came from, see nathelper")
	avp(&s.contactAVP, "mcontact_avp", "$avp with the contact that was sent to the main registrar, for save() in a reply route")
	avp(&s.attrAVP, "attr_avp", "$avp with text that is kept with contacts, and given back by lookup() and is_registered()")
}

// avpName reads $avp(name).
func avpName(text string) (name string, ok bool) {
	text = strings.TrimSpace(text)
	if name, ok = strings.CutPrefix(text, "$avp("); ok {
		name, ok = strings.CutSuffix(name, ")")
	}
	name = strings.TrimSpace(strings.TrimPrefix(name, "s:"))
	return name, ok && name != "" && !strings.ContainsAny(name, "$() ")
}

func (m *Module) setServiceRoute(text string) error {
	var t proxy.Target
	if text == "" || !t.SetPath([]byte(text)) {
		return fmt.Errorf("%q is no list of <uri>", text)
	}
	m.set.serviceRoute = text
	return nil
}

// pushSettings are those of RFC 8599.
type pushSettings struct {
	on, purr  bool
	providers string
	match     string
	pnsreg    int
	trigger   int
	skip      int
	waitFor   time.Duration
}

func (s *pushSettings) parameters(p *module.Params) {
	p.Bool(&s.on, "pn_enable", false, "push notifications (RFC 8599)")
	p.String(&s.providers, "pn_providers", "", "push services that are supported: apns, fcm, webpush")
	p.String(&s.match, "pn_ct_match_params", "pn-provider, pn-prid, pn-param", "URI parameters by which a contact with push is found again")
	p.IntRange(&s.pnsreg, "pn_pnsreg_interval", 130, 0, maxFlagNumber, "seconds before the end at which clients that wake up by themselves are to register")
	p.IntRange(&s.trigger, "pn_trigger_interval", 120, 0, maxFlagNumber, "seconds before the end at which E_UL_CONTACT_REFRESH is raised")
	p.IntRange(&s.skip, "pn_skip_pn_interval", 0, 0, maxFlagNumber, "seconds after a registration in which the client is taken for awake")
	p.SecondsFrom(&s.waitFor, "pn_refresh_timeout", 6*time.Second, time.Second, "seconds to wait for the client to register")
	p.Bool(&s.purr, "pn_enable_purr", false, "clients are also woken up for requests within dialogs (pn_process_purr)")
}
