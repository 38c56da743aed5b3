package accounting

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/rawcalls"
)

// "The database goes away under calls and returns: accounting rows afterwards equal the calls
// made", each once, INVITE before BYE; no call waits for it or fails. Memory has room for a
// fraction of the rows only.
func TestDatabaseRestarts(t *testing.T) {
	const calls, rate = 1500, 300
	pg := database(t)
	p := start(t, pg, t.TempDir())
	var away, back sync.Once
	var work sync.WaitGroup
	saw := func(call int, _ []byte) {
		if call == 200 {
			away.Do(func() { work.Go(pg.Crash) })
		}
		if call == 1200 {
			back.Do(func() { work.Go(pg.Restart) })
		}
	}
	res, err := rawcalls.Run(context.Background(), rawcalls.Config{Proxy: p.Addr, Calls: calls, Rate: rate, Saw: saw})
	work.Wait()
	if err != nil || res.Completed != calls {
		t.Fatalf("%d of %d calls were completed, %v", res.Completed, calls, err)
	}
	awaitRows(t, pg, 2*calls)
	if _, byes := oncePerCall(t, pg); byes != calls {
		t.Errorf("%d calls have both rows", byes)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
}

// kill -9 while the database is away: the next process writes what is in the folder, before
// its own rows.
func TestKilledWhileAway(t *testing.T) {
	const calls = 400
	pg, spill := database(t), t.TempDir()
	pg.Stop()
	p := start(t, pg, spill)
	res, err := rawcalls.Run(context.Background(), rawcalls.Config{Proxy: p.Addr, Calls: calls})
	if err != nil || res.Completed != calls {
		t.Fatalf("%d of %d calls were completed, %v", res.Completed, calls, err)
	}
	awaitStatistic(t, p, "acc:rows_queued", 2*calls)
	kill(t, p)
	pg.Restart()
	next := start(t, pg, spill)
	awaitRows(t, pg, 2*calls)
	if _, byes := oncePerCall(t, pg); byes != calls {
		t.Errorf("%d calls have both rows", byes)
	}
	if err := next.Stop(); err != nil {
		t.Error(err)
	}
}

// kill -9 while the database takes rows: none is there twice, and at most those of the last
// moment are missing.
func TestKilledWhileWriting(t *testing.T) {
	pg, spill := database(t), t.TempDir()
	p := start(t, pg, spill)
	var seen atomic.Int64 // calls of which the caller has the 2xx
	var before int64      // those when it was killed
	once := sync.OnceFunc(func() {
		before = seen.Load()
		kill(t, p)
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	saw := func(call int, m []byte) {
		if string(m[:11]) == "SIP/2.0 200" {
			seen.Add(1)
		}
		if call == 600 {
			once()
			cancel()
		}
	}
	_, _ = rawcalls.Run(ctx, rawcalls.Config{Proxy: p.Addr, Calls: 2000, Rate: 400, Saw: saw, Patience: 2 * time.Second})
	<-p.Done()
	next := start(t, pg, spill)
	awaitStatistic(t, next, "acc:rows_queued", 0)
	invites, _ := oncePerCall(t, pg)
	if lost := int(before) - invites; lost > 40 {
		t.Errorf("%d calls were answered before the end, and %d have rows", before, invites)
	}
	t.Logf("%d calls were answered before the end, %d have rows", before, invites)
	if err := next.Stop(); err != nil {
		t.Error(err)
	}
}

// SIGTERM: rows are in the database before the process has ended.
func TestStopFlushes(t *testing.T) {
	pg := database(t)
	p := start(t, pg, t.TempDir())
	res, err := rawcalls.Run(context.Background(), rawcalls.Config{Proxy: p.Addr, Calls: 200})
	if err != nil || res.Completed != 200 {
		t.Fatalf("%d calls were completed, %v", res.Completed, err)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if n := ask(t, pg, "SELECT count(*) FROM acc")[0]; n != "400" {
		t.Errorf("%s rows", n)
	}
}
