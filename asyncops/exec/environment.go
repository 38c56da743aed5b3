package exec

import "strings"

// environment puts extra over base: of a name given twice the last one counts,
// and it is handed on once.
func environment(base, extra []string) []string {
	if len(extra) == 0 {
		return base
	}
	env := make([]string, 0, len(base)+len(extra))
	for i, list := range [2][]string{base, extra} {
		for j, kv := range list {
			if i == 0 && named(extra, kv) || i == 1 && named(extra[j+1:], kv) {
				continue
			}
			env = append(env, kv)
		}
	}
	return env
}

// named reports whether list sets the variable that kv sets.
func named(list []string, kv string) bool {
	name, _, _ := strings.Cut(kv, "=")
	for _, e := range list {
		if len(e) > len(name) && e[len(name)] == '=' && e[:len(name)] == name {
			return true
		}
	}
	return false
}
