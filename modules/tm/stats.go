package tm

import (
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/proxy"
)

// statistics are OpenSIPS's of tm.
func statistics(c *proxy.Core) []*metrics.Stat {
	stat := func(name, doc string, of func(*proxy.Counters) *metrics.Counter) *metrics.Stat {
		return &metrics.Stat{Group: "tm", Name: name, Doc: doc, Read: func() int64 { return c.Total(of) }}
	}
	sum := func(name, doc string, of func(*proxy.Counters) int64) *metrics.Stat {
		return &metrics.Stat{Group: "tm", Name: name, Doc: doc, Read: func() int64 { return c.Sum(of) }}
	}
	inUse := sum("inuse_transactions", "transactions that are not answered yet", func(x *proxy.Counters) int64 { return x.InUse.Load() })
	inUse.Fixed = true
	return []*metrics.Stat{
		sum("received_replies", "responses that belong to a transaction", func(x *proxy.Counters) int64 {
			return int64(x.Replies.Load() - x.StrayReplies.Load() - x.ForwardedReplies.Load())
		}),
		stat("relayed_replies", "responses relayed", func(x *proxy.Counters) *metrics.Counter { return &x.RelayedReplies }),
		sum("local_replies", "responses made here, of a transaction", localReplies),
		stat("UAS_transactions", "transactions of received requests", func(x *proxy.Counters) *metrics.Counter { return &x.ServerTransactions }),
		stat("UAC_transactions", "transactions of branches", func(x *proxy.Counters) *metrics.Counter { return &x.ClientTransactions }),
		stat("2xx_transactions", "transactions that ended with a 2xx", func(x *proxy.Counters) *metrics.Counter { return &x.Tx2xx }),
		stat("3xx_transactions", "transactions that ended with a 3xx", func(x *proxy.Counters) *metrics.Counter { return &x.Tx3xx }),
		stat("4xx_transactions", "transactions that ended with a 4xx", func(x *proxy.Counters) *metrics.Counter { return &x.Tx4xx }),
		stat("5xx_transactions", "transactions that ended with a 5xx", func(x *proxy.Counters) *metrics.Counter { return &x.Tx5xx }),
		stat("6xx_transactions", "transactions that ended with a 6xx", func(x *proxy.Counters) *metrics.Counter { return &x.Tx6xx }),
		inUse,
		stat("timeout_finalresponse", "branches that had no final response in time", func(x *proxy.Counters) *metrics.Counter { return &x.Timeouts }),
		stat("timeout_finalresponse_inv", "those of INVITEs", func(x *proxy.Counters) *metrics.Counter { return &x.InviteTimeouts }),
	}
}

func localReplies(x *proxy.Counters) int64 {
	without := x.SL1xx.Load() + x.SL2xx.Load() + x.SL3xx.Load() + x.SL4xx.Load() + x.SL5xx.Load() + x.SL6xx.Load()
	return int64(x.LocalReplies.Load() - without)
}
