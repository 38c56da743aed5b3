package sl

import (
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/proxy"
)

// statistics are OpenSIPS's of sl.
func statistics(c *proxy.Core) []*metrics.Stat {
	stat := func(name, doc string, of func(*proxy.Counters) *metrics.Counter) *metrics.Stat {
		return &metrics.Stat{Group: "sl", Name: name, Doc: doc, Read: func() int64 { return c.Total(of) }}
	}
	sent := func(x *proxy.Counters) int64 {
		return int64(x.SL1xx.Load() + x.SL2xx.Load() + x.SL3xx.Load() + x.SL4xx.Load() + x.SL5xx.Load() + x.SL6xx.Load())
	}
	return []*metrics.Stat{
		stat("1xx_replies", "1xx sent without a transaction", func(x *proxy.Counters) *metrics.Counter { return &x.SL1xx }),
		stat("2xx_replies", "2xx sent without a transaction", func(x *proxy.Counters) *metrics.Counter { return &x.SL2xx }),
		stat("3xx_replies", "3xx sent without a transaction", func(x *proxy.Counters) *metrics.Counter { return &x.SL3xx }),
		stat("4xx_replies", "4xx sent without a transaction", func(x *proxy.Counters) *metrics.Counter { return &x.SL4xx }),
		stat("5xx_replies", "5xx sent without a transaction", func(x *proxy.Counters) *metrics.Counter { return &x.SL5xx }),
		stat("6xx_replies", "6xx sent without a transaction", func(x *proxy.Counters) *metrics.Counter { return &x.SL6xx }),
		{Group: "sl", Name: "sent_replies", Doc: "all of these", Read: func() int64 { return c.Sum(sent) }},
		{Group: "sl", Name: "sent_err_replies", Doc: "those of 400 and above", Read: func() int64 {
			return c.Sum(func(x *proxy.Counters) int64 { return int64(x.SL4xx.Load() + x.SL5xx.Load() + x.SL6xx.Load()) })
		}},
		stat("received_ACKs", "ACKs to them, which end here", func(x *proxy.Counters) *metrics.Counter { return &x.SLAcks }),
	}
}
