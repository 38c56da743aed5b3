package dns

import (
	"math/rand/v2"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A stage says what a Locate does next.
type stage uint8

const (
	atStart   stage = iota
	atNAPTR         // read the answer to the NAPTR question
	atService       // ask for the SRV records of the next service
	atSRV           // read the answer
	atTarget        // ask for the addresses of the next SRV record
	atFamily        // ask for the addresses of the target: A, or in a second turn AAAA
	atHosts         // read the answer
	atAddress       // bring the next address
	atEnd           // there is nothing more
)

// run goes on until an address is found, an answer has to be waited for, or nothing
// is left.
func (op *Locate) run(l *loop.Loop) {
	for {
		v := known
		switch op.stage {
		case atStart:
			v = op.begin(l)
		case atNAPTR:
			v = op.readNAPTR()
		case atService:
			v = op.nextService(l)
		case atSRV:
			v = op.readSRV(l)
		case atTarget:
			op.nextTarget()
		case atFamily:
			v = op.lookUp(l)
		case atHosts:
			op.addrs, op.address, op.stage = op.hosts.all(), 0, atAddress
		case atAddress:
			if op.nextAddress() {
				op.end(l, asyncops.Completed)
				return
			}
		case atEnd:
			op.end(l, asyncops.Failed)
			return
		}
		switch v {
		case waits:
			return
		case refused:
			op.end(l, asyncops.Overloaded)
			return
		}
	}
}

// begin decides what has to be asked (RFC 3263 §4.1).
func (op *Locate) begin(l *loop.Loop) verdict {
	w := &op.where
	op.proto = op.defaultProto()
	_, inHosts := op.state(l).current().hosts[string(op.host)]
	switch {
	case len(op.host) == 0 || (w.SIPS || w.Given) && !w.Reach.has(op.proto):
		op.stage = atEnd
	case w.Port != 0 || inHosts:
		op.plain()
	case w.Given:
		op.addService(op.proto, "")
		op.stage = atService
	case w.NAPTR:
		op.stage = atNAPTR
		return op.ask(l, typeNAPTR, nil, op.host)
	default:
		op.usualServices()
	}
	return known
}

func (op *Locate) state(l *loop.Loop) *state { return op.r.states.On(l) }

// defaultProto is the transport where DNS says nothing of it.
func (op *Locate) defaultProto() Proto {
	w := &op.where
	switch {
	case w.SIPS:
		return TLS
	case w.Given:
		return w.Proto
	case !w.Reach.has(UDP) && w.Reach.has(TCP):
		return TCP
	}
	return UDP
}

// ask asks for NAPTR or SRV records.
func (op *Locate) ask(l *loop.Loop, kind uint16, name ...[]byte) verdict {
	op.key = appendKey(op.key[:0], kind, name...)
	if len(op.key)-2 > maxName {
		op.one.reset()
		return known // no such name, so no such records
	}
	return op.state(l).get(l, &op.one, op, op.key)
}

// plain has the host itself looked up: it has no SRV records, or needs none.
func (op *Locate) plain() {
	port := op.where.Port
	if port == 0 {
		port = op.proto.defaultPort()
	}
	op.aim(op.host, port)
}

// aim has the addresses of a host looked up next.
func (op *Locate) aim(host []byte, port uint16) {
	op.target, op.port, op.six = host, port, !op.where.Reach.v4(op.proto)
	op.stage = atFamily
	if op.aims++; op.aims > maxHosts || op.six && !op.where.Reach.v6(op.proto) {
		op.stage = atEnd
	}
}

func (op *Locate) lookUp(l *loop.Loop) verdict {
	op.stage = atHosts
	return op.hosts.begin(l, op.state(l), op, op.target, !op.six, op.six)
}

// readNAPTR chooses the services: those that can be sent by, of the first order that
// has any (RFC 3403 §4.1), by preference.
func (op *Locate) readNAPTR() verdict {
	set := op.one.set()
	if set.silent { // nobody would answer the next question either
		op.stage = atEnd
		return known
	}
	order := -1
	for i := range set.naptrs {
		n := &set.naptrs[i]
		if !op.where.Reach.has(n.proto) || op.where.SIPS && !n.sips || order >= 0 && int(n.order) != order {
			continue
		}
		order = int(n.order)
		op.addService(n.proto, n.replacement)
	}
	if op.byNAPTR = order >= 0; op.byNAPTR {
		op.proto = op.services[0].proto
		op.stage = atService
	} else {
		op.usualServices()
	}
	return known
}

// usualServices are those to ask for without NAPTR records (RFC 3263 §4.1).
func (op *Locate) usualServices() {
	op.stage = atService
	if op.where.SIPS {
		op.addService(TLS, "")
		return
	}
	for _, p := range [...]Proto{UDP, TCP} {
		if op.where.Reach.has(p) {
			op.addService(p, "")
		}
	}
}

func (op *Locate) addService(p Proto, name string) {
	if op.nServices < maxServices {
		op.services[op.nServices] = service{p, name}
		op.nServices++
	}
}

// nextService asks for the next SRV records. If none have any, it is the host's own
// addresses (RFC 3263 §4.2), unless it says that it has no such service.
func (op *Locate) nextService(l *loop.Loop) verdict {
	if op.service == op.nServices {
		if op.srvs != nil || op.noService {
			op.stage = atEnd
		} else {
			op.plain()
		}
		return known
	}
	s := &op.services[op.service]
	op.service++
	op.stage = atSRV
	if s.name != "" {
		op.name = append(op.name[:0], s.name...)
		return op.ask(l, typeSRV, op.name)
	}
	return op.ask(l, typeSRV, s.proto.label(), op.host)
}

// readSRV puts the SRV records in order.
func (op *Locate) readSRV(l *loop.Loop) verdict {
	set := op.one.set()
	switch {
	case set.silent:
		op.stage = atEnd
		return known
	case len(set.srvs) == 0:
		op.stage = atService
		return known
	case len(set.srvs) == 1 && set.srvs[0].target == "":
		op.noService, op.stage = true, atService // RFC 2782: decidedly not available
		return known
	}
	op.proto = op.services[op.service-1].proto
	op.srvs, op.srv, op.stage = set.srvs, 0, atTarget
	if op.where.Seed == 0 {
		op.where.Seed = op.state(l).rand.Uint64() | 1
	}
	shuffle(&op.order, op.srvs, op.where.Seed)
	return known
}

// nextTarget takes the next SRV record. After the last come other NAPTR records, if
// there are any.
func (op *Locate) nextTarget() {
	for op.srv < len(op.srvs) {
		s := &op.srvs[op.order[op.srv]]
		op.srv++
		if s.target != "" {
			op.name = append(op.name[:0], s.target...)
			op.aim(op.name, s.port)
			return
		}
	}
	op.stage = atEnd
	if op.byNAPTR && op.service < op.nServices {
		op.stage = atService
	}
}

// nextAddress takes the next address; false if that has to be looked for.
func (op *Locate) nextAddress() bool {
	switch {
	case op.left == 0:
		op.stage = atEnd
		return false
	case op.address < len(op.addrs):
		op.addr = op.addrs[op.address].WithPort(op.port)
		op.address++
		op.left--
		return true
	case op.anotherFamily():
		op.six, op.stage = true, atFamily
	case op.srvs != nil:
		op.stage = atTarget
	default:
		op.stage = atEnd
	}
	return false
}

func (op *Locate) anotherFamily() bool { return !op.six && op.where.Reach.v6(op.proto) }

// shuffle writes the order in which records, sorted by priority, are to be tried: those
// of one priority are drawn one after the other, each with a chance that is its share
// of the weights left (RFC 2782). The same seed gives the same order.
func shuffle(order *[maxRecords]uint8, srvs []srv, seed uint64) {
	for i := range srvs {
		order[i] = uint8(i)
	}
	rng := rand.NewPCG(seed, seed)
	for from := 0; from < len(srvs); {
		to := from + 1
		for to < len(srvs) && srvs[to].priority == srvs[from].priority {
			to++
		}
		draw(order[from:to], srvs, rng)
		from = to
	}
}

// draw orders the records of one priority. Those of weight 0 stand first when lots are
// drawn, which gives them a very small chance (RFC 2782).
func draw(order []uint8, srvs []srv, rng *rand.PCG) {
	zeros := 0
	sum := uint64(0)
	for i, o := range order {
		if sum += uint64(srvs[o].weight); srvs[o].weight == 0 {
			order[i], order[zeros] = order[zeros], o
			zeros++
		}
	}
	for i := range order {
		lot := rng.Uint64() % (sum + 1)
		k, run := i, uint64(srvs[order[i]].weight)
		for run < lot {
			k++
			run += uint64(srvs[order[k]].weight)
		}
		sum -= uint64(srvs[order[k]].weight)
		chosen := order[k]
		copy(order[i+1:k+1], order[i:k]) // the others keep their order, zeros first
		order[i] = chosen
	}
}
