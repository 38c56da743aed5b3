package redis_test

import (
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/loop"
)

// "Cancel: the answer is no longer wanted": whoever is told of a cancelled command frees
// it, as any other, and not the command itself. Table.Stop (a CANCEL) tells him, and so
// does an async_all whose time is over before that of its commands.
func TestCancelledCommandIsFreedByItsWaiter(t *testing.T) {
	p := listen(t)
	p.say(silentButHello)
	r := newRig(t, 1, redis.Config{}, p.addr())
	r.open(1)

	w := &freeing{ended: make(chan asyncops.Outcome, 2)}
	r.Group.Do(0, func(l *loop.Loop) {
		q := r.client.Command(l)
		q.ArgString("GET")
		q.ArgString("key")
		tok, _, pending := q.Begin(l, time.Minute, w)
		if !pending {
			t.Error("it has ended at once")
		}
		r.Ops.On(l).Stop(l, tok)
	})
	if out := <-w.ended; out != asyncops.Cancelled {
		t.Error(out)
	}

	r.Group.Do(0, func(l *loop.Loop) {
		q, g := r.client.Command(l), new(asyncops.Group)
		q.ArgString("GET")
		q.ArgString("key")
		g.Add(q, time.Minute)
		r.Ops.On(l).Begin(l, g, 10*time.Millisecond, &groupFreeing{w, g})
	})
	if out := <-w.ended; out != asyncops.TimedOut {
		t.Error(out)
	}
	r.settled()
}

func silentButHello(args []string) string {
	switch args[0] {
	case "HELLO":
		return "%0\r\n"
	case "CLUSTER":
		return noCluster
	}
	return ""
}

const noCluster = "-ERR This instance has cluster support disabled\r\n"

// freeing reads a command's result and frees it.
type freeing struct{ ended chan asyncops.Outcome }

func (w *freeing) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(*redis.Command)
	_, _ = q.Value(), q.Err()
	q.Free(l)
	w.ended <- out
}

type groupFreeing struct {
	*freeing
	g *asyncops.Group
}

func (w *groupFreeing) Resume(l *loop.Loop, _ asyncops.Op, out asyncops.Outcome) {
	w.freeing.Resume(l, w.g.Op(0), out)
	w.g.Reset()
}

// An answer that begins before there is a question is nobody's, also when the question
// comes before its end: the connection ends, and the command is sent again on another.
func TestAnswerBeginsBeforeTheQuestion(t *testing.T) {
	for _, halves := range [][2]string{
		{"*1\r\n$5\r\nhel", "lo\r\n"},
		{"=10\r\ntxt:", "abcdef\r\n"},
		{"$5\r\nhel", "lo\r\n"},
		{"+hel", "lo\r\n"},
		{"*2\r\n:1\r\n", ":2\r\n"},
	} {
		t.Run(fmt.Sprintf("%q", halves[0]), func(t *testing.T) {
			p := listen(t)
			var early, late atomic.Bool
			p.say(func(args []string) string {
				switch {
				case args[0] == "HELLO":
					return silentButHello(args)
				case args[0] == "CLUSTER" && early.CompareAndSwap(false, true):
					return noCluster + halves[0]
				case args[0] == "CLUSTER":
					return noCluster
				case late.CompareAndSwap(false, true):
					return halves[1]
				}
				return "+right\r\n"
			})
			r := newRig(t, 1, redis.Config{}, p.addr())
			r.open(1)
			r.want("GET key", "right")
			r.settled()
		})
	}
}

// An error to a further part fails the whole command.
func TestErrorOfFurtherPart(t *testing.T) {
	p := listen(t)
	p.say(func(args []string) string {
		switch args[0] {
		case "INCRBY":
			return ":1\r\n"
		case "EXPIRE":
			return "-ERR no\r\n"
		}
		return silentButHello(args)
	})
	r := newRig(t, 1, redis.Config{}, p.addr())
	r.wantFailure("INCRBY n 1;EXPIRE n x", asyncops.Failed, "ERR no")
	r.settled()
}

// What had come of the answer to a cancelled command is not taken for that to the next.
func TestRestOfCancelledAnswer(t *testing.T) {
	p := listen(t)
	p.say(silentButHello)
	r := newRig(t, 1, redis.Config{}, p.addr())
	r.open(1)
	before, q := r.begin(0, 0, "GET key"), r.begin(0, 0, "INCRBY n 1;EXPIRE n 9")
	p.write("+before\r\n:1\r\n!100\r\nhalf") // an error of which the rest is to come
	before.Wait()
	r.Group.Do(0, func(l *loop.Loop) { q.AbandonOn(l) })
	next := r.begin(0, 0, "INCRBY n 1;EXPIRE n 9")
	p.write(fmt.Sprintf("%096d\r\n:2\r\n:1\r\n", 0))
	if a := next.Wait(); a.out != asyncops.Completed || a.text != "2" {
		t.Error(a)
	}
	r.settled()
}

// write sends text on all connections.
func (p *peer) write(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if _, err := io.WriteString(c, text); err != nil {
			p.t.Error(err)
		}
	}
}
