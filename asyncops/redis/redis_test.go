package redis_test

import (
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/loop"
)

const refuse = `not on a shared connection: `

func TestCommands(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 2, redis.Config{}, s.Addr())
	r.want("SET key value", "OK")
	r.want("GET key", "value")
	r.want("GET nothing", "nil")
	r.want("INCRBY n 5", "5")
	r.want("INCRBY n -7;EXPIRE n 100", "-2")
	r.want("TTL n", "100")
	r.want("HSET h a 1 b 2", "2")
	r.want("HGETALL h", "[a 1 b 2]")
	r.want("MGET key nothing n", "[value nil -2]")
	r.want("COMMAND GETKEYS SET x y", "[x]")
	r.want("CLIENT GETNAME", "fastsips")
	r.want("ZADD z 1.5 a", "1")
	r.want("ZSCORE z a", "1.5")
	r.want("CLIENT NO-EVICT on", "OK")
	r.wantFailure("HGET key x", asyncops.Failed, "WRONGTYPE")
	r.wantFailure("NOSUCH x", asyncops.Failed, "ERR unknown command")
	r.wantFailure("", asyncops.Failed, "the command is empty")
	if a := r.begin(1, 0, "GET key").Wait(); a.text != "value" || a.loop != 1 {
		t.Errorf("on loop 1: %v", a)
	}
	st := r.settled()
	if st.Commands != 18 || st.Completed != 15 || st.Failed != 3 || st.Succeeded != 15 || st.Open != 2 || st.Connects != 2 {
		t.Errorf("counters %+v", st)
	}
}

// What changes or blocks a connection that others use is not sent.
func TestRefused(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{}, s.Addr())
	for _, text := range []string{"SUBSCRIBE x", "monitor", "Multi", "EXEC", "WATCH x", "SELECT 3", "AUTH x", "HELLO 2", "QUIT", "RESET", "READONLY",
		"CLIENT REPLY OFF", "client tracking on"} {
		r.wantFailure(text, asyncops.Failed, refuse+"it changes")
	}
	for _, text := range []string{"BLPOP x 0", "XREAD COUNT 1 block 0 STREAMS s 0", "WAIT 1 0", "GET x;BRPOP x 0"} {
		r.wantFailure(text, asyncops.Failed, refuse+"it would hold up")
	}
	r.want("XREAD COUNT 1 STREAMS block 0", "nil")
	r.want("PING", "PONG")
}

// Answers come in the order of the commands, however many; all of a pass in one write.
func TestPipeline(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{}, s.Addr())
	r.open(1)
	const n = 3000
	var all [n]*asked
	r.Group.Do(0, func(l *loop.Loop) {
		for i := range all {
			all[i] = r.beginOn(l, 0, fmt.Sprint("ECHO ", i))
			if i%3 == 0 {
				all[i].AbandonOn(l)
			}
		}
	})
	for i, p := range all {
		if i%3 == 0 {
			continue
		}
		if a := p.Wait(); a.text != fmt.Sprint(i) {
			t.Fatalf("command %d: %v", i, a)
		}
	}
	r.want("PING", "PONG")
	if st := r.settled(); st.Abandoned != n/3 || st.Late != n/3 || st.Connects != 1 {
		t.Errorf("counters %+v", st)
	}
}

// Commands before the first connection wait for it.
func TestLazy(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{Lazy: true}, s.Addr())
	r.Group.Do(0, func(*loop.Loop) {})
	if st := r.client.Snapshot(); st.Connects != 0 {
		t.Errorf("connected unasked: %+v", st)
	}
	r.want("PING", "PONG")
	if st := r.settled(); st.Connects != 1 || st.Waited != 1 {
		t.Errorf("counters %+v", st)
	}
}

func TestPasswords(t *testing.T) {
	s := redistest.StartConfig(t, redistest.Config{Password: "secret"})
	s.Do("ACL", "SETUSER", "sip", "on", ">own word", "~sip:*", "+@all")
	r := newRig(t, 1, redis.Config{Password: "secret", DB: 3, Name: "edge"}, s.Addr())
	r.want("SET a 1", "OK")
	r.want("ACL WHOAMI", "default")
	r.want("CLIENT GETNAME", "edge")
	if got := s.Do("DBSIZE"); got != ":0" {
		t.Errorf("database 0 has %s keys", got)
	}
	u := newRig(t, 1, redis.Config{User: "sip", Password: "own word"}, s.Addr())
	u.want("ACL WHOAMI", "sip")
	u.want("SET sip:a 1", "OK")
	u.wantFailure("SET a 1", asyncops.Failed, "NOPERM")
}

