package cachedb_local

import (
	"context"
	"fmt"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/cachedb/memory"
	"github.com/fastsips/fastsips/internal/glob"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// chunkLeaves is how much of a collection is looked through without a pause; a few keys
// hang in a leaf.
const chunkLeaves = 128

// maxChunk bounds the answer of fetch_chunk.
const maxChunk = 10_000

func (m *Module) chunkFunction() *script.Func {
	return script.Func2("cache_remove_chunk", `Forget all keys that match a pattern such as "user_*", of a collection or, with one argument, of the one called default. A large collection is gone through with pauses, and the run waits for the end. -1: there is no such collection.`,
		script.All, script.Opt(script.Str("collection", "its name (not that of a cachedb_url's group); left out, or the only argument is the pattern: default")),
		script.Opt(script.Str("glob", "the pattern: * is any text, ? any character, [a-z] one of a set")), m.removeChunk).MayWait()
}

func (m *Module) removeChunk(c *script.Ctx, name, pattern []byte) script.Ret {
	if pattern == nil {
		name, pattern = nil, name
	}
	col := m.collections[0]
	if name != nil {
		col = m.collection(string(name))
	}
	if col == nil || pattern == nil {
		c.LogError("cachedb_local: there is no collection %q", name)
		return -1
	}
	o := &chunk{col: col, pattern: string(pattern)}
	if o.step(proxy.From(c).Loop()) {
		return 1
	}
	return c.Await(o, chunkRemoved)
}

func chunkRemoved(_ *script.Ctx, _ asyncops.Op, out asyncops.Outcome) script.Ret {
	if out != asyncops.Completed {
		return -1
	}
	return 1
}

// A chunk is a removal in progress: an operation that goes on in its loop's mailbox, so
// that others have their turn.
type chunk struct {
	col     *collection
	pattern string
	cursor  memory.Cursor
	done    asyncops.Completion
	gone    bool
	task    loop.Task
}

// Backend is the one of the module.
func (o *chunk) Backend() *asyncops.Backend { return o.col.m.backend }

// step goes through the next leaves, and returns true at the end.
func (o *chunk) step(l *loop.Loop) bool {
	o.cursor, _, _ = o.col.table.Prune(l.Now(), o.cursor, chunkLeaves, func(key []byte) bool { return glob.Match(o.pattern, key) })
	return o.cursor.Over()
}

// Start goes on after the first step.
func (o *chunk) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	o.done = c
	o.task.Run = func(l *loop.Loop) {
		switch {
		case o.gone:
		case o.step(l):
			o.done.Done(l, asyncops.Completed)
		default:
			l.Mailbox().Post(&o.task)
		}
	}
	l.Mailbox().Post(&o.task)
}

// Cancel leaves the rest as it is.
func (o *chunk) Cancel(*loop.Loop) { o.gone = true }

func (m *Module) chunkCommands() []*mi.Command {
	pattern, name := mi.Str("glob", "the pattern: * is any text, ? any character, [a-z] one of a set"), mi.Str("collection", "the collection")
	return []*mi.Command{
		{Name: "cachedb_local:remove_chunk", Aliases: []string{"cache_remove_chunk"}, Doc: "Forget all keys that match a pattern, of a collection or of the one called default.", Recipes: []mi.Recipe{
			mi.Recipe1(pattern, func(ctx context.Context, p string) (any, error) { return m.removeAll(ctx, p, defaultCollection) }),
			mi.Recipe2(pattern, name, m.removeAll)}},
		{Name: "cachedb_local:fetch_chunk", Aliases: []string{"cache_fetch_chunk"}, Doc: fmt.Sprintf("Show all keys that match a pattern, %d at most, of a collection or of the one called default.", maxChunk), Recipes: []mi.Recipe{
			mi.Recipe1(pattern, func(ctx context.Context, p string) (any, error) { return m.showAll(ctx, p, defaultCollection) }),
			mi.Recipe2(pattern, name, m.showAll)}},
	}
}

// removeAll runs on a management goroutine, beside the loops.
func (m *Module) removeAll(ctx context.Context, pattern, name string) (any, error) {
	col := m.collection(name)
	if col == nil {
		return nil, noCollection(name)
	}
	for at := (memory.Cursor{}); !at.Over(); {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		at, _, _ = col.table.Prune(m.group.Now(), at, chunkLeaves, func(key []byte) bool { return glob.Match(pattern, key) })
	}
	return mi.OK, nil
}

func noCollection(name string) *mi.Error { return mi.Errorf(404, "there is no collection %q", name) }

func (m *Module) showAll(ctx context.Context, pattern, name string) (any, error) {
	col := m.collection(name)
	if col == nil {
		return nil, noCollection(name)
	}
	keys, more := []mi.Object{}, false
	for at := (memory.Cursor{}); !at.Over() && !more; {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		at = col.table.Scan(m.group.Now(), at, chunkLeaves, func(i memory.Item) {
			switch {
			case !glob.Match(pattern, i.Key):
			case len(keys) == maxChunk:
				more = true
			default:
				keys = append(keys, mi.Object{{Name: "name", Value: string(i.Key)}, {Name: "value", Value: string(i.Value)}})
			}
		})
	}
	o := mi.Object{{Name: "keys", Value: keys}}
	if more {
		o = append(o, mi.Member{Name: "more", Value: true})
	}
	return o, nil
}
