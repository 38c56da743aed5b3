package nathelper

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// pingSettings are the parameters of pings.
type pingSettings struct {
	interval  time.Duration // 0: no pings
	natedOnly bool
	tcp       bool

	from, method                 string
	sipFlag, removeFlag, latency uint32 // branch flags; 0: none
	codes                        []int
	threshold                    time.Duration
	maxLost                      int
	force, natSocket             string
	partitions                   int
}

func (s *pingSettings) parameters(p *module.Params, r *script.Registry) {
	p.SecondsFrom(&s.interval, "natping_interval", 0, 0, "seconds between two pings of a contact; 0: none are sent")
	p.Bool(&s.natedOnly, "ping_nated_only", false, "only contacts that have usrloc's nat_bflag are pinged")
	p.IntRange(&s.partitions, "natping_partitions", 1, 1, 8, "pings are spread evenly over natping_interval in any case")
	p.String(&s.natSocket, "natping_socket", "", "one of our UDP sockets, by which the pings of four NULs leave")
	p.String(&s.force, "force_socket", "", "one of our sockets, by which pings leave of contacts of which it is not known how they came")
	p.Bool(&s.tcp, "natping_tcp", false, "contacts that have registered over connections are pinged as well, with SIP requests or CRLF CRLF")
	p.Checked(&s.from, "sipping_from", "", "From URI of SIP pings", isURI)
	p.Checked(&s.method, "sipping_method", "OPTIONS", "their method", isPingMethod)
	flag := func(v *uint32, name, doc string) {
		p.Func(name, doc, func(text string) (err error) {
			*v, err = r.BranchFlags.Bit(text)
			return err
		})
	}
	flag(&s.sipFlag, "sipping_bflag", "branch flag of contacts that are pinged with SIP requests, not with four NULs")
	flag(&s.removeFlag, "remove_on_timeout_bflag", "branch flag of contacts that are removed when max_pings_lost SIP pings are not answered")
	flag(&s.latency, "sipping_latency_flag", "branch flag of contacts whose latency is measured with SIP pings")
	p.Func("sipping_ignore_rpl_codes", `statuses that do not count as answers to SIP pings: "408, 480"`, s.setCodes)
	p.Seconds(&s.threshold, "ping_threshold", 3*time.Second, "seconds in which a SIP ping is to be answered")
	p.IntRange(&s.maxLost, "max_pings_lost", 3, 1, 1000, "SIP pings in a row without an answer, after which a contact is removed")
	p.Ignored("cluster_id", "each node pings the contacts that have registered with it")
	p.Ignored("cluster_sharing_tag", "each node pings the contacts that have registered with it")
}

// isURI says what is wrong with the URI of somebody.
func isURI(text string) error {
	var u sipparse.URI
	if sipparse.ParseURI([]byte(text), &u) != sipparse.OK {
		return fmt.Errorf("%q is no URI", text)
	}
	return nil
}

// isPingMethod says what is wrong with the method of a request that nobody knows of but
// who sends it.
func isPingMethod(text string) error {
	switch sipparse.MethodOf([]byte(text)) {
	case sipparse.Invite, sipparse.Ack, sipparse.Cancel:
		return fmt.Errorf("%s is no method for pings", text)
	}
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return (r < 'A' || r > 'Z') && r != '_' && r != '-' }) {
		return fmt.Errorf("%q is no method", text)
	}
	return nil
}

func (s *pingSettings) setCodes(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		code, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || code < 100 || code > 699 {
			return fmt.Errorf("%q is no status", strings.TrimSpace(word))
		}
		s.codes = append(s.codes, code)
	}
	return nil
}
