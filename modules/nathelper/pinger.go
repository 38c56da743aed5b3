package nathelper

import (
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/timer"
	"github.com/fastsips/fastsips/transport"
	"github.com/fastsips/fastsips/usrloc"
)

// A pinger sends pings to contacts, each once in natping_interval. The places at which the
// store has its records are shared out to the loops, and each loop walks through its own
// at an even pace: there is no timer for a contact, and no burst.
type pinger struct {
	set      *pingSettings
	core     *proxy.Core
	location location
	store    *usrloc.Store
	nat      uint32      // nat_bflag
	on       atomic.Bool // else no pings are sent (enable_ping)
	ended    atomic.Bool
	kind     timer.Kind
	rounds   loop.Local[round]
	counters []*pingCounters
	key      [32]byte // of what is in the branches of pings

	forced, nulSocket *transport.Listener
}

// location is what nathelper needs of the module usrloc.
type location interface {
	Location() *usrloc.Store
	NATFlag() uint32
}

// pingCounters are what one loop has done.
type pingCounters struct {
	Sent    metrics.Counter // pings that went out
	Unknown metrics.Counter // contacts for which there was no address, or no socket
	Answers metrics.Counter // answers to SIP pings
	Removed metrics.Counter // contacts that were removed since they did not answer
}

// The pace.
const (
	batch   = 64 // contacts to ping at a time, about
	most    = 8 * batch
	minTick = 5 * time.Millisecond
	maxTick = time.Second
)

// A round is how far a loop has come, and what it waits for.
type round struct {
	begun   int64 // Loop.Now
	at      []int // by domain: the next place
	sent    int   // in this tick
	waits   waits
	sockets map[string]*transport.Listener // by usrloc's text; nil: there is none any more
	ids     uint64                         // for Call-IDs and tags
	seed    uint64
	text    []byte
	host    []byte
}

// start prepares pings.
func (p *pinger) start(e *module.Env, s *pingSettings) error {
	loc, ok := e.Module("usrloc").(location)
	switch {
	case !ok:
		return fmt.Errorf(`natping_interval needs loadmodule "usrloc.so"`)
	case s.sipFlag != 0 && s.from == "":
		return fmt.Errorf("sipping_bflag needs sipping_from, the From URI of the requests")
	}
	p.set, p.core = s, e.Shared.(*proxy.Core)
	if s.removeFlag != 0 && s.threshold > s.interval {
		s.threshold = s.interval / 2
		p.core.Group.Logger().Warn("nathelper: ping_threshold is longer than natping_interval, and taken for half of that")
	}
	p.location, p.store = loc, loc.Location()
	p.on.Store(true)
	p.kind = p.core.Group.NewKind(func(l *loop.Loop, _ uint64) { p.tick(l) })
	p.counters = metrics.PerLoop[pingCounters](p.core.Group.Len())
	p.rounds = loop.NewLocal(p.core.Group, func(int) round { return round{sockets: map[string]*transport.Listener{}, seed: randomNumber()} })
	_, err := rand.Read(p.key[:])
	if s.sipFlag != 0 {
		p.core.Settings.ReplyTakers = append(p.core.Settings.ReplyTakers, p.take)
	}
	return err
}

// open begins to send, when all of usrloc is known.
func (p *pinger) open() error {
	if p.nat = p.location.NATFlag(); p.set.natedOnly && p.nat == 0 {
		return fmt.Errorf("ping_nated_only needs usrloc's nat_bflag")
	}
	for _, x := range []struct {
		to         **transport.Listener
		name, text string
	}{{&p.forced, "force_socket", p.set.force}, {&p.nulSocket, "natping_socket", p.set.natSocket}} {
		if x.text == "" {
			continue
		}
		if *x.to = p.core.Proxy().ListenerNamed([]byte(x.text)); *x.to == nil {
			return fmt.Errorf("%s: %q is no socket of ours", x.name, x.text)
		}
	}
	for i := range p.core.Group.Len() {
		p.core.Group.Do(i, func(l *loop.Loop) {
			p.begin(l, l.Now())
			l.After(minTick, p.kind, 0)
		})
	}
	return nil
}

// begin is the start of a loop's round.
func (p *pinger) begin(l *loop.Loop, now int64) {
	r := p.rounds.On(l)
	r.begun, r.at = now, r.at[:0]
	for _, d := range p.store.Domains() {
		first, _ := share(d, l)
		r.at = append(r.at, first)
	}
}

