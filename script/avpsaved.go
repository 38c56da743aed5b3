package script

// What a database knows of a value.
const (
	notSaved uint8 = iota
	saving
	saved
)

// PushAVP adds v as the newest value of an $avp that is named at run time; inDB says that
// v came from the database that Save is to bring values to. False: there is no room.
func (r *Registry) PushAVP(c *Ctx, name []byte, v Value, inDB bool) bool {
	a := c.avps
	if a.full() {
		c.LogError("core: too many values of $avp: this one is not kept")
		return false
	}
	c.spend(len(v.Str))
	id, ok := r.avps.find(name)
	if !ok {
		id, _ = a.dynamic(name, true)
	}
	a.Push(id, v)
	if inDB {
		a.list[len(a.list)-1].saved = saved
	}
	return true
}

// Save calls f with the name and value of each $avp(name) that no database has yet, the
// newest first; of all names if name is nil. When f has taken it, it counts as being saved
// until Saved.
func (r *Registry) Save(c *Ctx, name []byte, f func(name []byte, v Value) bool) {
	a := c.avps
	known := r.avps.reverse()
	for i := len(a.list) - 1; i >= 0; i-- {
		e := &a.list[i]
		n := a.name(e.id, known)
		if e.saved == notSaved && (name == nil || string(n) == string(name)) && f(n, a.value(i)) {
			e.saved = saving
		}
	}
}

// Saved says whether the values that Save has given out are in the database now.
func (r *Registry) Saved(c *Ctx, ok bool) {
	for i := range c.avps.list {
		if e := &c.avps.list[i]; e.saved == saving {
			e.saved = notSaved
			if ok {
				e.saved = saved
			}
		}
	}
}

// reverse returns the names by their numbers.
func (n *names) reverse() map[int32]string {
	m := map[int32]string{}
	for name, id := range *n.m.Load() {
		m[id] = name
	}
	return m
}

// name returns what id stands for.
func (a *AVPs) name(id int32, known map[int32]string) []byte {
	if id >= 0 {
		return []byte(known[id])
	}
	s := a.dyn[^id]
	return a.text[s.off:s.end]
}
