package cachedb_test

import (
	"slices"
	"testing"

	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
)

// "scheme:group://rest"
func TestParseURL(t *testing.T) {
	for text, want := range map[string]cachedb.URL{
		"local://":                          {Scheme: "local"},
		"local:///col":                      {Scheme: "local", Rest: "/col"},
		" redis:group1://u:p@h:6379/0 ":     {Scheme: "redis", Group: "group1", Rest: "u:p@h:6379/0"},
		"sql:1st-mysql://root:x@h/db?a=://": {Scheme: "sql", Group: "1st-mysql", Rest: "root:x@h/db?a=://"},
	} {
		if got, err := cachedb.ParseURL(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "local", "local:group", "://x", ":group://x"} {
		if got, err := cachedb.ParseURL(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// fails is a DB that says so.
type fails struct{}

func (fails) Do(*loop.Loop, cachedb.Command) (cachedb.Answer, cachedb.Op) {
	return cachedb.Answer{Status: cachedb.Full}, nil
}

// A store is found by scheme and group, constant and computed names alike; it cannot be
// used before it is open.
func TestRegistry(t *testing.T) {
	local, redis := cachedb.NewEngine("local", ""), cachedb.NewEngine("redis", "")
	local.Default("")
	for _, url := range []string{"redis:a://one", "redis:a://two", "redis:b://x"} {
		if _, err := redis.Add(url); err != nil {
			t.Error(err)
		}
	}
	if _, err := redis.Add("local://"); err == nil {
		t.Error("a URL of another scheme was taken")
	}
	var r cachedb.Registry
	r.Add(local, redis)
	for name, there := range map[string]bool{"local": true, "redis:a": true, "redis:b": true, "redis": false, "redis:": false, "redis:ab": false, "local:a": false, "redisxa": false, "": false} {
		if s := r.Find(name); (s != nil) != there || s != r.FindBytes([]byte(name)) || there && s.Name() != name {
			t.Errorf("%q: %v", name, s)
		}
		if !there && r.Missing(name) == "" {
			t.Errorf("nothing is said about %q", name)
		}
	}
	if names := slices.Collect(r.Names); !slices.Equal(names, []string{"local", "redis:a", "redis:b"}) {
		t.Error(names)
	}
	s := r.Find("redis:a")
	if len(s.URLs) != 2 || s.URLs[1].String() != "redis:a://two" {
		t.Error(s.URLs)
	}
	if a, op := s.Do(nil, cachedb.Command{}); a.Status != cachedb.Failed || op != nil {
		t.Error("it is not open, and gave ", a, op)
	}
	s.Open(fails{})
	if a, _ := s.Do(nil, cachedb.Command{}); a.Status != cachedb.Full {
		t.Error(a)
	}
	name := []byte("redis:b")
	if n := testing.AllocsPerRun(100, func() { r.FindBytes(name) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
