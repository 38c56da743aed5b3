package domain

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
)

func (m *Module) commands() []*mi.Command {
	return []*mi.Command{
		{Name: "domain:reload", Aliases: []string{"domain_reload"}, Doc: "Load the table anew; the old one holds until that is done.", Recipes: []mi.Recipe{mi.Recipe0(m.reload)}},
		{Name: "domain:dump", Aliases: []string{"domain_dump"}, Doc: "List the domains in memory.", Recipes: []mi.Recipe{mi.Recipe0(m.dump)}},
	}
}

// notCached is the answer where db_mode is 0.
var notCached = mi.Errorf(500, "command not activated")

func (m *Module) reload(ctx context.Context) (any, error) {
	if m.mode != cache {
		return nil, notCached
	}
	if err := m.loading(ctx, m.load.begin); err != nil {
		return nil, mi.Errorf(500, "Domain table reload failed")
	}
	return mi.OK, nil
}

// loading waits for the loader, which ask has been told of on its loop.
func (m *Module) loading(ctx context.Context, ask func(*loop.Loop, chan<- error)) error {
	told := make(chan error, 1) // the loop does not wait for who has gone
	if _, ok := loop.Ask(ctx, m.group, loaderLoop, func(l *loop.Loop) bool { ask(l, told); return true }); !ok {
		return errors.New("the loop does not answer")
	}
	select {
	case err := <-told:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *Module) dump(ctx context.Context) (any, error) {
	if m.mode != cache {
		return nil, notCached
	}
	if m.loaded.Load() == nil { // just started
		if err := m.loading(ctx, m.load.join); err != nil {
			return nil, mi.Errorf(500, "the table is not loaded")
		}
	}
	list := []mi.Object{}
	t := m.loaded.Load()
	for _, name := range slices.Sorted(maps.Keys(t.m)) {
		list = append(list, t.m[name].object(name))
	}
	return mi.Object{{Name: "Domains", Value: list}}, nil
}

func (e entry) object(name string) mi.Object {
	o := mi.Object{{Name: "name", Value: name}}
	if e.hasAttrs {
		o = append(o, mi.Member{Name: "attributes", Value: e.attrs})
	}
	sub := 0
	if e.subdomains {
		sub = 1
	}
	return append(o, mi.Member{Name: "accept_subdomain", Value: sub})
}
