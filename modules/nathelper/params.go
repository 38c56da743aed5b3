package nathelper

import (
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/module"
)

// noAVP stands for an $avp that no parameter names.
const noAVP = -1

func (m *Module) parameters(p *module.Params) {
	m.received = noAVP
	p.Func("received_avp", `the $avp that fix_nated_register() sets: the same as registrar's received_avp`, m.setReceivedAVP)
	p.Checked(&m.mark, "nortpproxy_str", "a=nortpproxy:yes", `the SDP line that fix_nated_sdp() adds with add-no-rtpproxy; "": none`, func(s string) error {
		if s = strings.TrimRight(s, "\r\n"); s != "" && !isSDPLine([]byte(s)) {
			return fmt.Errorf("%q is no SDP line", s)
		}
		return nil
	})
	p.Func("oldip_skip", `which old addresses fix_nated_sdp() does not note in the SDP: "o" that of o=, "c" those of c=, "oc" none of them`, m.setSkip)
}

func (m *Module) setReceivedAVP(text string) error {
	name, ok := avpName(text)
	if !ok {
		return fmt.Errorf(`%q is no $avp, such as "$avp(received)"`, text)
	}
	m.received = m.reg.AVPID(name)
	return nil
}

// avpName reads $avp(name).
func avpName(text string) (name string, ok bool) {
	name, ok = strings.CutPrefix(strings.TrimSpace(text), "$avp(")
	if ok {
		name, ok = strings.CutSuffix(name, ")")
	}
	name = strings.TrimPrefix(strings.TrimSpace(name), "s:")
	return name, ok && name != "" && !strings.ContainsAny(name, "$() ")
}

func (m *Module) setSkip(text string) error {
	for _, c := range text {
		switch c {
		case 'o':
			m.skip.origin = true
		case 'c':
			m.skip.media = true
		default:
			return fmt.Errorf(`%q: there are "o" and "c"`, text)
		}
	}
	return nil
}
