package db_virtual

import (
	"context"

	"github.com/fastsips/fastsips/mi"
)

// commands show the databases of the sets to operators, who may take them out of use.
func (m *Module) commands() []*mi.Command {
	set := mi.Int("set_index", "place of the set in the configuration, from 0")
	url := mi.Int("db_url_index", "place of the database in its set, from 0")
	may := mi.Int("may_use_db_flag", "1: it may be used, 0: it may not")
	ignore := mi.Int("ingore_retries", "1: forget that it was down")
	return []*mi.Command{
		{Name: "db_virtual:get", Aliases: []string{"db_get"}, Doc: "Show the sets and the state of their databases: can, it is not known to be down; may, it may be used.",
			Recipes: []mi.Recipe{mi.Recipe0(func(context.Context) (any, error) { return m.describe(), nil })}},
		{Name: "db_virtual:set", Aliases: []string{"db_set"}, Doc: "Take a database into use or out of it.", Recipes: []mi.Recipe{
			mi.Recipe3(set, url, may, func(_ context.Context, i, j, may int) (any, error) { return m.switchTo(i, j, may, 0) }),
			mi.Recipe4(set, url, may, ignore, func(_ context.Context, i, j, may, ignore int) (any, error) { return m.switchTo(i, j, may, ignore) }),
		}},
	}
}

func (m *Module) describe() any {
	sets := []any{}
	for i, s := range m.sets {
		dbs := []any{}
		for j, x := range s.members {
			dbs = append(dbs, mi.Object{{Name: "index", Value: j}, {Name: "name", Value: x.url.String()},
				{Name: "can", Value: bit(x.until.Load() == 0)}, {Name: "may", Value: bit(!x.off.Load())}, {Name: "r_rec", Value: 0}})
		}
		sets = append(sets, mi.Object{{Name: "index", Value: i}, {Name: "name", Value: s.name}, {Name: "mode", Value: modes[s.mode]}, {Name: "DBS", Value: dbs}})
	}
	return mi.Object{{Name: "SETS", Value: sets}}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (m *Module) switchTo(i, j, may, ignore int) (any, error) {
	switch {
	case i < 0 || i >= len(m.sets):
		return nil, mi.Errorf(404, "No such set")
	case j < 0 || j >= len(m.sets[i].members):
		return nil, mi.Errorf(404, "No such database")
	case may&^1 != 0 || ignore&^1 != 0:
		return nil, mi.Errorf(400, "Flags are 0 or 1")
	}
	x := m.sets[i].members[j]
	x.off.Store(may == 0)
	if ignore == 1 {
		x.until.Store(0)
	}
	return mi.OK, nil
}