// share is which places of d are those of the loop in hand.
func share(d *usrloc.Domain, l *loop.Loop) (first, end int) {
	n := d.Places()
	return n * l.Index() / l.Count(), n * (l.Index() + 1) / l.Count()
}

// tick goes on to where the loop should be by now.
func (p *pinger) tick(l *loop.Loop) {
	r, now := p.rounds.On(l), l.Now()
	if p.ended.Load() {
		return
	}
	if !p.on.Load() {
		p.begin(l, now)
		l.After(maxTick, p.kind, 0)
		return
	}
	p.overdue(l, r, now)
	if r.sent = 0; p.walk(l, r, now) && now-r.begun >= int64(p.set.interval) {
		r.waits.turn()
		p.begin(l, max(r.begun+int64(p.set.interval), now-int64(p.set.interval)))
	}
	l.After(p.pause(l, r), p.kind, 0)
}

// walk pings the contacts at the places up to the present one. False: there are too many
// for one time.
func (p *pinger) walk(l *loop.Loop, r *round, now int64) bool {
	part := min(float64(now-r.begun)/float64(p.set.interval), 1)
	wall := l.Wall().Unix()
	for i, d := range p.store.Domains() {
		first, end := share(d, l)
		to := first + int(part*float64(end-first))
		ping := func(rec usrloc.Record) { p.record(l, r, d, rec, wall) }
		for ; r.at[i] < to; r.at[i]++ {
			if r.sent >= most {
				return false
			}
			d.Range(r.at[i], r.at[i]+1, ping)
		}
	}
	return true
}

// pause is the time in which about a batch of contacts is due.
func (p *pinger) pause(l *loop.Loop, r *round) time.Duration {
	if r.sent >= most {
		return minTick
	}
	users := int64(1)
	for _, d := range p.store.Domains() {
		users += d.Users()
	}
	return min(max(p.set.interval*batch*time.Duration(l.Count())/time.Duration(users), minTick), maxTick, p.set.interval/4+1)
}

// record pings the contacts of an AoR.
func (p *pinger) record(l *loop.Loop, r *round, d *usrloc.Domain, rec usrloc.Record, wall int64) {
	var c usrloc.Contact
	for at, ok := rec.Next(0, &c); ok; at, ok = rec.Next(at, &c) {
		if !c.Live(wall) || p.set.natedOnly && c.BranchFlags&p.nat == 0 {
			continue
		}
		f, ok := p.flow(l, r, &c)
		switch {
		case ok && c.BranchFlags&p.set.sipFlag != 0:
			p.request(l, r, d, rec, &c, &f)
		case ok:
			p.keepAlive(l, r, &f)
		}
	}
}

// keepAlive is what NATs see as traffic and user agents pass over: four NULs, and on a
// connection the double CRLF of RFC 5626 §3.5.1.
func (p *pinger) keepAlive(l *loop.Loop, r *round, f *transport.Flow) {
	o := l.NewOut()
	if f.Proto.Reliable() {
		o.Set(append(o.Buf()[:0], "\r\n\r\n"...))
	} else {
		o.Set(append(o.Buf()[:0], 0, 0, 0, 0))
		if s := p.nulSocket; s != nil && s.Proto() == f.Proto && s.Addr().Is4() == f.Remote.Is4() {
			f.Listener, f.Local = s.Index(), s.Source(f.Remote, loop.Addr{})
		}
	}
	p.send(l, r, f, o)
}

func (p *pinger) send(l *loop.Loop, r *round, f *transport.Flow, o *loop.Out) {
	p.core.Proxy().Transport().Send(l, f, o)
	l.Free(o)
	r.sent++
	p.counters[l.Index()].Sent.Inc()
}

// change has the store do something with an AoR. Nobody waits for it.
func (p *pinger) change(l *loop.Loop, ch *usrloc.Change) {
	if _, op := p.store.Begin(l, ch); op != nil {
		if _, out, pending := p.core.Ops.On(l).Begin(l, op, 0, unwatched{}); !pending {
			op.Result(l, out)
		}
	}
}

type unwatched struct{}

// Resume gives the operation up.
func (unwatched) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	op.(usrloc.UpdateOp).Result(l, out)
}