// A refusal that only a person can change fails the commands that wait, and is not tried
// again in a hurry.
func TestWrongPassword(t *testing.T) {
	s := redistest.StartConfig(t, redistest.Config{Password: "secret"})
	for _, cfg := range []redis.Config{{Password: "wrong"}, {}, {User: "nobody", Password: "x"}} {
		cfg.Breaker = asyncops.BreakerConfig{Failures: 1}
		r := newRig(t, 1, cfg, s.Addr())
		r.wantFailure("GET a", asyncops.Unavailable, "Redis is unavailable")
		r.wantFailure("GET a", asyncops.Unavailable, "Redis is unavailable")
		if st := r.settled(); st.Connects != 0 || st.ConnectFailures != 1 || st.Open != 0 {
			t.Errorf("counters %+v", st)
		}
	}
}

func TestTLS(t *testing.T) {
	s := redistest.StartConfig(t, redistest.Config{TLS: true, Password: "secret"})
	r := newRig(t, 2, redis.Config{Password: "secret", TLS: trusting(s)}, s.Addr())
	r.want("SET key value", "OK")
	if a := r.begin(1, 0, "GET key").Wait(); a.text != "value" {
		t.Errorf("on loop 1: %v", a)
	}
	big := make([]byte, 3<<20)
	for i := range big {
		big[i] = 'a' + byte(i%26)
	}
	r.want("SET big "+string(big), "OK")
	r.want("GET big", string(big))
}

// A certificate of somebody else is no certificate.
func TestWrongCertificate(t *testing.T) {
	s := redistest.StartConfig(t, redistest.Config{TLS: true})
	cfg := redis.Config{TLS: trusting(s), Breaker: asyncops.BreakerConfig{Failures: 1}}
	cfg.TLS.RootCAs = x509.NewCertPool()
	r := newRig(t, 1, cfg, s.Addr())
	r.wantFailure("GET a", asyncops.Unavailable, "Redis is unavailable")
	plain := newRig(t, 1, redis.Config{Breaker: cfg.Breaker}, s.Addr())
	plain.wantFailure("GET a", asyncops.Unavailable, "Redis is unavailable")
}

// A reply beyond the bound fails its command and no other.
func TestLargeReply(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{MaxReply: 1000}, s.Addr())
	r.want("SETRANGE big 5000 x", "5001")
	big, next := r.begin(0, 0, "GET big"), r.begin(0, 0, "ECHO fine")
	if a := big.Wait(); a.out != asyncops.Failed || a.text != "!the reply is larger than we take" {
		t.Error("the large one: ", a)
	}
	if a := next.Wait(); a.text != "fine" {
		t.Error("the one behind it: ", a)
	}
	r.settled()
}

// "Overloaded: the backend's queue is full; nothing was sent."
func TestInFlightIsBounded(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{InFlight: 2}, s.Addr())
	r.open(1)
	var all [4]*asked
	r.Group.Do(0, func(l *loop.Loop) {
		for i := range all {
			all[i] = r.beginOn(l, 0, "INCR n")
		}
	})
	for i, want := range []asyncops.Outcome{asyncops.Completed, asyncops.Completed, asyncops.Overloaded, asyncops.Overloaded} {
		if a := all[i].Wait(); a.out != want {
			t.Errorf("command %d: %v, want %v", i, a, want)
		}
	}
	r.want("INCR n", "3")
}

// An idle connection is asked whether it lives.
func TestKeepalive(t *testing.T) {
	s := redistest.Start(t)
	r := newRig(t, 1, redis.Config{Keepalive: 10 * time.Millisecond}, s.Addr())
	r.until("three pings were answered", func(st redis.Stats) bool { return st.Pings >= 3 && st.Late >= 3 })
	if st := r.settled(); st.Connects != 1 || st.Replaced != 0 {
		t.Errorf("counters %+v", st)
	}
}
