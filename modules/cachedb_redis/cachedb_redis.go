// Package cachedb_redis is OpenSIPS's cachedb_redis module: Redis as a store of the
// cache_* functions. A run waits for an answer; no loop does.
package cachedb_redis

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded cachedb_redis.
type Module struct {
	engine         *cachedb.Engine
	connectTimeout time.Duration
	queryTimeout   time.Duration
	keepalive      time.Duration
	inFlight       int
	mustConnect    bool
	lazy           bool
	useTLS         bool
	stores         []*store // made by Start
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares what there is.
func (m *Module) Setup(e *module.Env) {
	m.engine = cachedb.NewEngine("redis", "Redis, one server or a cluster")
	m.engine.Raw = true
	e.Engines = []*cachedb.Engine{m.engine}
	m.parameters(e)
	e.Transforms = []*script.TransformDef{{Class: "redis", Name: "quote", Fn: quote,
		Doc: "as one argument of a raw query, whatever is in it"}}
	e.Commands = m.commands()
	e.Stats = m.statistics()
}

func (m *Module) parameters(e *module.Env) {
	p := &e.Params
	p.Func("cachedb_url", `server or cluster: "redis:group1://user:password@host:6379/0", with several hosts "redis://a:6379,b:6379/"`, m.addURL)
	p.Millis(&m.connectTimeout, "connect_timeout", 5*time.Second, "milliseconds until a connection stands, TLS and password included")
	p.Millis(&m.queryTimeout, "query_timeout", 5*time.Second, "milliseconds for an answer")
	p.Bool(&m.mustConnect, "shutdown_on_error", false, "fastsips does not start while a Redis is down")
	p.Bool(&m.lazy, "lazy_connect", false, "connect when a script asks, not at the start")
	p.Bool(&m.useTLS, "use_tls", false, `TLS for the URLs that end with "?tls_domain=name", a client domain of tls_mgm`)
	p.Seconds(&m.keepalive, "redis_keepalive", 10*time.Second, "seconds after which an idle connection is asked whether it lives; 0: never")
	p.IntRange(&m.inFlight, "max_in_flight", 1<<18, 1, 1<<24, "commands that may be under way, per server and loop; further ones fail at once")
	for _, name := range []string{"ftsearch_index_name", "ftsearch_json_prefix", "ftsearch_max_results", "ftsearch_json_mset_expire"} {
		p.Ignored(name, "for usrloc in a Redis with RediSearch, which is not there")
	}
}

// addURL notes a cachedb_url.
func (m *Module) addURL(text string) error {
	u, err := cachedb.ParseURL(text)
	if err != nil {
		return err
	}
	if _, err := parse(u); err != nil {
		return err
	}
	_, err = m.engine.Add(text)
	return err
}

// Start begins to connect.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	for _, s := range m.engine.Stores() {
		cfg, err := m.config(e, s)
		if err != nil {
			return fmt.Errorf("cachedb_url %s: %w", s.Name(), err)
		}
		cfg.Resolver = c.Resolver()
		if m.mustConnect && !m.lazy {
			if err := redis.Check(cfg); err != nil {
				return fmt.Errorf("cachedb_url %s: %w", s.Name(), err)
			}
		}
		x := &store{
			name: s.Name(), url: s.URLs[0], limit: m.queryTimeout,
			client: redis.New(c.Group, c.Ops, cfg, c.Group.Logger()), ops: loop.NewPool[op](c.Group),
		}
		m.stores = append(m.stores, x)
		s.Open(x)
	}
	return nil
}

// config makes the configuration of a store of its URLs.
func (m *Module) config(e *module.Env, s *cachedb.Store) (redis.Config, error) {
	cfg := redis.Config{ConnectTimeout: m.connectTimeout, QueryTimeout: m.queryTimeout, Keepalive: m.keepalive, InFlight: m.inFlight, Lazy: m.lazy}
	if m.keepalive == 0 {
		cfg.Keepalive = -1
	}
	var first address
	for i, u := range s.URLs {
		a, err := parse(u)
		if err != nil {
			return cfg, err
		}
		if i == 0 {
			first = a
		}
		if !a.sameAccess(first) {
			return cfg, fmt.Errorf("the URLs of one group differ in more than their hosts")
		}
		cfg.Hosts = append(cfg.Hosts, a.hosts...)
	}
	cfg.User, cfg.Password, cfg.DB = first.user, first.password, first.db
	var err error
	cfg.TLS, err = m.clientTLS(e, first.tlsDomain)
	return cfg, err
}

// Close ends the connections.
func (m *Module) Close() error {
	for _, s := range m.stores {
		s.client.Close()
	}
	return nil
}

// Report writes the counters of the stores, one line each.
func (m *Module) Report(line func(string)) {
	for _, s := range m.stores {
		n := s.client.Snapshot()
		line(fmt.Sprintf("cachedb_redis %s commands=%d completed=%d failed=%d timed_out=%d overloaded=%d unavailable=%d waited=%d moved=%d "+
			"refreshes=%d open=%d connects=%d lost=%d replaced=%d in_flight=%d", s.name, n.Commands, n.Completed, n.Failed, n.TimedOut,
			n.Overloaded, n.Unavailable, n.Waited, n.Moved, n.Refreshes, n.Open, n.Connects, n.Lost, n.Replaced, n.InFlight()))
	}
}
