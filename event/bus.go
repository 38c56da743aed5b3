package event

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A Transport sends events to sockets of one protocol.
type Transport interface {
	// Open makes a subscriber of what stands behind "protocol:". It must not wait: a
	// name is looked up afterwards.
	Open(socket string) (Sink, error)
}

// A Sink is one subscriber's way out.
type Sink interface {
	// Send sends r on its way, from any loop, without waiting.
	Send(l *loop.Loop, r *Raised)
	// Close ends it. Sends that are under way may still come.
	Close()
}

// A Bus carries events from those who raise them to those who want them. The zero
// value is ready. What is declared, and the transports, are there before the loops run;
// subscriptions come and go at any time, on any loop.
type Bus struct {
	declared   map[string]*Decl
	transports map[string]Transport
	subs       atomic.Pointer[table]
	route      func(l *loop.Loop, r *Raised) bool
	routed     func(name string) bool
	watcher    Watcher
	closed     atomic.Bool
}

// A table is all subscriptions at one moment: it never changes.
type table struct {
	byEvent map[string][]subscriber
	n       int
}

type subscriber struct {
	socket  string // as it was subscribed, "udp:127.0.0.1:9000"
	sink    Sink
	seconds int   // 0: for ever
	until   int64 // of Loop.Now; 0: for ever
}

func (s *subscriber) over(now int64) bool { return s.until != 0 && s.until <= now }

// Declare adds the events of a module. A name that is there already stays with whoever
// came first.
func (b *Bus) Declare(list ...*Decl) {
	for _, d := range list {
		if b.declared == nil {
			b.declared = map[string]*Decl{}
		}
		if b.declared[d.Name] == nil {
			b.declared[d.Name] = d
		}
	}
}

// AddTransport has t open sockets that begin with "protocol:".
func (b *Bus) AddTransport(protocol string, t Transport) {
	if b.transports == nil {
		b.transports = map[string]Transport{}
	}
	b.transports[protocol] = t
}

// RouteBy says what delivers to event_routes: wanted reports whether there is one now,
// run has it run.
func (b *Bus) RouteBy(wanted func(name string) bool, run func(l *loop.Loop, r *Raised) bool) {
	b.routed, b.route = wanted, run
}

// A Watcher hears of events for runs of the script that wait for them.
type Watcher interface {
	// Wanted reports whether any run waits for an event of that name now. Any loop may ask.
	Wanted(name string) bool
	// Raised is told of every event that is wanted, on the loop that raises it, and must
	// not wait nor run a script there. It copies what it keeps.
	Raised(l *loop.Loop, r *Raised)
}

// WatchBy has w told of events. Call it before the loops run.
func (b *Bus) WatchBy(w Watcher) { b.watcher = w }

// Wanted reports whether anybody would hear of an event now. Who has to gather its values
// asks first.
func (b *Bus) Wanted(name string) bool {
	if b.routed != nil && b.routed(name) {
		return true
	}
	if b.watcher != nil && b.watcher.Wanted(name) {
		return true
	}
	t := b.subs.Load()
	return t != nil && len(t.byEvent[name]) > 0
}

// Raise tells everybody who wants to know, in the order of subscription; the event_route
// runs after the callback in hand.
func (b *Bus) Raise(l *loop.Loop, r *Raised) {
	if b.routed != nil && b.routed(r.Name) {
		b.route(l, r)
	}
	if b.watcher != nil && b.watcher.Wanted(r.Name) {
		b.watcher.Raised(l, r)
	}
	t := b.subs.Load()
	if t == nil {
		return
	}
	for i := range t.byEvent[r.Name] {
		if s := &t.byEvent[r.Name][i]; !s.over(l.Now()) {
			s.sink.Send(l, r)
		}
	}
}

// Errors of Subscribe, besides those of a Transport.
var (
	ErrName      = errors.New("an event has a name of 1 to 256 bytes")
	ErrFull      = fmt.Errorf("there are %d subscriptions already", MaxSubscribers)
	ErrClosed    = errors.New("the proxy is about to end")
	ErrTransport = errors.New("no loaded module sends to such a socket")
)

