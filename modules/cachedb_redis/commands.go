package cachedb_redis

import (
	"context"
	"time"

	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/mi"
)

func (m *Module) commands() []*mi.Command {
	group := mi.Str("group", "group of a cachedb_url; all groups if it is left out")
	command := func(name, doc string, one func(context.Context, *store) any) *mi.Command {
		run := func(ctx context.Context, wanted func(*store) bool) (any, error) {
			list := []any{}
			for _, s := range m.stores {
				if wanted(s) {
					list = append(list, one(ctx, s))
				}
			}
			return list, nil
		}
		return &mi.Command{Name: "cachedb_redis:" + name, Doc: doc, Recipes: []mi.Recipe{
			mi.Recipe0(func(ctx context.Context) (any, error) { return run(ctx, func(*store) bool { return true }) }),
			mi.Recipe1(group, func(ctx context.Context, g string) (any, error) {
				return run(ctx, func(s *store) bool { return s.url.Group == g })
			}),
		}}
	}
	return []*mi.Command{
		command("redis_cluster_info", "Show the Redis servers: nodes, slots, and how much they were asked.", clusterInfo),
		command("redis_cluster_refresh", "Have the clusters say anew which node has what.", clusterRefresh),
		command("redis_ping_nodes", "Ask each server whether it is there, and say how long it took.", pingNodes),
	}
}

func clusterInfo(ctx context.Context, s *store) any {
	in := s.client.Info(ctx)
	o := mi.Object{{Name: "group", Value: s.url.Group}, {Name: "url", Value: shown(s)}, {Name: "mode", Value: mode(in)}, {Name: "transport", Value: "tcp"}}
	if in.Cluster {
		o = append(o, mi.Member{Name: "cluster_command", Value: "SLOTS"})
	}
	last := int64(0)
	if !in.Refreshed.IsZero() {
		last = in.Refreshed.Unix()
	}
	nodes := []any{}
	for _, n := range in.Nodes {
		nodes = append(nodes, nodeInfo(in, n))
	}
	o = append(o, mi.Member{Name: "topology_refreshes", Value: in.Refreshes}, mi.Member{Name: "last_topology_refresh", Value: last},
		mi.Member{Name: "nodes", Value: nodes})
	if in.Cluster {
		o = append(o, mi.Member{Name: "total_slots_mapped", Value: in.Slots})
	}
	return o
}

// shown is the URL without its password.
func shown(s *store) string {
	u := s.url
	if a, err := parse(u); err == nil && a.password != "" {
		u.Rest = a.user + ":***@" + a.hosts[0].String()
	}
	return u.String()
}

func mode(in redis.Info) string {
	if in.Cluster {
		return "cluster"
	}
	return "single"
}

func nodeInfo(in redis.Info, n redis.NodeInfo) mi.Object {
	status, quiet := "disconnected", int64(-1)
	if n.Connected {
		status = "connected"
	}
	if n.Quiet >= 0 {
		quiet = int64(n.Quiet / time.Second)
	}
	o := mi.Object{{Name: "ip", Value: n.Name}, {Name: "port", Value: n.Port}, {Name: "status", Value: status}}
	if in.Cluster {
		o = append(o, mi.Member{Name: "slots_assigned", Value: n.Slots})
	}
	return append(o, mi.Member{Name: "queries", Value: n.Queries}, mi.Member{Name: "errors", Value: n.Errors}, mi.Member{Name: "moved", Value: n.Moved},
		mi.Member{Name: "last_activity", Value: quiet})
}

func clusterRefresh(ctx context.Context, s *store) any {
	status := "skipped (not cluster mode)"
	if s.client.Info(ctx).Cluster {
		status = "error"
		if s.client.Refresh(ctx) {
			status = "ok"
		}
	}
	return mi.Object{{Name: "group", Value: s.url.Group}, {Name: "status", Value: status}}
}

func pingNodes(ctx context.Context, s *store) any {
	nodes := []any{}
	for _, p := range s.client.Ping(ctx) {
		status, us := "reachable", p.Took.Microseconds()
		switch {
		case !p.Connected:
			status, us = "disconnected", -1
		case p.Took < 0:
			status, us = "unreachable", -1
		}
		nodes = append(nodes, mi.Object{{Name: "ip", Value: p.Name}, {Name: "port", Value: p.Port}, {Name: "status", Value: status}, {Name: "latency_us", Value: us}})
	}
	return mi.Object{{Name: "group", Value: s.url.Group}, {Name: "nodes", Value: nodes}}
}
