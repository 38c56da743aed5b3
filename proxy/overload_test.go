package proxy

import (
	"testing"
	"time"
)

// A queue is one loop in front of the kernel's receive buffer, in simulated time: calls
// of an INVITE, which costs most, and five messages that follow, each a moment after the
// one before. What finds no room is lost and comes again after T1.
type queue struct {
	overload overload
	room     int           // datagrams that the kernel keeps
	invite   time.Duration // what the loop needs for an INVITE that it lets in,
	message  time.Duration // for any other message, and for refusing one
	stalls   []stall

	now     int64
	in      []queued // that wait
	next    int64    // when the next one begins
	follow  []queued // messages of calls that are under way, in order of time
	again   []queued // what was lost, likewise
	dropped uint64

	offered, refused, completed [40]int // by second
	longest                     [40]time.Duration
	overloads                   int
}

type queued struct {
	at   int64
	step int // of its call; 0: INVITE
}

// A stall is a time when the loop does not run.
type stall struct{ at, lasts time.Duration }

const steps = 6

// take queues what has come by now, or loses it.
func (q *queue) take(from *[]queued) {
	for ; len(*from) > 0 && (*from)[0].at <= q.now; *from = (*from)[1:] {
		if e := (*from)[0]; len(q.in) < q.room {
			q.in = append(q.in, e)
			continue
		}
		q.dropped++
		q.again = append(q.again, queued{q.now + int64(500*time.Millisecond), (*from)[0].step})
	}
}

// run lets calls come at rates, each for a second, and the loop serve them.
func (q *queue) run(rates ...float64) {
	q.overload.target = int64(50 * time.Millisecond)
	end := int64(len(rates)) * 1e9
	for q.now < end {
		for ; q.next <= q.now && q.next < end; q.next += int64(1e9 / rates[q.next/1e9]) {
			q.offered[q.next/1e9]++
			one := []queued{{q.next, 0}}
			q.take(&one)
		}
		q.take(&q.follow)
		q.take(&q.again)
		if len(q.in) == 0 {
			q.now += 20e3 // until something comes
			continue
		}
		q.pass()
		if len(q.stalls) > 0 && q.now >= int64(q.stalls[0].at) {
			q.now += int64(q.stalls[0].lasts)
			q.stalls = q.stalls[1:]
		}
	}
}

// pass serves a batch; as in a loop, the time that counts is that of its begin.
func (q *queue) pass() {
	began, batch := q.now, q.in[:min(len(q.in), 128)]
	q.in = q.in[len(batch):]
	for _, e := range batch {
		sec := e.at / 1e9
		q.longest[sec] = max(q.longest[sec], time.Duration(began-e.at))
		if q.overload.saw(began, began-e.at, func() uint64 { return q.dropped }) == overloadBegins {
			q.overloads++
		}
		q.now += int64(q.message)
		if e.step == 0 {
			if !q.overload.admits() {
				q.refused[sec]++
				continue
			}
			q.now += int64(q.invite - q.message)
		}
		if e.step++; e.step == steps {
			q.completed[q.now/1e9]++
			continue
		}
		e.at = q.now + int64(time.Millisecond)
		q.follow = append(q.follow, e)
	}
}

// steady are n seconds of the same rate.
func steady(n int, rate float64) (rates []float64) {
	for range n {
		rates = append(rates, rate)
	}
	return rates
}

// cost is what a call takes of the loop, and capacity how many a second it can do.
func (q *queue) cost() time.Duration { return q.invite + (steps-1)*q.message }
func (q *queue) capacity() float64   { return 1 / q.cost().Seconds() }

func heavy() *queue {
	return &queue{room: 5000, invite: 120 * time.Microsecond, message: 7 * time.Microsecond}
}

// At k times what the loop can do, it goes on doing nearly that; what is too much is
// refused, what has begun completes, and nobody waits for long.
func TestOverloadKeepsGoodput(t *testing.T) {
	for _, c := range []struct {
		times, goodput float64
		room           int
	}{
		{1.2, 0.95, 5000}, {1.5, 0.92, 5000}, {2, 0.9, 5000}, {3, 0.85, 5000}, {5, 0.7, 5000},
		{2, 0.9, 500}, {2, 0.85, 100}, // the kernel has little room: the wait never comes to overload_wait
	} {
		q := heavy()
		q.room = c.room
		q.run(steady(15, c.times*q.capacity())...)
		t.Logf("%.1f times, room %d: offered %d, refused %v, completed %v, longest wait %v, dropped %d, overloads %d",
			c.times, c.room, q.offered[0], q.refused[:15], q.completed[:15], q.longest[:15], q.dropped, q.overloads)
		if q.overloads != 1 {
			t.Errorf("%.1f times, room %d: %d overloads, want one that lasts", c.times, c.room, q.overloads)
		}
		for s := 3; s < 14; s++ {
			if share := float64(q.completed[s]) / q.capacity(); share < c.goodput {
				t.Errorf("%.1f times, room %d: in second %d goodput is %.2f of the capacity, want %.2f", c.times, c.room, s, share, c.goodput)
			}
			if q.longest[s] > 50*time.Millisecond {
				t.Errorf("%.1f times, room %d: in second %d somebody waits %v", c.times, c.room, s, q.longest[s])
			}
		}
	}
}

