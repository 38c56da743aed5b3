package module

import (
	"slices"

	"github.com/fastsips/fastsips/script/syntax"
)

// What the modules of OpenSIPS 1.x to 3.x were called, and where their functions are now.

// oldModules are modules that have another name today.
var oldModules = map[string]string{
	"avpops": "sqlops", "siptrace": "tracer", "mi_json": "mi_http", "mysql": "db_mysql", "postgres": "db_postgres",
	"unixodbc": "db_unixodbc", "dbtext": "db_text", "flatstore": "db_flatstore", "cpl-c": "cpl_c", "mi_xmlrpc_ng": "mi_xmlrpc",
	"event_jsonrpc": "event_stream", "localcache": "cachedb_local", "memcached": "cachedb_memcached", "uri_db": "uri",
	"pa": "presence", "auth_radius": "auth_aaa", "group_radius": "group", "domain_db": "domain",
}

// builtIn are modules that loadmodule takes and that are always there.
var builtIn = []string{"xlog"}

// movedTo are modules of whose functions some went to another one.
var movedTo = []struct{ from, to string }{
	{"uri", "sipmsgops"},
	{"textops", "sipmsgops"},
}

// goneModules are modules that are accepted under their old name only.
var goneModules = map[string]string{
	"uri": "sipmsgops has has_totag() and its like, auth_db what reads the table of subscribers",
}

// renew returns the present name of a module, "" for one that is built in.
func (l *loading) renew(m *syntax.LoadModule) string {
	now := oldModules[m.Name]
	switch {
	case slices.Contains(builtIn, m.Name):
		l.d.Add(syntax.Note, m.Span, "module "+m.Name+" is built in", "")
		return ""
	case goneModules[m.Name] != "":
		l.d.Deprecated(m.Span, "module "+m.Name+" is gone", goneModules[m.Name])
	case now != "" && l.cat[m.Name] == nil && l.cat[now] != nil:
		l.d.Deprecated(m.Span, "module "+m.Name+" is an old name", "it is "+now+" now")
		l.called[now] = append(l.called[now], m.Name)
		return now
	}
	return m.Name
}

// unknownHint is what to say about a module that is not in the catalogue.
func (l *loading) unknownModule(m *syntax.LoadModule, near string) {
	name := m.Name
	if now := oldModules[name]; now != "" {
		name = now
	}
	hint := ""
	if name != m.Name {
		hint = "it is " + name + " now"
	}
	if slices.Contains(opensipsModules, name) {
		l.d.Add(syntax.Error, m.Span, "module "+m.Name+" is not there yet", hint)
		return
	}
	l.d.Add(syntax.Error, m.Span, "unknown module "+m.Name, didYouMean(near))
}

// follow loads the modules that functions have moved to, where a script calls them and
// has only loaded the module of old.
func (l *loading) follow() {
	for _, x := range movedTo {
		if l.Module(x.from) == nil || l.Module(x.to) != nil || l.cat[x.to] == nil {
			continue
		}
		if moved := l.calls(x.to); moved != "" {
			at := l.at[x.from]
			l.d.Deprecated(at, moved+"() is no longer in module "+x.from, `add loadmodule "`+x.to+`.so"`)
			l.at[x.to] = at
			l.add(x.to, l.cat[x.to]())
		}
	}
}

// calls returns the first function of a module that the script calls, if no module that is
// loaded has it; else "".
func (l *loading) calls(module string) (name string) {
	there := map[string]bool{}
	for _, in := range l.Modules {
		for _, f := range in.Env.Funcs {
			there[f.Name] = true
		}
	}
	e := &Env{Name: module, Shared: l.shared, loaded: l.Loaded}
	l.cat[module]().Setup(e)
	for _, r := range l.cfg.Routes {
		syntax.Walk(r, func(n any) bool {
			if c, ok := n.(*syntax.Call); ok && name == "" && !there[c.Name] {
				for _, f := range e.Funcs {
					if f.Name == c.Name {
						name = c.Name
					}
				}
			}
			return name == ""
		})
	}
	return name
}
