package location

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/internal/redistest"
)

// "all location data strictly resides in a NoSQL database": two processes share Redis. Who
// registers at one is found by the other, also after both were killed.
func TestRedis(t *testing.T) {
	s := redistest.Start(t)
	more := preset("full-sharing-cachedb-cluster") + fmt.Sprintf("modparam(\"usrloc\", \"cachedb_url\", \"redis:location://%s/\")\n", s.Addr())
	a, b, x := start(t, "", more), start(t, "", more), newPhones(t)
	all := users("user", 100)
	x.registered(a.Addr, all)
	x.found(b.Addr, all)
	if ttl := s.Do("TTL", "location:user1@example.com"); ttl < ":500" || len(ttl) != 4 {
		t.Error("the hash lives for ", ttl)
	}
	x.send(b.Addr, "REGISTER", "user1", "Contact: *", "Expires: 0")
	if _, line := x.next(patience); !strings.HasPrefix(line, "SIP/2.0 200") {
		t.Error(line)
	}
	if line := x.where(a.Addr, "user1"); line != "SIP/2.0 404 Not Found" {
		t.Error(line)
	}
	if n := s.Do("EXISTS", "location:user1@example.com"); n != ":0" {
		t.Error("its hash is there: ", n)
	}
	kill(a)
	kill(b)
	c := start(t, "", more)
	x.found(c.Addr, all[2:])

	s.Kill()
	x.register(c.Addr, "user2")
	if _, line := x.next(patience); !strings.HasPrefix(line, "SIP/2.0 5") {
		t.Error(line)
	}
	if line := x.where(c.Addr, "user2"); !strings.HasPrefix(line, "SIP/2.0 ") {
		t.Error(line)
	}
}