// Subscribe has the socket told of every event of that name, for some seconds, or for
// ever if they are 0. Subscribing again prolongs; with 0 it leaves a limit that there is as
// it is, counted from now. Now is the loop's time.
func (b *Bus) Subscribe(now int64, name, socket string, seconds int) error {
	if len(name) == 0 || len(name) > MaxName {
		return ErrName
	}
	proto, rest, _ := strings.Cut(socket, ":")
	t := b.transports[proto]
	if t == nil {
		return fmt.Errorf("%w: %q", ErrTransport, socket)
	}
	sub := &subscribing{name: name, socket: socket, seconds: seconds, now: now, open: func() (Sink, error) { return t.Open(rest) }}
	for {
		old := b.subs.Load()
		next, ended, err := sub.apply(old)
		if err != nil {
			return err
		}
		if b.subs.CompareAndSwap(old, next) {
			closeAll(ended)
			break
		}
	}
	if b.closed.Load() {
		b.Close()
		return ErrClosed
	}
	return nil
}

// A subscribing is one call of Subscribe, which may have to begin again.
type subscribing struct {
	name, socket string
	seconds      int
	now          int64
	open         func() (Sink, error)
	made         Sink // opened for it; nil where there is a subscription to prolong
}

// apply makes the table that old becomes.
func (u *subscribing) apply(old *table) (next *table, ended []Sink, err error) {
	i := old.index(u.name, u.socket)
	next, ended = old.without(u.now, u.name, u.socket)
	s := subscriber{socket: u.socket, seconds: u.seconds}
	switch {
	case next.n >= MaxSubscribers:
		u.forget()
		return nil, nil, ErrFull
	case i >= 0:
		u.forget()
		before := &old.byEvent[u.name][i]
		if s.sink = before.sink; s.seconds == 0 {
			s.seconds = before.seconds
		}
	case u.made == nil:
		if u.made, err = u.open(); err != nil {
			return nil, nil, err
		}
		s.sink = u.made
	default:
		s.sink = u.made
	}
	if s.seconds > 0 {
		s.until = u.now + int64(s.seconds)*int64(time.Second)
	}
	next.add(u.name, s)
	return next, ended, nil
}

// forget closes what was opened in vain: somebody else was quicker.
func (u *subscribing) forget() {
	if u.made != nil {
		u.made.Close()
		u.made = nil
	}
}

// Close ends all subscriptions, and lets none begin.
func (b *Bus) Close() {
	b.closed.Store(true)
	if t := b.subs.Swap(nil); t != nil {
		for _, list := range t.byEvent {
			for i := range list {
				list[i].sink.Close()
			}
		}
	}
}

func closeAll(list []Sink) {
	for _, s := range list {
		s.Close()
	}
}

// index finds a subscription; -1: there is none. The nil table is an empty one.
func (t *table) index(name, socket string) int {
	if t == nil {
		return -1
	}
	return slices.IndexFunc(t.byEvent[name], func(s subscriber) bool { return s.socket == socket })
}

// without copies t, leaving out one subscription, and those that are over, whose sinks
// it returns.
func (t *table) without(now int64, name, socket string) (next *table, ended []Sink) {
	next = &table{byEvent: map[string][]subscriber{}}
	if t == nil {
		return next, nil
	}
	for event, list := range t.byEvent {
		for _, s := range list {
			switch {
			case event == name && s.socket == socket:
			case s.over(now):
				ended = append(ended, s.sink)
			default:
				next.add(event, s)
			}
		}
	}
	return next, ended
}

func (t *table) add(name string, s subscriber) {
	t.byEvent[name] = append(t.byEvent[name], s)
	t.n++
}

// A Subscription is what a list of them shows.
type Subscription struct {
	Event, Socket string
	Seconds       int // as asked for; 0: for ever
}

// Subscriptions lists those that are not over, by event and in order.
func (b *Bus) Subscriptions(now int64) (list []Subscription) {
	t := b.subs.Load()
	if t == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(t.byEvent)) {
		for _, s := range t.byEvent[name] {
			if !s.over(now) {
				list = append(list, Subscription{name, s.socket, s.seconds})
			}
		}
	}
	return list
}

// Declared lists the events that modules declare, by name.
func (b *Bus) Declared() []*Decl {
	return slices.SortedFunc(maps.Values(b.declared), func(x, y *Decl) int { return cmp.Compare(x.Name, y.Name) })
}
