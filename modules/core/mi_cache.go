package core

import (
	"bytes"
	"context"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
)

func (m management) cacheCommands() []*mi.Command {
	system, attr := mi.Str("system", "the store, as scripts call it: local, redis:group1"), mi.Str("attr", "the key")
	value := mi.Str("value", "its value")
	return []*mi.Command{
		{Name: "cache:store", Aliases: []string{"cache_store"}, Doc: "Set a key's value, for ever or for some seconds.", Recipes: []mi.Recipe{
			mi.Recipe3(system, attr, value, func(ctx context.Context, system, attr, value string) (any, error) {
				return m.cacheStore(ctx, system, attr, value, 0)
			}),
			mi.Recipe4(system, attr, value, mi.Int("expire", "seconds that it is kept for; 0: for ever"), m.cacheStore)}},
		{Name: "cache:fetch", Aliases: []string{"cache_fetch"}, Doc: "Show a key's value.", Recipes: []mi.Recipe{mi.Recipe2(system, attr, m.cacheFetch)}},
		{Name: "cache:remove", Aliases: []string{"cache_remove"}, Doc: "Forget a key.", Recipes: []mi.Recipe{mi.Recipe2(system, attr, m.cacheRemove)}},
	}
}

func (m management) cacheStore(ctx context.Context, system, attr, value string, seconds int) (any, error) {
	ttl := time.Duration(max(seconds, 0)) * time.Second
	_, err := m.cacheDo(ctx, system, cachedb.Command{Verb: cachedb.SetKey, Key: []byte(attr), Value: []byte(value), TTL: ttl})
	return mi.OK, err
}

func (m management) cacheFetch(ctx context.Context, system, attr string) (any, error) {
	a, err := m.cacheDo(ctx, system, cachedb.Command{Verb: cachedb.Fetch, Key: []byte(attr)})
	if err != nil {
		return nil, err
	}
	return mi.Object{{Name: "key", Value: attr}, {Name: "value", Value: string(a.Value)}}, nil
}

func (m management) cacheRemove(ctx context.Context, system, attr string) (any, error) {
	_, err := m.cacheDo(ctx, system, cachedb.Command{Verb: cachedb.Remove, Key: []byte(attr)})
	return mi.OK, err
}

// cacheDo has a loop do it, and waits.
func (m management) cacheDo(ctx context.Context, system string, cmd cachedb.Command) (cachedb.Answer, error) {
	s := m.env.Caches().Find(system)
	switch {
	case s == nil:
		return cachedb.Answer{}, mi.Errorf(404, "%s", m.env.Caches().Missing(system))
	case len(cmd.Key) == 0:
		return cachedb.Answer{}, mi.Errorf(400, "the key is empty")
	}
	w := cacheWaiter(make(chan cachedb.Answer, 1))
	if _, ok := loop.Ask(ctx, m.core.Group, 0, func(l *loop.Loop) bool { w.begin(l, m.core.Ops.On(l), s, cmd); return true }); !ok {
		return cachedb.Answer{}, noAnswer(0)
	}
	select {
	case a := <-w:
		return a, cacheError(a.Status)
	case <-ctx.Done():
		return cachedb.Answer{}, ctx.Err()
	}
}

func cacheError(s cachedb.Status) error {
	switch s {
	case cachedb.OK:
		return nil
	case cachedb.NotFound:
		return mi.Errorf(404, "Value not found")
	case cachedb.Full:
		return mi.Errorf(500, "the store's memory is used up")
	}
	return mi.Errorf(500, "the store failed")
}

// A cacheWaiter carries one answer away from its loop.
type cacheWaiter chan cachedb.Answer

func (w cacheWaiter) begin(l *loop.Loop, ops *asyncops.Table, s *cachedb.Store, cmd cachedb.Command) {
	a, op := s.Do(l, cmd)
	if op == nil {
		w.tell(a)
		return
	}
	if _, out, pending := ops.Begin(l, op, 0, w); !pending {
		w.Resume(l, op, out)
	}
}

// Resume tells how a command that had to be waited for has ended.
func (w cacheWaiter) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	o := op.(cachedb.Op)
	w.tell(answerOf(o, out))
	o.Free(l)
}

func (w cacheWaiter) tell(a cachedb.Answer) {
	w <- cachedb.Answer{Status: a.Status, Value: bytes.Clone(a.Value)}
}
