package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/siptest"
)

// TestAsyncRedis is cachedb_redis with a real Redis.
func TestAsyncRedis(t *testing.T) {
	s := redistest.StartConfig(t, redistest.Config{Password: "secret", Options: []string{"--enable-debug-command", "yes"}})
	siptest.RunDir(t, "testdata/async/redis/*.txt", with(map[string]string{"redis": s.Addr(), "nobody": closedPort(t)}))
}

// TestAsyncRedisCluster is a cluster of three nodes, of which the script knows one.
func TestAsyncRedisCluster(t *testing.T) {
	c := redistest.StartCluster(t, false, redistest.Config{})
	siptest.RunDir(t, "testdata/async/redis_cluster/*.txt", with(map[string]string{"redis": c.Nodes[2].Addr()}))
}

// TestAsyncRedisTLS is a Redis that speaks TLS, as client domains of tls_mgm have it.
func TestAsyncRedisTLS(t *testing.T) {
	s := redistest.StartConfig(t, redistest.Config{TLS: true})
	siptest.RunDir(t, "testdata/async/redis_tls/*.txt", with(map[string]string{"redis": s.Addr(), "ca": s.CAFile()}))
}
