package script

// Each calls f with every value, the newest first, and its name; r is the registry of the
// script that gave the names. It is for showing what there is.
func (a *AVPs) Each(r *Registry, f func(name []byte, v Value)) {
	constant := map[int32]string{}
	for name, id := range *r.avps.m.Load() {
		constant[id] = name
	}
	for i := len(a.list) - 1; i >= 0; i-- {
		id := a.list[i].id
		if id >= 0 {
			f([]byte(constant[id]), a.value(i))
		} else {
			s := a.dyn[^id]
			f(a.text[s.off:s.end], a.value(i))
		}
	}
}
