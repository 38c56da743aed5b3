package redis

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A NodeInfo is what is known of a server, over all loops.
type NodeInfo struct {
	Host
	Connected              bool // at least one loop has a connection
	Slots                  int  // of a cluster, that it has
	Queries, Errors, Moved uint64
	Quiet                  time.Duration // since the last answer; negative: there was none
}

// An Info is what is known of a Redis.
type Info struct {
	Cluster   bool
	Slots     int // of a cluster, that some node has
	Refreshes uint64
	Refreshed time.Time // the last; zero: never
	Nodes     []NodeInfo
}

// Info asks all loops. It is for management; never call it on a loop.
func (c *Client) Info(ctx context.Context) Info {
	in := Info{Refreshes: c.Snapshot().Refreshes}
	if at := c.refreshedAt.Load(); at != 0 {
		in.Refreshed = time.Unix(at, 0)
	}
	for i := range c.group.Len() {
		nodes, _ := loop.Ask(ctx, c.group, i, func(l *loop.Loop) []NodeInfo { return c.states.On(l).info(l) })
		for _, n := range nodes {
			in.add(n)
		}
	}
	if top := c.top.Load(); top != nil {
		in.Cluster = true
		in.addSlots(top)
	}
	slices.SortFunc(in.Nodes, func(a, b NodeInfo) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Port, b.Port)) })
	return in
}

func (s *state) info(l *loop.Loop) (list []NodeInfo) {
	for _, n := range s.all() {
		quiet := time.Duration(-1)
		if n.heard != 0 {
			quiet = time.Duration(l.Now() - n.heard)
		}
		list = append(list, NodeInfo{Host: n.host(), Connected: len(n.conns) > 0, Queries: n.queries, Errors: n.errors, Moved: n.moved, Quiet: quiet})
	}
	return list
}

// at returns the entry of a host, which may be new.
func (in *Info) at(h Host) *NodeInfo {
	i := slices.IndexFunc(in.Nodes, func(n NodeInfo) bool { return n.Host == h })
	if i < 0 {
		i = len(in.Nodes)
		in.Nodes = append(in.Nodes, NodeInfo{Host: h, Quiet: -1})
	}
	return &in.Nodes[i]
}

// add adds what one loop says.
func (in *Info) add(n NodeInfo) {
	to := in.at(n.Host)
	to.Connected = to.Connected || n.Connected
	to.Queries += n.Queries
	to.Errors += n.Errors
	to.Moved += n.Moved
	if n.Quiet >= 0 && (to.Quiet < 0 || n.Quiet < to.Quiet) {
		to.Quiet = n.Quiet
	}
}

func (in *Info) addSlots(top *topology) {
	for _, i := range top.slots {
		if i != 0 {
			in.at(top.masters[i-1]).Slots++
			in.Slots++
		}
	}
}

// Refresh asks a cluster for its slot map at once and reports whether it has answered. It
// is for management; never call it on a loop.
func (c *Client) Refresh(ctx context.Context) bool {
	told := make(chan bool, 1)
	_, ok := loop.Ask(ctx, c.group, 0, func(l *loop.Loop) bool {
		s := c.states.On(l)
		n := s.ready(nil)
		if n == nil {
			told <- false
			return false
		}
		s.askNode(l, n, func(ok bool) { told <- ok })
		return true
	})
	if !ok {
		return false
	}
	select {
	case ok = <-told:
		return ok
	case <-ctx.Done():
		return false
	}
}

// A Pong is how a node answered a PING.
type Pong struct {
	Host
	Connected bool
	Took      time.Duration // negative: no answer
}

// pongTimeout is how long Ping waits for a node.
const pongTimeout = 2 * time.Second

// Ping asks each node that the first loop knows whether it is there. It is for
// management; never call it on a loop.
func (c *Client) Ping(ctx context.Context) []Pong {
	pongs, _ := loop.Ask(ctx, c.group, 0, func(l *loop.Loop) []chan Pong { return c.states.On(l).ping(l) })
	var all []Pong
	for _, p := range pongs {
		select {
		case x := <-p:
			all = append(all, x)
		case <-ctx.Done():
			return all
		}
	}
	slices.SortFunc(all, func(a, b Pong) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Port, b.Port)) })
	return all
}

func (s *state) ping(l *loop.Loop) (list []chan Pong) {
	for _, n := range s.all() {
		p := pinging{at: time.Now(), told: make(chan Pong, 1), Pong: Pong{Host: n.host(), Connected: len(n.conns) > 0, Took: -1}}
		list = append(list, p.told)
		if !p.Connected {
			p.told <- p.Pong
			continue
		}
		q := s.client.Command(l)
		q.ArgString("PING")
		q.node, q.pinned, q.inner = n, true, true
		if _, out, pending := q.Begin(l, pongTimeout, p); !pending {
			p.Resume(l, q, out)
		}
	}
	return list
}

// pinging waits for the answer to a PING.
type pinging struct {
	Pong
	at   time.Time // not the loop's, which stands still within a pass
	told chan Pong
}

// Resume tells how long it took.
func (p pinging) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	op.(*Command).Free(l)
	if out == asyncops.Completed {
		p.Took = time.Since(p.at)
	}
	p.told <- p.Pong
}
