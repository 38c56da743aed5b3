package usrloc

import (
	"strings"
	"testing"
)

// "Setting this parameter will override any cluster_mode, restart_persistency and
// sql_write_mode settings"; load-from-sql causes sql_write_mode "to default to write-back".
func TestModes(t *testing.T) {
	for text, want := range map[string]mode{
		"": inMemory,
		"working_mode_preset=single-instance-no-db":                                               inMemory,
		"working_mode_preset=single-instance-sql-write-back":                                      writeBack,
		"working_mode_preset=single-instance-sql-write-through":                                   writeThrough,
		"working_mode_preset=sql-only":                                                            sqlOnly,
		"working_mode_preset=full-sharing-cachedb-cluster":                                        inCache,
		"cluster_mode=sql-only":                                                                   sqlOnly,
		"cluster_mode=full-sharing-cachedb":                                                       inCache,
		"cluster_mode=none restart_persistency=none sql_write_mode=write-through":                 inMemory,
		"restart_persistency=load-from-sql":                                                       writeBack,
		"restart_persistency=load-from-sql sql_write_mode=write-back":                             writeBack,
		"restart_persistency=load-from-sql sql_write_mode=write-through":                          writeThrough,
		"restart_persistency=load-from-sql cluster_mode=sql-only":                                 sqlOnly,
		"working_mode_preset=single-instance-no-db cluster_mode=sql-only":                         inMemory,
		"restart_persistency=load-from-sql working_mode_preset=single-instance-sql-write-through": writeThrough,
	} {
		s, err := set(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		s.dbURL, s.cacheURL = "postgres://db/x", "redis:a://b/"
		if got := s.chosen(); got != want || s.missing(false) != nil {
			t.Errorf("%s: mode %d (%v), want %d", text, got, s.missing(false), want)
		}
	}
	for n, want := range []mode{inMemory, writeThrough, writeBack, sqlOnly} {
		s := &settings{dbURL: "x"}
		if err := s.dbMode(n); err != nil {
			t.Error(err)
		}
		if got := s.chosen(); got != want {
			t.Errorf("db_mode %d is mode %d", n, got)
		}
	}
}

// What needs other nodes is refused, and says what to do instead; so is a mode without its
// database.
func TestModesThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"working_mode_preset=full-sharing-cluster":       "needs the clusterer module",
		"working_mode_preset=federation-cachedb-cluster": "needs the clusterer module",
		"cluster_mode=full-sharing":                      "let the nodes share a database (sql-only)",
		"cluster_mode=federation-cachedb":                "needs the clusterer module",
		"restart_persistency=sync-from-cluster":          "needs the clusterer module",
		"working_mode_preset=no-db":                      "must be single-instance-no-db or ",
		"pinging_mode=none":                              "must be ownership or cooperation",
	} {
		if _, err := set(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		"working_mode_preset=sql-only":                     "working_mode_preset: the mode sql-only needs db_url",
		"cluster_mode=sql-only":                            "cluster_mode: the mode sql-only needs db_url",
		"restart_persistency=load-from-sql":                "restart_persistency: load-from-sql needs db_url",
		"working_mode_preset=full-sharing-cachedb-cluster": "working_mode_preset: the mode full-sharing-cachedb-cluster needs cachedb_url",
	} {
		s, _ := set(text)
		if x := s.missing(false); x == nil || x.Param+": "+x.Msg != want || x.Hint == "" {
			t.Errorf("%s: %+v", text, x)
		}
		if x := s.missing(true); x != nil && strings.Contains(want, "db_url") && !strings.Contains(want, "cachedb") {
			t.Errorf("%s, with db_default_url: %+v", text, x)
		}
	}
}

// set gives parameters their values.
func set(text string) (*settings, error) {
	s := new(settings)
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch name {
		case "working_mode_preset":
			s.presetSet, err = true, choose(&s.preset, value, presets)
		case "cluster_mode":
			err = choose(&s.clusterMode, value, clusterModes)
		case "restart_persistency":
			err = choose(&s.persistency, value, persistencies)
		case "sql_write_mode":
			err = choose(&s.sqlWrite, value, sqlWrites)
		case "pinging_mode":
			err = choose(&s.pingingMode, value, pingModes)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}
