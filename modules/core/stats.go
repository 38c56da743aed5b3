package core

import (
	"time"

	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/transport"
)

// statistics are those of OpenSIPS's core, and all further counters of the proxy and
// its sockets under groups of their own.
func statistics(c *proxy.Core) []*metrics.Stat {
	started := time.Now()
	total := func(of func(*proxy.Counters) *metrics.Counter) func() int64 {
		return func() int64 { return c.Total(of) }
	}
	list := []*metrics.Stat{
		{Group: "core", Name: "rcv_requests", Doc: "requests received", Read: total(func(x *proxy.Counters) *metrics.Counter { return &x.Requests })},
		{Group: "core", Name: "rcv_replies", Doc: "responses received", Read: total(func(x *proxy.Counters) *metrics.Counter { return &x.Replies })},
		{Group: "core", Name: "fwd_requests", Doc: "requests forwarded without state", Read: total(func(x *proxy.Counters) *metrics.Counter { return &x.Forwarded })},
		{Group: "core", Name: "fwd_replies", Doc: "responses to requests that were forwarded without state", Read: total(func(x *proxy.Counters) *metrics.Counter { return &x.ForwardedReplies })},
		{Group: "core", Name: "drop_requests", Doc: "requests that the script never saw: ACKs to replies of sl, loops, copies by another path, overload",
			Read: func() int64 {
				return c.Sum(func(x *proxy.Counters) int64 {
					return int64(x.SLAcks.Load() + x.Loops.Load() + x.Merged.Load() + x.Shed.Load())
				})
			}},
		{Group: "core", Name: "drop_replies", Doc: "responses dropped: by drop in an onreply_route, or since they match nothing", Read: func() int64 {
			return c.Sum(func(x *proxy.Counters) int64 { return int64(x.DroppedReplies.Load() + x.StrayReplies.Load()) })
		}},
		{Group: "core", Name: "err_requests", Doc: "broken requests", Read: func() int64 {
			return c.Sum(func(x *proxy.Counters) int64 { return int64(x.BadMessages.Load() - x.BadReplies.Load()) })
		}},
		{Group: "core", Name: "err_replies", Doc: "broken responses", Read: total(func(x *proxy.Counters) *metrics.Counter { return &x.BadReplies })},
		{Group: "core", Name: "bad_URIs_rcvd", Doc: "requests whose Request-URI is broken", Read: total(func(x *proxy.Counters) *metrics.Counter { return &x.BadURIs })},
		{Group: "core", Name: "bad_msg_hdr", Doc: "messages that are broken elsewhere", Read: func() int64 {
			return c.Sum(func(x *proxy.Counters) int64 { return int64(x.BadMessages.Load() - x.BadURIs.Load()) })
		}},
		{Group: "core", Name: "slow_messages", Doc: "always 0: no message holds up a loop", Fixed: true, Read: func() int64 { return 0 }},
		{Group: "core", Name: "timestamp", Doc: "seconds since the start", Fixed: true, Read: func() int64 { return int64(time.Since(started).Seconds()) }},
		{Group: "net", Name: "waiting_udp", Doc: "bytes of memory that received datagrams take in the kernel", Fixed: true, Read: func() int64 { return waitingUDP(c) }},
	}
	list = append(list, asyncStatistics(c)...)
	list = append(list, proxy.AllCounters("proxy", "see docs/operations.md", c.CounterStructs)...)
	return append(list, proxy.AllCounters("transport", "see docs/operations.md", func() []*transport.Counters { return transportCounters(c) })...)
}

func waitingUDP(c *proxy.Core) int64 {
	if c == nil || c.Group == nil {
		return 0
	}
	return c.Group.WaitingUDP()
}

func transportCounters(c *proxy.Core) (list []*transport.Counters) {
	if c == nil || c.Proxy() == nil {
		return nil
	}
	for i := range c.Group.Len() {
		list = append(list, c.Proxy().Transport().Counters(i))
	}
	return list
}
