package proxy

import "github.com/fastsips/fastsips/loop"

// Holdings are what one loop's part of the proxy has in hand, as numbers of things.
// All are zero when nothing is under way and the last tombstone has gone: tests
// look at that after whatever they did.
type Holdings struct {
	Entries      int // of the transaction table, tombstones among them
	Kept         int // messages kept to be sent again
	Operations   int // pending
	Messages     int
	Requests     int
	Transactions int
	Branches     int
	Runs         int
	Relays       int // t_relay calls in progress
	Resolves     int // look-ups of next hops
	Launches     int
	BranchSets   int // of reply routes
	Jobs         int // runs of timer, event and startup routes, and events that wait for theirs
	AVPs         int // lists of requests and transactions
}

// Holdings returns what the loop in hand has.
func (p *Proxy) Holdings(l *loop.Loop) Holdings {
	s := p.on(l)
	return Holdings{
		Entries: s.tm.Len(), Kept: s.keep.used, Operations: s.ops.InFlight(),
		Messages: s.messages.out(), Requests: s.requests.out(), Transactions: s.transactions.out(),
		Branches: s.branches.out(), Runs: s.contexts.out(), Relays: s.relays.out(), Resolves: s.resolves.out(),
		Launches: s.launches.out(), BranchSets: s.sets.out(), AVPs: s.avps.out(), Jobs: s.jobs.out(),
	}
}
