// Package population has a location service in this very process and fills it, for
// benchmarks.
package population

import (
	"fmt"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// A Population is addresses-of-record with a contact each.
type Population struct {
	store  *usrloc.Store
	domain *usrloc.Domain
	group  *loop.Group
	n      int
}

// New makes one of n, who have not registered yet. Close it in the end.
func New(n int) (*Population, error) {
	g, err := loop.New(loop.Config{Loops: 1})
	if err != nil {
		return nil, err
	}
	s := usrloc.NewStore(g, usrloc.Config{CSeqDelay: 20, UseDomain: true})
	return &Population{store: s, domain: s.Declare("location"), group: g, n: n}, nil
}

// Close ends its loop.
func (p *Population) Close() { p.group.Stop() }

// Register has everybody register with that CSeq, and returns how many bytes the texts of all
// contacts have, AoRs included.
func (p *Population) Register(cseq int32) (texts int) {
	p.group.Do(0, func(l *loop.Loop) {
		var aor, uri, call, received []byte
		for i := range p.n {
			aor = fmt.Appendf(aor[:0], "user%07d@example.com", i)
			uri = fmt.Appendf(uri[:0], "sip:user%07d@10.%d.%d.%d:5060;transport=udp", i, i>>16&255, i>>8&255, i&255)
			call = fmt.Appendf(call[:0], "%08x-%08x@10.0.0.1", i*2654435761&0xffffffff, i)
			received = fmt.Appendf(received[:0], "sip:198.51.%d.%d:%d", i>>8&255, i&255, 1024+i%60000)
			c := usrloc.Contact{URI: uri, Received: received, UserAgent: []byte("Phone/1.2.3 (lab)"), Socket: []byte("udp:192.0.2.1:5060"),
				Expires: l.Wall().Unix() + 3600, Q: usrloc.NoQ, Methods: 7999, BranchFlags: 2}
			ch := p.store.NewChange(l, p.domain, aor)
			ch.CallID, ch.CSeq = ch.Keep(call), cseq
			ch.Upsert(&c)
			p.store.Begin(l, ch)
			texts += len(aor) + len(uri) + len(call) + len(received) + len(c.UserAgent) + len(c.Socket)
		}
	})
	return texts
}
