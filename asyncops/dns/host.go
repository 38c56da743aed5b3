package dns

import (
	"context"
	"math"
	"net/netip"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A host is what one loop knows of a name.
type host struct {
	addrs   []loop.Addr // empty: the name is known not to resolve
	until   int64       // when that is forgotten
	asked   bool        // a worker is looking it up
	waiting asyncops.Queue[Lookup]
}

// find returns what is known of name or soon will be; nil if too many names are
// being looked up.
func (r *Resolver) find(l *loop.Loop, name []byte) *host {
	known := *r.known.On(l)
	h := known[string(name)]
	if h != nil && (h.asked || l.Now() < h.until) {
		return h
	}
	if h == nil {
		if len(known) >= r.cfg.Names && !forget(known, l.Now()) {
			return nil
		}
		h = new(host)
	}
	if !r.ask(l, h, string(name)) {
		return nil
	}
	known[string(name)] = h
	return h
}

// sample is how many names forget looks at: it must not take long when all are new.
const sample = 16

// forget makes room. Of some names that nobody waits for it drops the one that would
// be forgotten first, which is a failure rather than an answer.
func forget(known map[string]*host, now int64) bool {
	victim, until, seen := "", int64(math.MaxInt64), 0
	for name, h := range known { // in any order
		if h.asked {
			continue
		}
		if h.until < until {
			victim, until = name, h.until
		}
		if seen++; seen == sample || until <= now {
			break
		}
	}
	delete(known, victim)
	return seen > 0
}

// A query is one question on its way through a worker.
type query struct {
	r     *Resolver
	host  *host // of the loop
	name  string
	home  loop.Mailbox
	task  loop.Task
	addrs []loop.Addr
}

// ask has a worker look up h's name; false if the queue is full.
func (r *Resolver) ask(l *loop.Loop, h *host, name string) bool {
	q := &query{r: r, host: h, name: name, home: l.Mailbox()}
	q.task.Run = q.arrive
	h.asked = r.workers.Submit(q.resolve)
	return h.asked
}

// resolve asks the system's resolver, in a worker. An error is an empty answer.
func (q *query) resolve() {
	defer q.home.Post(&q.task) // even after a panic, or the name would stay asked for
	ctx, cancel := context.WithTimeout(q.r.ctx, q.r.cfg.Timeout)
	defer cancel()
	ips, _ := q.r.cfg.Resolver.LookupNetIP(ctx, "ip", q.name)
	q.addrs = sorted(ips)
}

// sorted puts IPv4 first and keeps the resolver's order otherwise.
func sorted(ips []netip.Addr) []loop.Addr {
	var v4, v6 []loop.Addr
	for _, ip := range ips {
		if a := loop.AddrFrom(netip.AddrPortFrom(ip, 0)); a.Is4() {
			v4 = append(v4, a)
		} else {
			v6 = append(v6, a)
		}
	}
	return append(v4, v6...)
}

// arrive brings the answer home.
func (q *query) arrive(l *loop.Loop) {
	h, keep := q.host, q.r.cfg.Positive
	if len(q.addrs) == 0 {
		keep = q.r.cfg.Negative
	}
	h.addrs, h.until, h.asked = q.addrs, l.Now()+int64(keep), false
	for h.waiting.Len() > 0 {
		h.waiting.Pop().end(l, q.addrs)
	}
}
