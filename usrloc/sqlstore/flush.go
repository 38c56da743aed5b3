package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// closing is how long Close tries to write what has not been written.
const closing = 5 * time.Second

// pollEvery is how often those who wait for debts to be paid look.
const pollEvery = 5 * time.Millisecond

var errStopped = errors.New("the loops do not answer")

// Flush pays all debts (usrloc:flush). An error says how many AoRs still owe when ctx is done
// or the database has failed.
func (b *Backend) Flush(ctx context.Context) error {
	before := b.Totals().Failed
	if err := b.everywhere(ctx, func(l *loop.Loop, w *writer) { w.pay(l) }); err != nil {
		return err
	}
	every := time.NewTicker(pollEvery)
	defer every.Stop()
	for {
		owe, busy := 0, 0
		if err := b.everywhere(ctx, func(_ *loop.Loop, w *writer) {
			owe += w.debts.Len()
			busy += w.due + w.flying
		}); err != nil {
			return fmt.Errorf("%w; %d AoRs are not written", err, owe)
		}
		switch {
		case busy > 0:
		case owe == 0:
			return nil
		case b.Totals().Failed > before:
			return fmt.Errorf("the database fails; %d AoRs are not written", owe)
		default: // they have come meanwhile
			return nil
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return fmt.Errorf("%w; %d AoRs are not written", ctx.Err(), owe)
		}
	}
}

// everywhere calls f for each writer, one after the other, on its loop.
func (b *Backend) everywhere(ctx context.Context, f func(*loop.Loop, *writer)) error {
	for i := range b.group.Len() {
		_, ok := loop.Ask(ctx, b.group, i, func(l *loop.Loop) (none struct{}) {
			for _, w := range *b.loops.On(l) {
				f(l, w)
			}
			return none
		})
		if !ok {
			return errStopped
		}
	}
	return nil
}

// Close writes what has not been written, for at most 5 s. The loops still run.
func (b *Backend) Close() error {
	if b.cfg.Mode == Only {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	return b.Flush(ctx)
}

// Sync makes the table like the memory: an AoR's rows, or with a nil aor all of d. What is
// in memory is written, then rows that no memory knows are deleted.
func (b *Backend) Sync(ctx context.Context, d *usrloc.Domain, aor []byte) error {
	if b.cfg.Mode == Only {
		return nil // there is nothing else
	}
	if aor != nil {
		return errors.Join(b.owed(ctx, d, d.Get(aor)), b.Flush(ctx), b.strays(ctx, d, aor))
	}
	n := 0
	for at, more := 0, true; more; more = at != 0 {
		var err error
		at = d.Each(at, func(r usrloc.Record) {
			if n++; err == nil {
				err = b.owed(ctx, d, r)
			}
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(b.Flush(ctx), b.strays(ctx, d, nil))
}

// owed makes a debt of all contacts of a record.
func (b *Backend) owed(ctx context.Context, d *usrloc.Domain, r usrloc.Record) error {
	var ids []uint64
	for _, c := range list(r, nil) {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	_, ok := loop.Ask(ctx, b.group, b.store.Home(d, r.AoR()), func(l *loop.Loop) (none struct{}) {
		b.on(l, d).owe(l, r.AoR(), ids)
		return none
	})
	if !ok {
		return errStopped
	}
	return nil
}
