package cachedb_redis

import (
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/metrics"
)

func (m *Module) statistics() []*metrics.Stat {
	stat := func(name, doc string, of func(redis.Stats) uint64) *metrics.Stat {
		return &metrics.Stat{Group: "cachedb_redis", Name: name, Doc: doc, Read: func() int64 {
			var n uint64
			for _, s := range m.stores {
				n += of(s.client.Snapshot())
			}
			return int64(n)
		}}
	}
	return []*metrics.Stat{
		stat("redis_queries", "commands that were answered, and not by an error", func(s redis.Stats) uint64 { return s.Succeeded }),
		stat("redis_queries_failed", "commands that failed, for whatever reason, or got no answer in time", func(s redis.Stats) uint64 {
			return s.Failed + s.TimedOut + s.Overloaded + s.Unavailable
		}),
		stat("redis_moved", "redirections to another node of a cluster", func(s redis.Stats) uint64 { return s.Moved }),
		stat("redis_topology_refreshes", "times that a cluster has said which node has what", func(s redis.Stats) uint64 { return s.Refreshes }),
	}
}
