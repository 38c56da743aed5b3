// Package event is what modules and scripts tell the outside world: something has
// happened, with a name and a few values (OpenSIPS's Event Interface).
//
// A module declares its events in Setup and raises them on the loop on which they
// happen. Who hears of one is the script's event_route of that name, and whoever has
// subscribed: a socket such as udp:host:port, which a module knows how to send to (a
// [Transport]). Raising never waits: what cannot be delivered at once is dropped and
// counted by whoever drops it. Nobody's being interested costs one look-up.
//
// The package refuses to know messages, transactions and the network.
package event

import "github.com/fastsips/fastsips/script"

// A Decl declares an event that a module raises. A script may raise others: they need
// no declaration.
type Decl struct {
	Name   string // such as E_UL_AOR_INSERT
	Doc    string // when it is raised
	Params []Param
}

// A Param is one value of a declared event, in the order in which they are raised.
type Param struct{ Name, Doc string }

// A Raised is an event that happens now. Whoever gets one copies what it keeps.
type Raised struct {
	Name   string
	Names  []string // of the values; nil: they have none
	Values []script.Value
	Depth  int // how many event_routes led to this one, each raising the next
}

// Names returns the names of d's values, to be used in each Raised.
func (d *Decl) Names() []string {
	list := make([]string, len(d.Params))
	for i, p := range d.Params {
		list[i] = p.Name
	}
	return list
}

// Bounds on what scripts and management may ask for.
const (
	MaxName        = 256      // bytes of an event's name, as in OpenSIPS
	MaxDepth       = 16       // of event_routes that raise events
	MaxSubscribers = 1024     // subscriptions of all events together
	MaxValues      = 64       // values of one event
	MaxText        = 60 << 10 // bytes of an event's names and values together
)
