package redis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/internal/redistest"
)

// Keys go to the node that has their slot, known or not; those with the same {tag} to the
// same. A slot that moves takes its keys along, and no command fails meanwhile.
func TestCluster(t *testing.T) {
	c := redistest.StartCluster(t, false, redistest.Config{Password: "secret"})
	r := newRig(t, 2, redis.Config{Password: "secret", DB: 0}, c.Nodes[1].Addr())
	for i := range 50 {
		r.want(fmt.Sprint("SET key", i, " ", i), "OK")
	}
	r.open(6)
	for i := range 50 {
		if a := r.begin(1, 0, fmt.Sprint("GET key", i)).Wait(); a.text != fmt.Sprint(i) {
			t.Errorf("key%d on loop 1: %v", i, a)
		}
	}
	r.want("MSET {user1000}.a 1 {user1000}.b 2", "OK")
	r.want("MGET {user1000}.a {user1000}.b", "[1 2]")
	r.wantFailure("MGET key1 key2", asyncops.Failed, "CROSSSLOT")
	r.want("PING", "PONG")
	r.want("EVAL return{KEYS[1],ARGV[1]} 1 key1 x", "[key1 x]")
	st := r.settled()
	if st.Moved != 0 || st.Open != 6 || st.Failed != 1 {
		t.Errorf("counters %+v", st)
	}

	slot := 3443 // of {user1000}
	m := c.Migrate(slot, 0, 2)
	r.want("GET {user1000}.a", "1")
	m.Move("{user1000}.a")
	r.want("GET {user1000}.a", "1") // ASK
	r.want("INCR {user1000}.a;EXPIRE {user1000}.a 100", "2")
	r.want("TTL {user1000}.a", "100")
	if st = r.client.Snapshot(); st.Asked != 3 || st.Moved != 0 {
		t.Errorf("while it moves: %+v", st)
	}
	split := r.begin(0, 0, "MGET {user1000}.a {user1000}.b") // TRYAGAIN, until both are there
	r.until("it was tried again", func(s redis.Stats) bool { return s.Delayed > 2 })
	m.Move("{user1000}.b")
	if a := split.Wait(); a.text != "[2 2]" {
		t.Error("across the move: ", a)
	}
	m.Finish()
	r.want("GET {user1000}.b", "2") // MOVED
	r.want("GET {user1000}.b", "2")
	if !r.client.Refresh(t.Context()) { // TRYAGAIN may have asked for the map less than a second ago: a MOVED then does not
		t.Error("the cluster does not say what it has")
	}
	if a := r.begin(1, 0, "GET {user1000}.a").Wait(); a.text != "2" {
		t.Error("on loop 1: ", a)
	}
	if st = r.settled(); st.Moved != 1 || st.Failed != 1 { // the other loop has heard of it
		t.Errorf("at last: %+v", st)
	}
	info := r.client.Info(t.Context())
	if !info.Cluster || info.Slots != 16384 || len(info.Nodes) != 3 || info.Nodes[0].Slots+info.Nodes[1].Slots+info.Nodes[2].Slots != 16384 {
		t.Errorf("info %+v", info)
	}
	if pongs := r.client.Ping(t.Context()); len(pongs) != 3 || pongs[0].Took < 0 || !pongs[2].Connected {
		t.Errorf("pongs %+v", pongs)
	}
}

// A master that dies is replaced by its replica; nobody has to do anything here. Commands
// for other masters notice nothing.
func TestFailover(t *testing.T) {
	c := redistest.StartCluster(t, true, redistest.Config{})
	r := newRig(t, 1, redis.Config{}, c.Nodes[0].Addr(), c.Nodes[1].Addr())
	r.want("SET {user1000}.a 1", "OK") // on node 0
	r.want("SET foo 2", "OK")          // slot 12182, node 2
	c.Nodes[0].Kill()
	r.want("GET foo", "2")
	r.Until("the replica answers", func() bool {
		if a := r.ask("GET foo"); a.text != "2" {
			t.Error("foo meanwhile: ", a)
		}
		a := r.begin(0, 200*time.Millisecond, "GET {user1000}.a").Wait()
		return a.out == asyncops.Completed // it may have died before its replica had heard of the key
	})
	c.Promoted(0)
	r.want("SET {user1000}.a 3", "OK")
	r.settled()
	for _, n := range r.client.Info(t.Context()).Nodes {
		if n.String() == c.Nodes[0].Addr() && n.Slots > 0 {
			t.Error("the dead node still has slots: ", n)
		}
	}
}

