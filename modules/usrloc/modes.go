package usrloc

import (
	"fmt"
	"slices"

	"github.com/fastsips/fastsips/module"
)

// A mode is where contacts are kept.
type mode uint8

const (
	inMemory     mode = iota // single-instance-no-db
	writeBack                // in memory, and written every timer_interval
	writeThrough             // in memory, once they have been written
	sqlOnly                  // in the database
	inCache                  // in the key-value store
)

// What the parameters may say.
var (
	presets = []string{"single-instance-no-db", "single-instance-sql-write-through", "single-instance-sql-write-back", "sql-only",
		"full-sharing-cachedb-cluster", "full-sharing-cluster", "federation-cachedb-cluster"}
	clusterModes   = []string{"none", "sql-only", "full-sharing-cachedb", "full-sharing", "federation-cachedb"}
	persistencies  = []string{"none", "load-from-sql", "sync-from-cluster"}
	sqlWrites      = []string{"none", "write-through", "write-back"}
	pingModes      = []string{"ownership", "cooperation"}
	presetModes    = []mode{inMemory, writeThrough, writeBack, sqlOnly, inCache}
	clusterPresets = map[string]mode{"sql-only": sqlOnly, "full-sharing-cachedb": inCache}
)

func (s *settings) modes(p *module.Params) {
	p.Func("working_mode_preset", `where contacts are kept: "single-instance-no-db" (the default), in memory; "single-instance-sql-write-back", there, and written to the database every timer_interval; `+
		`"single-instance-sql-write-through", there, once the database has them; "sql-only", in the database; "full-sharing-cachedb-cluster", in Redis`,
		func(v string) error { s.presetSet = true; return choose(&s.preset, v, presets) })
	p.Func("cluster_mode", `instead of working_mode_preset: "none", "sql-only" or "full-sharing-cachedb"`,
		func(v string) error { return choose(&s.clusterMode, v, clusterModes) })
	p.Func("restart_persistency", `with cluster_mode "none": "none", or "load-from-sql", to find the contacts in the database after a restart`,
		func(v string) error { return choose(&s.persistency, v, persistencies) })
	p.Func("sql_write_mode", `with restart_persistency "load-from-sql": "write-back" (the default then) or "write-through"`,
		func(v string) error { return choose(&s.sqlWrite, v, sqlWrites) })
	p.Func("pinging_mode", `whom nathelper pings: "ownership" or "cooperation"; with one node they are the same`,
		func(v string) error { return choose(&s.pingingMode, v, pingModes) })
	p.Replaced("db_mode", `write working_mode_preset: 0 is "single-instance-no-db", 1 "single-instance-sql-write-through", 2 "single-instance-sql-write-back", 3 "sql-only"`, s.dbMode)
}

// choose sets v to which of the words text is, and refuses those that need other nodes.
func choose(v *int, text string, words []string) error {
	i := slices.Index(words, text)
	switch {
	case i < 0:
		return fmt.Errorf("must be %s, not %q", list(words), text)
	case needsNodes(text):
		return fmt.Errorf("%q needs the clusterer module, which is not there yet: let the nodes share a database (sql-only) or Redis (full-sharing-cachedb-cluster)", text)
	}
	*v = i
	return nil
}

func needsNodes(word string) bool {
	return slices.Contains([]string{"full-sharing", "full-sharing-cluster", "federation-cachedb", "federation-cachedb-cluster", "sync-from-cluster"}, word)
}

// list writes the words that can be chosen.
func list(words []string) (s string) {
	for _, w := range words {
		if needsNodes(w) {
			continue
		}
		if s != "" {
			s += " or "
		}
		s += w
	}
	return s
}

// dbMode is how OpenSIPS 2 said it.
func (s *settings) dbMode(n int) error {
	if n < 0 || n > 3 {
		return fmt.Errorf("must be from 0 to 3, not %d", n)
	}
	s.presetSet, s.preset = true, n
	return nil
}

// CheckParams reports a mode without what it needs, and declares the store of cachedb_url.
func (m *Module) CheckParams() *module.Mistake {
	if x := m.set.missing(m.hasDefaultDatabase()); x != nil || m.set.chosen() != inCache {
		return x
	}
	if err := m.declareCache(); err != nil {
		return &module.Mistake{Param: "cachedb_url", Msg: err.Error(), Hint: `cachedb_url is written "redis:group://host:port/"`}
	}
	return nil
}

// missing is what the mode needs, and nothing has said.
func (s *settings) missing(defaultDB bool) *module.Mistake {
	switch s.chosen() {
	case writeBack, writeThrough, sqlOnly:
		if s.dbURL == "" && !defaultDB {
			return s.lacks("db_url", "postgres://user:password@localhost/opensips")
		}
	case inCache:
		if s.cacheURL == "" {
			return s.lacks("cachedb_url", "redis:location://localhost:6379/")
		}
	}
	return nil
}

// hasDefaultDatabase reports that there is a db_default_url.
func (m *Module) hasDefaultDatabase() bool {
	core, is := m.env.Module(module.CoreName).(interface{ DefaultDatabase() string })
	return is && core.DefaultDatabase() != ""
}

// lacks says what the mode needs, at the parameter that has chosen it.
func (s *settings) lacks(param, example string) *module.Mistake {
	x := &module.Mistake{Param: "restart_persistency", Msg: "load-from-sql", Hint: fmt.Sprintf("add modparam(\"usrloc\", %q, %q)", param, example)}
	switch {
	case s.presetSet:
		x.Param, x.Msg = "working_mode_preset", "the mode "+presets[s.preset]
	case clusterModes[s.clusterMode] != "none":
		x.Param, x.Msg = "cluster_mode", "the mode "+clusterModes[s.clusterMode]
	}
	x.Msg += " needs " + param
	return x
}

// chosen is what the parameters come to. A preset wins.
func (s *settings) chosen() mode {
	if s.presetSet {
		return presetModes[s.preset]
	}
	if m, ok := clusterPresets[clusterModes[s.clusterMode]]; ok {
		return m
	}
	if persistencies[s.persistency] != "load-from-sql" {
		return inMemory
	}
	if sqlWrites[s.sqlWrite] == "write-through" {
		return writeThrough
	}
	return writeBack
}
