package cachedb

import (
	"fmt"
	"slices"
	"strings"
)

// A Registry is the engines of all loaded modules. It is complete before the script is
// compiled.
type Registry struct{ engines []*Engine }

// Add adds engines. Of two with the same scheme the first wins.
func (r *Registry) Add(list ...*Engine) { r.engines = append(r.engines, list...) }

// Engine returns the engine of a scheme, or nil.
func (r *Registry) Engine(scheme string) *Engine {
	i := slices.IndexFunc(r.engines, func(e *Engine) bool { return e.Scheme == scheme })
	if i < 0 {
		return nil
	}
	return r.engines[i]
}

// Find returns the store that a script calls name: "local", "redis:group1".
func (r *Registry) Find(name string) *Store {
	scheme, group, _ := strings.Cut(name, ":")
	e := r.Engine(scheme)
	if e == nil {
		return nil
	}
	return e.Store(group)
}

// FindBytes is Find without garbage, for a name that a script has computed.
func (r *Registry) FindBytes(name []byte) *Store {
	for _, e := range r.engines {
		for _, s := range e.stores {
			if is(name, e.Scheme, s.Group) {
				return s
			}
		}
	}
	return nil
}

func is(name []byte, scheme, group string) bool {
	if group == "" {
		return string(name) == scheme
	}
	n := len(scheme)
	return len(name) == n+1+len(group) && string(name[:n]) == scheme && name[n] == ':' && string(name[n+1:]) == group
}

// Names yields what a script may call the stores, for suggestions.
func (r *Registry) Names(yield func(string) bool) {
	for _, e := range r.engines {
		for _, s := range e.Stores() {
			if !yield(s.Name()) {
				return
			}
		}
	}
}

// Missing says why there is no store of that name.
func (r *Registry) Missing(name string) string {
	scheme, group, has := strings.Cut(name, ":")
	switch e := r.Engine(scheme); {
	case e == nil:
		return fmt.Sprintf("no loaded module stores under %q", scheme)
	case !has || group == "":
		return fmt.Sprintf("no cachedb_url is just %s://", scheme)
	}
	return fmt.Sprintf("no cachedb_url of %s has the group %q", scheme, group)
}
