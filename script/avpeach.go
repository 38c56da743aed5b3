package script

// Each calls f with every value, the newest first, and its name; r is the registry of the
// script that gave the names. It is for showing what there is.
func (a *AVPs) Each(r *Registry, f func(name []byte, v Value)) {
	constant := r.avps.reverse()
	for i := len(a.list) - 1; i >= 0; i-- {
		f(a.name(a.list[i].id, constant), a.value(i))
	}
}