// "CLUSTERDOWN: the same again, a little later", but not beyond the deadline.
func TestClusterDown(t *testing.T) {
	s := redistest.StartConfig(t, redistest.Config{Cluster: true})
	s.Do("CLUSTER", "ADDSLOTSRANGE", "0", "100")
	r := newRig(t, 1, redis.Config{}, s.Addr())
	p := r.begin(0, 0, "GET key")
	r.until("it was tried again", func(st redis.Stats) bool { return st.Delayed > 2 })
	if p.Ended() {
		t.Fatal("ended while the cluster is down: ", p.Wait())
	}
	s.Do("CLUSTER", "ADDSLOTSRANGE", "101", "16383")
	if a := p.Wait(); a.text != "nil" {
		t.Error(a)
	}
	s.Do("CLUSTER", "DELSLOTS", "1")
	if a := r.begin(0, 50*time.Millisecond, "GET key").Wait(); a.out != asyncops.TimedOut {
		t.Error("with the cluster down: ", a)
	}
	r.settled()
}

// A server that redirects for ever is followed eight times.
func TestRedirectionsAreBounded(t *testing.T) {
	p := listen(t)
	p.say(func(args []string) string {
		switch {
		case args[0] == "HELLO":
			return "%0\r\n"
		case args[0] == "GET":
			return "-MOVED 1 " + p.addr() + "\r\n"
		}
		return "-ERR no\r\n"
	})
	r := newRig(t, 1, redis.Config{}, p.addr())
	r.wantFailure("GET key", asyncops.Failed, "too many redirections")
	for _, bad := range []string{"-MOVED\r\n", "-MOVED 1 nowhere\r\n", "-ASK 1 :0\r\n", "-MOVED 1 127.0.0.1:99999\r\n"} {
		p.say(func(args []string) string {
			if args[0] == "GET" {
				return bad
			}
			return "-ERR no\r\n"
		})
		r.wantFailure("GET key", asyncops.Failed, "too many redirections")
	}
	r.settled()
}

// What a server says of its slots is not believed blindly.
func TestBrokenTopology(t *testing.T) {
	for _, slots := range []string{"*0\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n+h\r\n:1\r\n", "*1\r\n*3\r\n:-1\r\n:5\r\n*2\r\n+h\r\n:1\r\n",
		"*1\r\n*3\r\n:0\r\n:5\r\n*2\r\n+h\r\n:0\r\n", "*1\r\n*3\r\n:0\r\n:5\r\n*0\r\n", "%1\r\n+a\r\n+b\r\n", "+OK\r\n"} {
		p := listen(t)
		p.say(func(args []string) string {
			switch args[0] {
			case "HELLO":
				return "%0\r\n"
			case "CLUSTER":
				return slots
			}
			return "+PONG\r\n"
		})
		r := newRig(t, 1, redis.Config{Breaker: asyncops.BreakerConfig{Failures: 1}}, p.addr())
		r.wantFailure("PING", asyncops.Unavailable, "Redis is unavailable")
		r.settled()
	}
}

// A server before Redis 6 knows no HELLO: RESP2, and AUTH by itself.
func TestOldServer(t *testing.T) {
	p := listen(t)
	said := make(chan string, 100)
	p.say(func(args []string) string {
		said <- strings.Join(args, " ")
		switch args[0] {
		case "HELLO":
			return "-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n"
		case "CLUSTER":
			return "-ERR This instance has cluster support disabled\r\n"
		case "HGETALL":
			return "*2\r\n$1\r\na\r\n$-1\r\n"
		}
		return "+OK\r\n"
	})
	r := newRig(t, 1, redis.Config{Password: "secret", DB: 7}, p.addr())
	r.want("HGETALL h", "[a nil]")
	for _, want := range []string{"HELLO 3 AUTH default secret SETNAME fastsips", "AUTH secret", "CLIENT SETNAME fastsips", "CLUSTER SLOTS", "SELECT 7", "HGETALL h"} {
		if got := looptest.Receive(t, want, said); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}
