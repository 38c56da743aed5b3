package event_routing

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/event"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/script"
)

// bench is loops in virtual time with topics, on which nothing waits yet.
func bench(t *testing.T, loops int) (*loop.Virtual, *topics) {
	v, err := loop.NewVirtual(loop.Config{Loops: loops}, nil)
	if err != nil {
		t.Fatal(err)
	}
	top := newTopics(v.Group(), asyncops.NewSet(v.Group(), time.Minute))
	top.overfull = func(*loop.Loop) {}
	if err := v.Group().Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Group().Stop)
	return v, top
}

// "Each run is told on the loop of its call", in the order of their coming, once, and not of
// what was raised before; more than a turn's worth of them take several turns.
func TestEachIsToldOnItsLoop(t *testing.T) {
	v, top := bench(t, 2)
	x := top.find([]byte("E"))
	var told []string
	const each = 3*turnLength + 7
	for n := range 2 {
		v.Group().Do(n, func(l *loop.Loop) {
			for i := range each {
				me := &listener{filters: []filter{{"n", []byte("1")}}}
				me.tell = func(on *loop.Loop, _ *notice) {
					if on.Index() != n {
						t.Errorf("told on loop %d, not %d", on.Index(), n)
					}
					me.leave()
					told = append(told, fmt.Sprint(n, i))
				}
				x.on(l).join(me, x)
			}
		})
	}
	raise := func(value int32) {
		v.Group().Do(0, func(l *loop.Loop) {
			top.Raised(l, &event.Raised{Name: "E", Names: []string{"N"}, Values: []script.Value{script.IntValue(value)}})
		})
		v.Advance(time.Second)
	}
	raise(2)
	if len(told) != 0 || !top.Wanted("E") {
		t.Fatalf("%d were told of what they do not want", len(told))
	}
	raise(1)
	if len(told) != 2*each || top.Wanted("E") {
		t.Fatalf("%d of %d were told", len(told), 2*each)
	}
	for _, s := range x.shares {
		if s.queued.Load() != 0 || len(s.pending) != 0 || len(s.list) != 0 {
			t.Errorf("left behind: %d events, %d places", s.queued.Load(), len(s.list))
		}
	}
}

// Those who come and go while no event is raised leave nothing behind.
func TestPlacesAreUsedAgain(t *testing.T) {
	v, top := bench(t, 1)
	x := top.find([]byte("E"))
	v.Group().Do(0, func(l *loop.Loop) {
		for range 10000 {
			var me listener
			x.on(l).join(&me, x)
			me.leave()
			me.leave()
		}
		if n := len(x.on(l).list); n > 65 {
			t.Errorf("%d places", n)
		}
	})
}

// "Events of a name that a loop has not looked at yet: 1,024; those beyond are lost."
func TestEventsThatWaitAreBounded(t *testing.T) {
	v, top := bench(t, 1)
	x := top.find([]byte("E"))
	lost, told := 0, 0
	top.overfull = func(*loop.Loop) { lost++ }
	v.Group().Do(0, func(l *loop.Loop) {
		x.on(l).join(&listener{tell: func(*loop.Loop, *notice) { told++ }}, x)
		for range maxQueued + 3 {
			top.Raised(l, &event.Raised{Name: "E"})
		}
	})
	v.Advance(time.Second)
	if lost != 3 || told != maxQueued {
		t.Errorf("%d lost, %d told", lost, told)
	}
}

// Names of events are bounded, and so is their length.
func TestTopicsAreBounded(t *testing.T) {
	_, top := bench(t, 1)
	for i := range maxTopics {
		if top.find(fmt.Append(nil, i)) == nil {
			t.Fatalf("no topic %d", i)
		}
	}
	if top.find([]byte("one more")) != nil || top.find(nil) != nil || top.find([]byte("7")) == nil {
		t.Error("not bounded, or the known ones are gone")
	}
}
