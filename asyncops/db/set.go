package db

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A Set is the databases of a program. Databases are opened before the loops
// start, each URL once.
type Set struct {
	Group    *loop.Group
	Ops      *asyncops.Set
	MaxConns int    // db_max_async_connections: for each URL, all loops together; 0: the driver's default
	Default  string // db_default_url

	drivers func(module string) any
	open    map[string]Database
	order   []string // URLs in the order of opening
}

// NewSet makes a Set whose Drivers are modules: drivers returns a loaded one by its
// name, nil if it is not loaded.
func NewSet(g *loop.Group, ops *asyncops.Set, drivers func(module string) any) *Set {
	return &Set{Group: g, Ops: ops, drivers: drivers, open: map[string]Database{}}
}

// For returns a Set for other loops, with the same drivers: for what a module reads while
// it starts, when the loops of s do not run yet. Whoever asked for it closes it.
func (s *Set) For(g *loop.Group, ops *asyncops.Set) *Set {
	other := NewSet(g, ops, s.drivers)
	other.MaxConns, other.Default = s.MaxConns, s.Default
	return other
}

// Log is where drivers write.
func (s *Set) Log() *slog.Logger { return s.Group.Logger() }

// Open returns the database of a db_url, as OpenSIPS writes it; "" stands for the
// default. The error names no password.
func (s *Set) Open(url string) (Database, error) {
	url = cmp.Or(strings.TrimSpace(url), s.Default)
	if d := s.open[url]; d != nil {
		return d, nil
	}
	u, err := ParseURL(url)
	if err != nil {
		return nil, err
	}
	driver, err := s.driver(u.Scheme)
	if err != nil {
		return nil, err
	}
	d, err := driver.OpenDatabase(s, u)
	if err != nil {
		return nil, err
	}
	s.open[url] = d
	s.order = append(s.order, url)
	return d, nil
}

// driver returns that of a URL scheme.
func (s *Set) driver(scheme string) (Driver, error) {
	module, known := ModuleOf(scheme)
	if !known {
		return nil, fmt.Errorf("no driver for %q; there are %s", scheme+"://", strings.Join(Schemes(), ", "))
	}
	d, ok := s.drivers(module).(Driver)
	if !ok {
		return nil, fmt.Errorf("db_url %s needs loadmodule %q", scheme, module+".so")
	}
	return d, nil
}

// modules are the drivers' names by URL scheme.
var modules = map[string]string{
	"postgres":   "db_postgres",
	"postgresql": "db_postgres",
	"mysql":      "db_mysql",
	"sqlite":     "db_sqlite",
	"sqlite3":    "db_sqlite",
	"text":       "db_text",
	"virtual":    "db_virtual",
}

// ModuleOf returns the name of the module that is the driver of a URL scheme.
func ModuleOf(scheme string) (module string, known bool) {
	module, known = modules[scheme]
	return module, known
}

// Schemes lists the URL schemes, each with "://".
func Schemes() []string {
	list := slices.Sorted(maps.Keys(modules))
	for i, s := range list {
		list[i] = s + "://"
	}
	return list
}

// Begin begins q on the loop in hand for users that have no script run to await it;
// see asyncops.Table.Begin.
func (s *Set) Begin(l *loop.Loop, q Query, timeout time.Duration, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
	return s.Ops.On(l).Begin(l, q, timeout, w)
}

// Close ends all databases, the one opened last first. The loops still run.
func (s *Set) Close() {
	for _, url := range slices.Backward(s.order) {
		s.open[url].Close()
	}
	clear(s.open)
	s.order = nil
}
