// Package cachedb is OpenSIPS's key-value interface: the engines that modules offer
// under a scheme ("local", "redis", "sql"), and the stores that cachedb_url parameters
// name within them ("redis", "redis:group1").
//
// A module declares its [Engine] in Setup, adds a [Store] for each cachedb_url, and
// opens the stores in Start. The script's cache_* functions find the store of a constant
// name when the script is compiled, so an unknown one is a mistake of the configuration
// and not of a call. The package refuses to know what a store is made of.
package cachedb

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fastsips/fastsips/loop"
)

// An Engine is a kind of store.
type Engine struct {
	Scheme string // as scripts and URLs write it
	Doc    string // one line
	Raw    bool   // it takes raw queries

	stores map[string]*Store
}

// NewEngine returns an Engine without stores.
func NewEngine(scheme, doc string) *Engine {
	return &Engine{Scheme: scheme, Doc: doc, stores: map[string]*Store{}}
}

// Add declares the store of a cachedb_url. A second URL of the same group adds to the
// store that is there; what several mean is the engine's business.
func (e *Engine) Add(text string) (*Store, error) {
	u, err := ParseURL(text)
	if err != nil {
		return nil, err
	}
	if u.Scheme != e.Scheme {
		return nil, fmt.Errorf("the scheme is %s here, not %s", e.Scheme, u.Scheme)
	}
	s := e.Default(u.Group)
	s.URLs = append(s.URLs, u)
	return s, nil
}

// Default returns the store of a group, and declares it without a URL if there is none.
func (e *Engine) Default(group string) *Store {
	s := e.stores[group]
	if s == nil {
		s = &Store{Engine: e, Group: group}
		e.stores[group] = s
	}
	return s
}

// Store returns the store of a group, "" for the one without; nil if there is none.
func (e *Engine) Store(group string) *Store { return e.stores[group] }

// Stores returns all stores, by group.
func (e *Engine) Stores() []*Store {
	var list []*Store
	for _, g := range slices.Sorted(maps.Keys(e.stores)) {
		list = append(list, e.stores[g])
	}
	return list
}

// A Store is one group of an Engine: what a script calls "local" or "redis:group1". It
// is declared before the script is compiled, and can be used once it is open.
type Store struct {
	Engine *Engine
	Group  string // "": the engine's default
	URLs   []URL  // of the configuration, in its order

	db DB
}

// Name is what a script calls it.
func (s *Store) Name() string {
	if s.Group == "" {
		return s.Engine.Scheme
	}
	return s.Engine.Scheme + ":" + s.Group
}

// Open gives the store what does its work. Before the loops start.
func (s *Store) Open(db DB) { s.db = db }

// DB returns what Open was given: for modules that need more of it than Do.
func (s *Store) DB() DB { return s.db }

// Do is [DB.Do]; it fails while the store is not open.
func (s *Store) Do(l *loop.Loop, c Command) (Answer, Op) {
	if s.db == nil {
		return Answer{Status: Failed}, nil
	}
	return s.db.Do(l, c)
}
