package json

import (
	"slices"

	"github.com/fastsips/fastsips/script"
)

// named is the path of an argument that is a $json.
func (m *Module) named(c *script.Ctx, v script.VarRef) *path {
	name, a, done := v.Named(c)
	defer done()
	if a == nil || a.Has {
		return nil
	}
	if name != "json" {
		c.LogError("json: json_link takes $json variables, not $%s", name)
		return nil
	}
	return m.path(c, a)
}

// link: "changes to any of the objects will be visible in both of them". What would
// make a document contain itself is refused.
func (m *Module) link(c *script.Ctx, to, from script.VarRef) script.Ret {
	p, q := m.named(c, to), m.named(c, from)
	if p == nil || q == nil {
		return -1
	}
	n := m.find(c, q)
	if n == nil {
		return -1
	}
	if root := m.find(c, &path{name: p.name}); root != nil && len(p.steps) > 0 && n.contains(m.find(c, &path{name: p.name, steps: p.steps[:len(p.steps)-1]})) {
		c.LogError("json: json_link: the document would contain itself")
		return -1
	}
	if !m.put(c, p, n) {
		return -1
	}
	return 1
}

func merge(c *script.Ctx, document, patch []byte, out script.VarRef) script.Ret {
	n, err := parse(document)
	if err != nil {
		c.LogError("json: json_merge: the document: %v", err)
		return -1
	}
	p, err := parse(patch)
	if err != nil {
		c.LogError("json: json_merge: the patch: %v", err)
		return -1
	}
	b, ok := bare.print(nil, patched(n, p), 0)
	if !ok || !out.Replace(c, script.StrValue(c.Copy(b))) {
		return -1
	}
	return 1
}

// patched is MergePatch of RFC 7396 §2.
func patched(n, patch *node) *node {
	if patch.kind != object {
		return patch
	}
	if n == nil || n.kind != object {
		n = &node{kind: object}
	}
	members := index{n: n}
	for _, m := range patch.members {
		i := members.find(m.name)
		switch {
		case m.value.kind == literal && m.value.text == "null":
			if i >= 0 {
				n.members[i].value = nil
			}
		case i >= 0:
			n.members[i].value = patched(n.members[i].value, m.value)
		default:
			members.put(m.name, patched(nil, m.value))
		}
	}
	n.members = slices.DeleteFunc(n.members, func(m member) bool { return m.value == nil })
	return n
}
