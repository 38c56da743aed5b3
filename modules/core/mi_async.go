package core

import (
	"context"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/mi"
)

// Bounds of async:list.
const (
	usualListed = 100
	maxListed   = 10_000
)

func (m management) asyncCommands() []*mi.Command {
	loopOf := mi.Int("loop", "only those of this loop, from 0")
	older := mi.Int("older_than", "only those that have waited for so many milliseconds")
	limit := mi.Int("limit", "list no more than so many, from 0 to 10000; 100 unless given")
	list := m.asyncList
	return []*mi.Command{
		{Name: "async:list", Doc: "List what runs wait for, the longest first: since when, on which loop, for which call, where in the script. Count is of all.", Recipes: []mi.Recipe{
			mi.Recipe0(func(ctx context.Context) (any, error) { return list(ctx, -1, 0, usualListed) }),
			mi.Recipe1(limit, func(ctx context.Context, n int) (any, error) { return list(ctx, -1, 0, n) }),
			mi.Recipe1(loopOf, func(ctx context.Context, i int) (any, error) { return list(ctx, i, 0, usualListed) }),
			mi.Recipe1(older, func(ctx context.Context, ms int) (any, error) { return list(ctx, -1, ms, usualListed) }),
			mi.Recipe2(loopOf, older, func(ctx context.Context, i, ms int) (any, error) { return list(ctx, i, ms, usualListed) }),
			mi.Recipe2(loopOf, limit, func(ctx context.Context, i, n int) (any, error) { return list(ctx, i, 0, n) }),
			mi.Recipe2(older, limit, func(ctx context.Context, ms, n int) (any, error) { return list(ctx, -1, ms, n) }),
			mi.Recipe3(loopOf, older, limit, list)}},
		{Name: "async:backends", Doc: "Show what operations ask, how often, how they ended and how long they took.", Recipes: []mi.Recipe{
			mi.Recipe0(m.asyncBackends)}},
	}
}

func (m management) asyncList(ctx context.Context, loop, older, limit int) (any, error) {
	switch {
	case loop < -1 || loop >= m.core.Group.Len():
		return nil, mi.Errorf(404, "No such loop")
	case older < 0 || limit < 0 || limit > maxListed:
		return nil, mi.Errorf(400, "Bad older_than or limit")
	}
	q := asyncops.Survey{Loop: loop, Older: time.Duration(older) * time.Millisecond, Limit: limit}
	n, oldest, now, err := q.Run(ctx, m.core.Group, m.core.Ops)
	if err != nil {
		return nil, err
	}
	list := []mi.Object{}
	for i := range oldest {
		list = append(list, pendingObject(&oldest[i], now))
	}
	return mi.Object{{Name: "Count", Value: n}, {Name: "Operations", Value: list}}, nil
}

func pendingObject(p *asyncops.Pending, now int64) mi.Object {
	ms := func(ns int64) int64 { return max(ns, 0) / int64(time.Millisecond) }
	o := mi.Object{
		{Name: "Loop", Value: p.Loop}, {Name: "Waited", Value: ms(now - p.Began)}, {Name: "Left", Value: ms(p.Deadline - now)},
		{Name: "Operation", Value: p.Backend.Op()}, {Name: "Backend", Value: p.Backend.Name()},
	}
	for _, x := range []mi.Member{{Name: "How", Value: p.How}, {Name: "Call-ID", Value: p.CallID}, {Name: "Method", Value: p.Method},
		{Name: "Route", Value: p.Route}, {Name: "Place", Value: p.Place}, {Name: "Call", Value: p.Call}} {
		if x.Value != "" {
			o = append(o, x)
		}
	}
	return o
}

func (m management) asyncBackends(context.Context) (any, error) {
	list := []mi.Object{}
	for _, b := range backends(m.core) {
		u := b.Usage()
		micros := func(q float64) int64 { return u.Latency.Quantile(q) / 1000 }
		list = append(list, mi.Object{
			{Name: "Operation", Value: b.Op()}, {Name: "Backend", Value: b.Name()},
			{Name: "Begun", Value: u.Begun}, {Name: "In_Flight", Value: u.InFlight()}, {Name: "Queued", Value: u.Queued},
			{Name: "Completed", Value: u.Completed}, {Name: "Failed", Value: u.Failed}, {Name: "Timed_Out", Value: u.TimedOut},
			{Name: "Abandoned", Value: u.Abandoned}, {Name: "Overloaded", Value: u.Overloaded}, {Name: "Unavailable", Value: u.Unavailable},
			{Name: "Breakers_Open", Value: u.Down}, {Name: "Median_us", Value: micros(0.5)}, {Name: "P99_us", Value: micros(0.99)},
		})
	}
	return mi.Object{{Name: "Backends", Value: list}}, nil
}
