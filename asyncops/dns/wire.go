package dns

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	wire "github.com/miekg/dns"

	"github.com/fastsips/fastsips/loop"
)

// The types of records that are asked for.
const (
	typeA     = wire.TypeA
	typeAAAA  = wire.TypeAAAA
	typeSRV   = wire.TypeSRV
	typeNAPTR = wire.TypeNAPTR
)

// Sizes. The EDNS0 one fits every path without fragments (RFC 9715).
const (
	ednsSize    = 1232
	maxDatagram = 4096
	maxMessage  = 65535
)

// Bounds of what one answer may say; the rest is ignored.
const (
	maxRecords = 32
	maxAliases = 8
)

// records are what the answer to one question says, one of the lists at most. They
// never change once made.
type records struct {
	addrs  []loop.Addr // A or AAAA, without ports
	srvs   []srv
	naptrs []naptr
	failed bool // no server answered, or those that did could not
	silent bool // of failed: no server answered at all
}

// A srv is a record of RFC 2782.
type srv struct {
	priority, weight, port uint16
	target                 string // canonical; "" is "." : no such service
}

// A naptr is a record of RFC 3403 with a service that RFC 3263 §4.1 defines.
type naptr struct {
	order, preference uint16
	proto             Proto
	sips              bool
	replacement       string // canonical
}

// appendQuestion writes a question with recursion desired; with edns it says how
// long a datagram may be (RFC 6891).
func appendQuestion(dst []byte, id uint16, name string, kind uint16, edns bool) ([]byte, error) {
	var m wire.Msg
	m.SetQuestion(name+".", kind)
	m.Id = id
	if edns {
		m.SetEdns0(ednsSize, false)
	}
	b, err := m.Pack()
	return append(dst, b...), err
}

// A reply is a message that a server sent.
type reply struct {
	msg       wire.Msg
	truncated bool
}

// parse reads b as the answer to the question; false if it is none (RFC 5452 §9.1).
// An error answer may come without the question, as servers do that could not read it.
func (a *reply) parse(b []byte, id uint16, name string, kind uint16) bool {
	if len(b) < 12 || binary.BigEndian.Uint16(b) != id {
		return false
	}
	m := &a.msg
	err := m.Unpack(b)
	if m.Id != id || !m.Response || m.Opcode != wire.OpcodeQuery {
		return false
	}
	a.truncated = m.Truncated
	if err != nil && !m.Truncated { // a truncated message may end anywhere
		return false
	}
	if len(m.Question) == 0 && err == nil {
		return m.Rcode == wire.RcodeFormatError || m.Rcode == wire.RcodeNotImplemented
	}
	if len(m.Question) != 1 {
		return false
	}
	q := &m.Question[0]
	return q.Qtype == kind && q.Qclass == wire.ClassINET && strings.EqualFold(strings.TrimSuffix(q.Name, "."), name)
}

// answers reports whether the server knew: there are records, or surely none.
func (a *reply) answers() bool {
	return a.msg.Rcode == wire.RcodeSuccess || a.msg.Rcode == wire.RcodeNameError
}

// dislikesEDNS reports whether the server may not have understood EDNS0.
func (a *reply) dislikesEDNS() bool {
	switch a.msg.Rcode {
	case wire.RcodeFormatError, wire.RcodeNotImplemented, wire.RcodeBadVers:
		return true
	}
	return false
}

// records takes what the question was about out of the answer: aliases are followed
// within it. The TTL is the least of the records used, in seconds; without records
// that of the negative answer, -1 if the server does not say (RFC 2308 §5).
func (a *reply) records(name string, kind uint16) (set records, ttl int64) {
	ttl = 1<<32 - 1
	name, ttl = a.aliasOf(name, ttl)
	for _, rr := range a.msg.Answer {
		h := rr.Header()
		if h.Class == wire.ClassINET && h.Rrtype == kind && sameName(h.Name, name) && set.add(rr) {
			ttl = min(ttl, int64(h.Ttl))
		}
	}
	if set.empty() {
		return set, a.negativeTTL()
	}
	slices.SortStableFunc(set.srvs, func(a, b srv) int { return int(a.priority) - int(b.priority) })
	slices.SortStableFunc(set.naptrs, compareNAPTR)
	return set, ttl
}

func (set *records) empty() bool { return len(set.addrs)+len(set.srvs)+len(set.naptrs) == 0 }

// aliasOf follows the CNAMEs of the answer (RFC 1034 §3.6.2).
func (a *reply) aliasOf(name string, ttl int64) (string, int64) {
	for range maxAliases {
		next := ""
		for _, rr := range a.msg.Answer {
			if c, ok := rr.(*wire.CNAME); ok && sameName(c.Hdr.Name, name) {
				next, ttl = c.Target, min(ttl, int64(c.Hdr.Ttl))
				break
			}
		}
		if next == "" {
			break
		}
		name = strings.TrimSuffix(next, ".")
	}
	return name, ttl
}

func sameName(a, b string) bool { return strings.EqualFold(strings.TrimSuffix(a, "."), b) }

// add takes rr over, if it is of use.
func (set *records) add(rr wire.RR) bool {
	if len(set.addrs)+len(set.srvs)+len(set.naptrs) >= maxRecords {
		return false
	}
	switch rr := rr.(type) {
	case *wire.A:
		return set.addAddr(rr.A)
	case *wire.AAAA:
		return set.addAddr(rr.AAAA)
	case *wire.SRV:
		target, ok := target(rr.Target)
		if ok && (target == "" || rr.Port != 0) {
			set.srvs = append(set.srvs, srv{rr.Priority, rr.Weight, rr.Port, target})
			return true
		}
	case *wire.NAPTR:
		n, ok := sipService(rr)
		if ok {
			set.naptrs = append(set.naptrs, n)
		}
		return ok
	}
	return false
}

func (set *records) addAddr(ip []byte) bool {
	a, ok := netip.AddrFromSlice(ip)
	if !ok || a.IsUnspecified() || a.IsMulticast() {
		return false
	}
	set.addrs = append(set.addrs, loop.AddrFrom(netip.AddrPortFrom(a, 0)))
	return true
}

// target reads a name in an answer; "." is "".
func target(name string) (string, bool) {
	if name == "." {
		return "", true
	}
	b := canonical(nil, []byte(name))
	return string(b), b != nil
}

// sipService reads a NAPTR record; false for services that RFC 3263 §4.1 does not
// know, and for other flags than "s": that what it names has SRV records.
func sipService(rr *wire.NAPTR) (n naptr, ok bool) {
	if !strings.EqualFold(rr.Flags, "s") || rr.Regexp != "" {
		return n, false
	}
	switch strings.ToUpper(rr.Service) {
	case "SIP+D2U":
		n.proto = UDP
	case "SIP+D2T":
		n.proto = TCP
	case "SIPS+D2T":
		n.proto, n.sips = TLS, true
	default:
		return n, false
	}
	n.order, n.preference = rr.Order, rr.Preference
	n.replacement, ok = target(rr.Replacement)
	return n, ok && n.replacement != ""
}

func compareNAPTR(a, b naptr) int {
	if a.order != b.order {
		return int(a.order) - int(b.order)
	}
	return int(a.preference) - int(b.preference)
}

// negativeTTL is how long it may be remembered that there is nothing.
func (a *reply) negativeTTL() int64 {
	for _, rr := range a.msg.Ns {
		if soa, ok := rr.(*wire.SOA); ok {
			return int64(min(soa.Hdr.Ttl, soa.Minttl))
		}
	}
	return -1
}
