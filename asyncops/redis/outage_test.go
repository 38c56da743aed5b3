package redis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/loop"
)

// hasty opens the breaker soon and gives a connection up soon.
var hasty = redis.Config{QueryTimeout: 200 * time.Millisecond, ConnectTimeout: time.Second,
	Breaker: asyncops.BreakerConfig{Failures: 3, Probe: 20 * time.Millisecond, MaxProbe: 100 * time.Millisecond}}

// A server that is not there: commands wait for a moment, then fail at once, and are
// served as soon as it is there.
func TestServerIsDown(t *testing.T) {
	s := redistest.Start(t)
	s.Stop()
	r := newRig(t, 2, hasty, s.Addr())
	r.wantFailure("GET key", asyncops.Unavailable, "Redis is unavailable")
	p := r.begin(0, 0, "GET key")
	if !p.AtOnce {
		t.Error("with the breaker open a command waits")
	}
	p.Wait()
	s.Restart()
	r.Until("it answers", func() bool { return r.ask("SET key 1").out == asyncops.Completed })
	r.open(2)
	r.settled()
}

// A restart in the midst of traffic: each command ends once, reads are tried again, and
// all goes on.
func TestRestart(t *testing.T) {
	s := redistest.Start(t)
	patient := redis.Config{Breaker: asyncops.BreakerConfig{Failures: 1000}}
	r := newRig(t, 1, patient, s.Addr())
	r.want("SET key 1", "OK")
	for round := range 3 {
		var all []*asked
		s.Freeze() // so that all are under way
		for i := range 200 {
			all = append(all, r.begin(0, 0, []string{"GET key", "INCR n"}[i%2]))
		}
		s.Kill()
		s.Restart()
		for i, p := range all {
			a := p.Wait()
			read := i%2 == 0
			if read && (a.out != asyncops.Completed || a.text != "nil") || !read && (a.out != asyncops.Failed || a.text != "!connection to Redis lost") {
				t.Fatalf("round %d, command %d: %v", round, i, a)
			}
		}
	}
	st := r.settled()
	if st.Retried != 300 || st.Lost != 3 || st.Connects != 4 {
		t.Errorf("counters %+v", st)
	}
}

// A server that accepts and never answers: each command ends at its deadline, then the
// breaker opens; whoever asks another server notices nothing.
func TestBlackHole(t *testing.T) {
	s, other := redistest.Start(t), redistest.Start(t)
	r := newRig(t, 1, hasty, s.Addr())
	o := newRig(t, 1, redis.Config{}, other.Addr())
	r.want("SET key 1", "OK")
	s.Freeze()
	var all []*asked
	for range 10 {
		all = append(all, r.begin(0, 50*time.Millisecond, "GET key"))
	}
	for i, p := range all {
		if a := p.Wait(); a.out != asyncops.TimedOut || a.took < 50*time.Millisecond {
			t.Errorf("command %d: %v after %v", i, a, a.took)
		}
	}
	if a := r.begin(0, 0, "GET key").Wait(); a.out != asyncops.Unavailable {
		t.Error("with the breaker open: ", a)
	}
	o.want("SET key 2", "OK")
	r.until("the connection was replaced", func(st redis.Stats) bool { return st.Replaced == 1 })
	s.Thaw()
	r.Until("it answers", func() bool { return r.ask("GET key").text == "1" })
	r.open(1)
	o.want("GET key", "2")
	r.settled()
}

// "A connection whose answers do not come is replaced; what is on it waits for its own
// deadline", and takes the answer if that comes before.
func TestStuckConnectionIsReplaced(t *testing.T) {
	s := redistest.Start(t)
	front := relayed(t, s, relay.Config{})
	r := newRig(t, 1, redis.Config{QueryTimeout: 100 * time.Millisecond}, front.Addr())
	r.want("SET key 1", "OK")
	if err := front.SetFault(relay.Fault{Kind: relay.Stall}); err != nil {
		t.Fatal(err)
	}
	p := r.begin(0, 0, "GET key")
	late := r.begin(0, 10*time.Millisecond, "INCR n")
	if a := late.Wait(); a.out != asyncops.TimedOut {
		t.Error("the one in a hurry: ", a)
	}
	r.until("the connection was replaced", func(st redis.Stats) bool { return st.Replaced == 1 })
	if p.Ended() {
		t.Fatal("the patient one: ", p.Wait())
	}
	if err := front.SetFault(relay.Fault{}); err != nil {
		t.Fatal(err)
	}
	if a := p.Wait(); a.text != "1" {
		t.Error("the patient one: ", a)
	}
	r.want("GET n", "1")
	r.open(1)
	r.settled()
}

// Answers that come a byte at a time are answers.
func TestByteByByte(t *testing.T) {
	s := redistest.Start(t)
	front := relayed(t, s, relay.Config{})
	r := newRig(t, 1, redis.Config{}, front.Addr())
	r.want("HSET h a 1 b two", "2")
	if err := front.SetFault(relay.Fault{Kind: relay.Drip, Every: 100 * time.Microsecond}); err != nil {
		t.Fatal(err)
	}
	var all []*asked
	for range 10 {
		all = append(all, r.begin(0, 0, "HGETALL h"), r.begin(0, 0, "HGET h b"))
	}
	for i, p := range all {
		if a := p.Wait(); a.text != []string{"[a 1 b two]", "two"}[i%2] {
			t.Errorf("command %d: %v", i, a)
		}
	}
	r.settled()
}