// Nothing is refused below the capacity: neither when the loop is held up, be it for a
// second, nor when many come at once.
func TestNoOverloadBelowCapacity(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		about  string
		rates  func(capacity float64) []float64
		stalls []stall
	}{
		{"half", func(c float64) []float64 { return steady(10, c/2) }, []stall{{2000 * ms, 1000 * ms}, {5000 * ms, 300 * ms}}},
		{"0.8, stalls", func(c float64) []float64 { return steady(12, 0.8*c) }, []stall{{2000 * ms, 200 * ms}, {5000 * ms, 500 * ms}}},
		{"0.8, a long stall", func(c float64) []float64 { return steady(12, 0.8*c) }, []stall{{2000 * ms, 1000 * ms}}},
		{"0.9, short stalls", func(c float64) []float64 { return steady(10, 0.9*c) }, []stall{{1000 * ms, 60 * ms}, {2000 * ms, 60 * ms}, {3000 * ms, 100 * ms}}},
		{"0.95", func(c float64) []float64 { return steady(10, 0.95*c) }, []stall{{1000 * ms, 200 * ms}}},
		{"a burst", func(c float64) []float64 { return append(append(steady(2, c/2), 1.2*c), steady(7, c/2)...) }, nil},
	} {
		t.Run(c.about, func(t *testing.T) {
			q := heavy()
			q.room, q.stalls = 1<<20, c.stalls
			q.run(c.rates(q.capacity())...)
			t.Logf("offered %v, completed %v, longest wait %v", q.offered[:12], q.completed[:12], q.longest[:12])
			for s, n := range q.refused {
				if n > 0 {
					t.Errorf("%d of %d refused in second %d", n, q.offered[s], s)
				}
			}
		})
	}
}

// When the load has gone back below the capacity all are let in again.
func TestOverloadEnds(t *testing.T) {
	q := heavy()
	q.run(append(steady(6, 2*q.capacity()), steady(8, 0.8*q.capacity())...)...)
	for s := 7; s < 14; s++ {
		if q.refused[s] > 0 {
			t.Errorf("%d of %d refused in second %d", q.refused[s], q.offered[s], s)
		}
	}
	if q.overload.refusing || q.overloads != 1 {
		t.Errorf("%d overloads, still one: %v", q.overloads, q.overload.refusing)
	}
}

// After an overload, a loop that is held up again and again, as by other programs on its
// processor, but has time enough, lets all in.
func TestOverloadEndsOnABusyMachine(t *testing.T) {
	q := heavy()
	for at := 4 * time.Second; at < 14*time.Second; at += 60 * time.Millisecond {
		q.stalls = append(q.stalls, stall{at, 20 * time.Millisecond})
	}
	q.run(append(steady(4, 2*q.capacity()), steady(10, 0.5*q.capacity())...)...)
	t.Logf("refused %v, longest wait %v", q.refused[:14], q.longest[:14])
	for s := 8; s < 14; s++ {
		if q.refused[s] > 0 {
			t.Errorf("%d of %d refused in second %d", q.refused[s], q.offered[s], s)
		}
	}
	if q.overloads != 1 {
		t.Errorf("%d overloads", q.overloads)
	}
}

// Silence is no overload, and neither are late messages now and then.
func TestFewLateMessagesAreNoOverload(t *testing.T) {
	const ms = int64(time.Millisecond)
	o := overload{target: 50 * ms}
	none := func() uint64 { return 0 }
	for _, every := range []int64{10 * ms, 100 * ms, 1100 * ms} {
		for i := range int64(20) {
			wait := 60 * ms
			if i%2 == 0 && every < 1000*ms {
				wait = 10 * ms
			}
			if o.saw(1e12+i*every, wait, none) != noTurn || !o.admits() {
				t.Fatalf("refuses message %d, one every %d ms", i, every/ms)
			}
		}
	}
	off := overload{}
	for i := range int64(1000) {
		if off.saw(1e12+i*10*ms, 1e12, none) != noTurn || !off.admits() {
			t.Fatal("refuses although switched off")
		}
	}
}

// What is late for another reason than the load, such as a machine that comes to us late,
// is let in again: to refuse does not help then.
func TestOverloadEndsWhereRefusingDoesNotHelp(t *testing.T) {
	const ms = int64(time.Millisecond)
	o := overload{target: 50 * ms}
	now := int64(1e12)
	ask := func(wait int64) (turn, bool) {
		now += 20 * ms
		return o.saw(now, wait, func() uint64 { return 0 }), o.admits()
	}
	for n := 0; !o.refusing; n++ {
		if ask(60 * ms); n > 100 {
			t.Fatal("60 ms are no overload")
		}
	}
	for n := 0; o.refusing; n++ {
		if ask(30 * ms); n > 300 {
			t.Fatal("requests that wait for 30 ms are refused for 6 s, and go on waiting for 30 ms")
		}
	}
	for n := range 100 {
		if turn, ok := ask(30 * ms); turn != noTurn || !ok {
			t.Fatalf("refused again, request %d", n)
		}
	}
}

// A burst that the kernel has little room for does not lower the limit below what a queue
// of no account is.
func TestOverloadLimitIsNoLess(t *testing.T) {
	const ms = int64(time.Millisecond)
	o, lost := overload{target: 50 * ms}, uint64(0)
	for now := int64(1e12); !o.refusing; now += 50 * ms {
		lost++
		if o.saw(now, 3*ms/2, func() uint64 { return lost }); now > 2e12 {
			t.Fatal("what is lost is no overload")
		}
	}
	if o.limit < leastLimit {
		t.Errorf("the limit is %d ns", o.limit)
	}
}

// RFC 3261 §20.33: "Retry-After … in seconds". Who was refused comes again at a time of
// his own, the later the more are refused.
func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		least           int
		refused, random float64
		want            uint64
	}{
		{5, 0, 0, 5}, {5, 0, 0.999, 9}, {5, 0.5, 0, 5}, {5, 0.5, 0.999, 17}, {5, 1, 0.999, 24}, {1, 1, 0.5, 3},
	} {
		if got := retryAfter(c.least, c.refused, c.random); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
