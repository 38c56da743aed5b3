package json

import "slices"

// A kind is the type of a node.
type kind uint8

const (
	literal kind = iota // null, true, false or a number, as text
	str
	object
	array
)

// A node is one JSON value.
type node struct {
	kind    kind
	text    string // of a literal or a string
	members []member
	items   []*node
}

// A member is one name and value of an object, in the order of coming.
type member struct {
	name  string
	value *node
}

// find returns the index of a member, -1 if there is none.
func (n *node) find(name string) int {
	return slices.IndexFunc(n.members, func(m member) bool { return m.name == name })
}

// put sets a member.
func (n *node) put(name string, v *node) {
	if i := n.find(name); i >= 0 {
		n.members[i].value = v
		return
	}
	n.members = append(n.members, member{name, v})
}

// fewMembers is how many members are looked through one by one.
const fewMembers = 16

// An index finds the members of one object by their names. Without it the time to read or
// merge a large object would grow with the square of its size.
type index struct {
	n  *node
	at map[string]int // nil while there are few
}

func (x *index) find(name string) int {
	if x.at == nil {
		if len(x.n.members) <= fewMembers {
			return x.n.find(name)
		}
		x.at = make(map[string]int, 2*len(x.n.members))
		for i, m := range slices.Backward(x.n.members) {
			x.at[m.name] = i
		}
	}
	if i, ok := x.at[name]; ok {
		return i
	}
	return -1
}

func (x *index) put(name string, v *node) {
	if i := x.find(name); i >= 0 {
		x.n.members[i].value = v
		return
	}
	if x.at != nil {
		x.at[name] = len(x.n.members)
	}
	x.n.members = append(x.n.members, member{name, v})
}

// mostLinked bounds the depth that links can make.
const mostLinked = 1000

// contains reports whether m is n or below it, or n is too deep to tell.
func (n *node) contains(m *node) bool {
	seen := map[*node]bool{}
	var look func(n *node, depth int) bool
	look = func(n *node, depth int) bool {
		if n == m || depth > mostLinked {
			return true
		}
		if seen[n] {
			return false
		}
		seen[n] = true
		for _, x := range n.items {
			if look(x, depth+1) {
				return true
			}
		}
		for _, x := range n.members {
			if look(x.value, depth+1) {
				return true
			}
		}
		return false
	}
	return look(n, 0)
}