// Wherever a connection ends within an answer, the command fails, or is asked again if it
// only reads, and the next one is served.
func TestCutMidAnswer(t *testing.T) {
	s := redistest.Start(t)
	front := relayed(t, s, relay.Config{})
	r := newRig(t, 1, hasty, front.Addr())
	r.want("HSET h a 1 b two", "2")
	for after := range 12 {
		if err := front.SetFault(relay.Fault{Kind: relay.Cut, After: after}); err != nil {
			t.Fatal(err)
		}
		a := r.ask("HINCRBY h n 1000000")
		if err := front.SetFault(relay.Fault{}); err != nil {
			t.Fatal(err)
		}
		if a.out == asyncops.Completed && after < 10 { // ":1000000\r\n"
			t.Errorf("cut after %d bytes: %v", after, a)
		}
		r.Until("it answers again", func() bool { return r.ask("HGET h b").text == "two" })
	}
	r.settled()
}

// What is not RESP ends the connection and what is on it, in each state of it.
func TestGarbage(t *testing.T) {
	for _, garbage := range []string{"HTTP/1.1 400 Bad Request\r\n\r\n", "\x00\x01\x02", "$-7\r\n", "*1\r\n*1\r\n>1\r\n", ":12x\r\n", "\r\n\r\n",
		"+OK\r\n+OK\r\n+OK\r\n", "$3\r\nabcde\r\n"} {
		p := listen(t)
		p.answer = func([]string) string { return garbage }
		r := newRig(t, 1, redis.Config{Breaker: asyncops.BreakerConfig{Failures: 1}, ConnectTimeout: 300 * time.Millisecond}, p.addr())
		if a := r.ask("INCR n"); a.out == asyncops.Completed && garbage[0] != '+' || a.out == asyncops.TimedOut {
			t.Errorf("%q while greeting: %v", garbage, a)
		}
		r.settled()

		p = listen(t)
		p.answer = func(args []string) string {
			switch args[0] {
			case "HELLO":
				return "%0\r\n"
			case "CLUSTER":
				return "-ERR no\r\n"
			case "PING":
				return "+PONG\r\n"
			}
			return garbage
		}
		r = newRig(t, 1, redis.Config{}, p.addr())
		r.want("PING", "PONG")
		if a := r.begin(0, 300*time.Millisecond, "INCR n").Wait(); garbage[0] != '+' && a.out != asyncops.Failed && a.out != asyncops.TimedOut {
			t.Errorf("%q: %v", garbage, a)
		}
		r.Until("it is asked again", func() bool { return r.ask("PING").out == asyncops.Completed })
		r.settled()
	}
}

// A host name that has gone is as a server that is down.
func TestNameIsGone(t *testing.T) {
	r := newRig(t, 1, hasty, "no..such:6379")
	r.wantFailure("GET key", asyncops.Unavailable, "Redis is unavailable")
	if st := r.settled(); st.ConnectFailures < 3 {
		t.Errorf("counters %+v", st)
	}
}

// Several hosts are tried in turn.
func TestSecondHost(t *testing.T) {
	a, b := redistest.Start(t), redistest.Start(t)
	a.Stop()
	r := newRig(t, 1, redis.Config{}, a.Addr(), b.Addr())
	r.want("SET key b", "OK")
	if got := b.Do("GET", "key"); got != "b" {
		t.Errorf("the second host has %q", got)
	}
	a.Restart()
	b.Stop()
	r.Until("the first answers", func() bool { return r.ask("SET key a").out == asyncops.Completed })
	if got := a.Do("GET", "key"); got != "a" {
		t.Errorf("the first host has %q", got)
	}
	r.settled()
}

// Close ends what is under way, waits and is delayed; nothing is left behind.
func TestClose(t *testing.T) {
	p := listen(t)
	p.answer = func(args []string) string {
		switch args[0] {
		case "HELLO":
			return "%0\r\n"
		case "GET":
			return ""
		}
		return "-LOADING\r\n"
	}
	r := newRig(t, 2, redis.Config{}, p.addr())
	var all []*asked
	for i := range 40 {
		all = append(all, r.begin(i%2, 0, []string{"GET key", "INCR n"}[i/20]))
	}
	r.client.Close()
	for i, p := range all {
		if a := p.Wait(); a.out != asyncops.Failed && a.out != asyncops.Unavailable {
			t.Errorf("command %d: %v", i, a)
		}
	}
	r.wantFailure("GET key", asyncops.Unavailable, "the client is closed")
	if st := r.settled(); st.Open != 0 {
		t.Errorf("counters %+v", st)
	}
}

// Cancelling one of many costs the same wherever it stands, and its answer goes nowhere.
func TestCancelInTheMiddle(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{}, s.Addr())
	r.want("PING", "PONG")
	s.Freeze()
	const n = 20_000
	all := make([]*asked, n)
	r.Group.Do(0, func(l *loop.Loop) {
		for i := range all {
			all[i] = r.beginOn(l, 0, fmt.Sprint("ECHO ", i))
		}
		for i := n - 1; i >= 0; i -= 2 {
			all[i].AbandonOn(l)
		}
	})
	s.Thaw()
	for i := 0; i < n; i += 2 {
		if a := all[i].Wait(); a.text != fmt.Sprint(i) {
			t.Fatalf("command %d: %v", i, a)
		}
	}
	r.until("the last answer has come", func(st redis.Stats) bool { return st.Late == n/2 })
	r.settled()
}
