package statistics

import (
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/script"
)

// iterators are those of one run, by name.
type iterators map[string]*iterator

type iterator struct{ left []*metrics.Stat }

func (m *Module) iterInit(c *script.Ctx, group, name []byte) script.Ret {
	list := m.all.Group(string(group))
	if list == nil && !m.groups[string(group)] {
		c.LogError("statistics: there is no group %s", group)
		return -1
	}
	its := m.iters.Of(c)
	if *its == nil {
		*its = iterators{}
	}
	(*its)[string(name)] = &iterator{list}
	return 1
}

func (m *Module) iterNext(c *script.Ctx, name, val script.VarRef, iter []byte) script.Ret {
	its := m.iters.Look(c)
	if its == nil {
		return -1
	}
	it := (*its)[string(iter)]
	if it == nil || len(it.left) == 0 {
		return -1
	}
	s := it.left[0]
	it.left = it.left[1:]
	if !name.Set(c, script.StrValue([]byte(s.Name))) || !val.Set(c, script.IntValue(int32(s.Value()))) {
		return -1
	}
	return 1
}
