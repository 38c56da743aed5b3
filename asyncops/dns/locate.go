package dns

import (
	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Proto is a transport that DNS records speak of.
type Proto uint8

// The transports.
const (
	UDP Proto = iota
	TCP
	TLS
	protos
)

func (p Proto) String() string { return [...]string{"udp", "tcp", "tls"}[p] }

func (p Proto) defaultPort() uint16 {
	if p == TLS {
		return 5061
	}
	return 5060
}

// label is what an SRV name begins with (RFC 3263 §4.2).
func (p Proto) label() []byte { return srvLabels[p] }

var srvLabels = [...][]byte{UDP: []byte("_sip._udp."), TCP: []byte("_sip._tcp."), TLS: []byte("_sips._tcp.")}

// A Reach says which transports and address families can be sent by: the sum of Via's.
type Reach uint8

// Via is a Reach of one transport and family.
func Via(p Proto, v6 bool) Reach {
	if v6 {
		return 2 << (2 * p)
	}
	return 1 << (2 * p)
}

func (r Reach) has(p Proto) bool { return r>>(2*p)&3 != 0 }
func (r Reach) v4(p Proto) bool  { return r>>(2*p)&1 != 0 }
func (r Reach) v6(p Proto) bool  { return r>>(2*p)&2 != 0 }

// A Where is what a URI says of where its request goes, apart from the host.
type Where struct {
	Port  uint16 // 0: none is written
	Proto Proto  // counts if Given
	Given bool   // a transport is written
	SIPS  bool   // only TLS will do
	NAPTR bool   // ask for NAPTR records, where RFC 3263 does (dns_try_naptr)
	Reach Reach
	Seed  uint64 // decides between weights; equal for what must go the same way. 0: at random
}

// Bounds of one Locate: addresses that it brings and hosts that it looks up. A zone is
// written by strangers.
const (
	maxTargets = 16
	maxHosts   = 24
)

// A Locate finds the next hop of a request: RFC 3263 §4. Each time it is begun it
// brings one more address, until Failed says that there is none. It asks for no more
// than the next address needs.
//
// The order: NAPTR by order and preference, SRV by priority and then by chance
// according to weight (RFC 2782), then each address, IPv6 when IPv4 has been tried. A port or a transport
// that is written stands for what NAPTR and SRV would say of it. Where one transport
// was found by SRV alone, others are not tried after it; NAPTR records are, within
// their order. What /etc/hosts names is taken from there, without NAPTR and SRV.
type Locate struct {
	r     *Resolver
	host  []byte // canonical; empty: nothing that could be found
	where Where
	done  asyncops.Completion
	inUse bool

	stage     stage
	one       ask    // for NAPTR and SRV
	key, name []byte // scratch
	hosts     addresses
	byNAPTR   bool
	noService bool // an SRV said that there is no such service
	services  [maxServices]service
	nServices int
	service   int // the next to ask for
	srvs      []srv
	order     [maxRecords]uint8 // of srvs
	srv       int               // the next of order
	target    []byte            // whose addresses are looked up
	six       bool              // IPv6's turn has come
	addrs     []loop.Addr
	address   int // the next of addrs
	proto     Proto
	port      uint16
	left      int // addresses that may still be brought
	aims      int // hosts looked up
	addr      loop.Addr
}

// A service is an SRV name to ask for; "" is the usual one of its transport.
type service struct {
	proto Proto
	name  string
}

const maxServices = 8

var _ asyncops.Metered = (*Locate)(nil)

// Backend is the resolver's.
func (op *Locate) Backend() *asyncops.Backend { return op.r.backend }

// Locate returns an operation from the loop's pool. Free it in the end.
func (r *Resolver) Locate(l *loop.Loop) *Locate {
	op := r.locates.Get(l)
	op.r, op.inUse = r, true
	return op
}

// Set says what to look for; host is copied.
func (op *Locate) Set(host []byte, w Where) {
	op.host, op.where = setName(op.host, host), w
	op.stage, op.left, op.aims = atStart, maxTargets, 0
	op.byNAPTR, op.noService, op.nServices, op.service = false, false, 0, 0
	op.srvs, op.srv, op.target, op.six, op.addrs, op.address = nil, 0, nil, false, nil, 0
}

// Addr returns the address that was found, with its port.
func (op *Locate) Addr() loop.Addr { return op.addr }

// Proto returns the transport to use.
func (op *Locate) Proto() Proto { return op.proto }

// Settled reports whether the transport is said: in the URI, or by NAPTR records.
func (op *Locate) Settled() bool { return op.where.Given || op.where.SIPS || op.byNAPTR }

// More reports whether it is worth while to begin op again.
func (op *Locate) More() bool {
	switch op.stage {
	case atEnd:
		return false
	case atAddress:
		return op.left > 0 && (op.address < len(op.addrs) || op.anotherFamily() || op.moreTargets())
	}
	return true
}

func (op *Locate) moreTargets() bool {
	return op.srv < len(op.srvs) || op.byNAPTR && op.service < op.nServices
}

// Free gives op back. It must not be waiting.
func (op *Locate) Free(l *loop.Loop) {
	if !op.inUse || op.one.query != nil || op.hosts.waiting() {
		panic("BUG: locate freed twice or while it waits")
	}
	op.one.reset()
	op.hosts.forget()
	op.Set(nil, Where{})
	op.done, op.inUse = asyncops.Completion{}, false
	op.r.locates.Put(l, op)
}

// Start looks for the next address.
func (op *Locate) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	op.done = c
	op.run(l)
}

// answered goes on when an answer has come.
func (op *Locate) answered(l *loop.Loop) {
	if op.stage == atHosts {
		switch op.hosts.answered(l) {
		case waits:
			return
		case refused:
			op.end(l, asyncops.Overloaded)
			return
		}
	}
	op.run(l)
}

// Cancel gives up; what has been found before stays. The questions go on.
func (op *Locate) Cancel(*loop.Loop) {
	op.one.leave()
	op.hosts.leave()
	op.stage = atEnd
}

func (op *Locate) end(l *loop.Loop, out asyncops.Outcome) {
	if out != asyncops.Completed {
		op.stage = atEnd
	}
	op.done.Done(l, out)
}
