package scenario

import (
	"container/heap"
	"net/netip"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A Net is a network in memory and the loops on it, in virtual time. Nothing
// happens but in its methods, and all of it on their caller's goroutine: sending and
// receiving, the loops' passes, and what was asked for by At. It is deterministic as
// far as its users are.
type Net struct {
	Loops *loop.Virtual
	// Fate, if set, says what becomes of a datagram: it arrives once after each of
	// the delays, so that none is a loss and two are a duplication. Unset, it arrives
	// at once.
	Fate func(from, to loop.Addr, b []byte) []time.Duration
	// Trace, if set, sees each datagram when it is sent.
	Trace func(from, to loop.Addr, b []byte)
	// Stray counts datagrams to where nobody listens.
	Stray int

	ports  map[loop.Addr]func(from loop.Addr, b []byte)
	events events
	seq    int
}

// NewNet makes a network on which addresses can be given; nothing else happens
// before a proxy is started on it.
func NewNet() *Net { return &Net{ports: map[loop.Addr]func(loop.Addr, []byte){}} }

// firstPort is that of the first Listen.
const firstPort = 20001

// Listen gives a user agent an address, 127.0.0.1 with a port of its own, at which
// recv gets what arrives. Recv may keep b.
func (n *Net) Listen(recv func(from loop.Addr, b []byte)) loop.Addr {
	a := loop.AddrFrom(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(firstPort+len(n.ports))))
	n.ports[a] = recv
	return a
}

// Send sends a datagram, of which it makes a copy.
func (n *Net) Send(from, to loop.Addr, b []byte) {
	if n.Trace != nil {
		n.Trace(from, to, b)
	}
	b = append([]byte(nil), b...)
	if n.Fate == nil {
		n.arrive(from, to, b)
		return
	}
	for _, d := range n.Fate(from, to, b) {
		n.At(n.Now()+int64(d), func() { n.arrive(from, to, b) })
	}
}

func (n *Net) arrive(from, to loop.Addr, b []byte) {
	if recv := n.ports[to]; recv != nil {
		recv(from, b)
	} else if !n.Loops.Deliver(from, to, b) {
		n.Stray++
	}
}

// Now is the time in nanoseconds.
func (n *Net) Now() int64 { return n.Loops.Now() }

// At has do called when the clock shows at, after what was asked for before.
func (n *Net) At(at int64, do func()) {
	n.seq++
	heap.Push(&n.events, event{at, n.seq, do})
}

// Run lets time pass until d from now, from one event or timer to the next, or
// until done reports true; nil never does.
func (n *Net) Run(d time.Duration, done func() bool) bool {
	until := n.Now() + int64(d)
	for {
		n.settle()
		if done != nil && done() {
			return true
		}
		at, ok := n.Loops.Next()
		if len(n.events) > 0 && (!ok || n.events[0].at < at) {
			at, ok = n.events[0].at, true
		}
		if !ok || at > until {
			break
		}
		n.Loops.AdvanceTo(at)
	}
	n.Loops.AdvanceTo(until)
	return done != nil && done()
}

// settle does all that is to be done now.
func (n *Net) settle() {
	n.Loops.Settle()
	for len(n.events) > 0 && n.events[0].at <= n.Now() {
		heap.Pop(&n.events).(event).do()
		n.Loops.Settle()
	}
}

// An event is what Net.At was asked for.
type event struct {
	at  int64
	seq int
	do  func()
}

// events is a heap, the earliest first.
type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = event{}
	*e = (*e)[:last]
	return x
}
