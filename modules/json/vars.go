package json

import (
	"strconv"

	"github.com/fastsips/fastsips/script"
)

// path returns the path that a variable was written with.
func (m *Module) path(c *script.Ctx, a *script.Arg) *path {
	if p, ok := a.Key.(*path); ok {
		return p
	}
	p, err := parsePath(string(a.Name))
	if err != nil {
		c.LogError("json: $json(%s): %v", a.Name, err)
		return nil
	}
	return p
}

// find returns what p leads to, nil if there is nothing.
func (m *Module) find(c *script.Ctx, p *path) *node {
	d := m.docs.Look(c)
	if d == nil {
		return nil
	}
	n := d.roots[p.name]
	for i := 0; n != nil && i < len(p.steps); i++ {
		n = p.steps[i].down(n)
	}
	return n
}

// reader returns the Get of a variable that prints in style s.
func (m *Module) reader(s style) func(*script.Ctx, *script.Arg) script.Value {
	return func(c *script.Ctx, a *script.Arg) script.Value {
		p := m.path(c, a)
		if p == nil {
			return script.Null
		}
		n := m.find(c, p)
		switch {
		case n == nil:
			return script.Null
		case a.Has && !a.All:
			return m.element(c, n, p.walk, int(a.Index), s)
		case p.walk == keys:
			return script.Null
		}
		return m.value(c, n, s)
	}
}

// element is value or key number i of an array or an object.
func (m *Module) element(c *script.Ctx, n *node, w walk, i int, s style) script.Value {
	size := len(n.items) + len(n.members)
	if i < 0 {
		i += size
	}
	switch {
	case i < 0 || i >= size:
		return script.Null
	case n.kind == array:
		return m.value(c, n.items[i], s)
	case w == keys:
		return script.StrValue(c.Copy([]byte(n.members[i].name)))
	}
	return m.value(c, n.members[i].value, s)
}

// value: an integer is an integer, a string a string, anything else its text.
func (m *Module) value(c *script.Ctx, n *node, s style) script.Value {
	if n.kind == str {
		return script.StrValue(c.Copy([]byte(n.text)))
	}
	if n.kind == literal {
		if i, err := strconv.ParseInt(n.text, 10, 64); err == nil && (int64(int32(i)) == i || !m.quoteLong) {
			return script.IntValue(int32(i))
		}
	}
	b, ok := s.print(nil, n, 0)
	if !ok {
		c.LogError("json: a value of more than %d bytes", longest)
		return script.Null
	}
	return script.StrValue(c.Copy(b))
}

// assign is =, which takes v as it is, and := , which reads it as JSON. NULL removes.
func (m *Module) assign(c *script.Ctx, a *script.Arg, v script.Value, reads bool) bool {
	p := m.path(c, a)
	if p == nil || p.walk == keys || a.Has {
		return false
	}
	if v.IsNull() {
		return m.remove(c, p)
	}
	n, err := made(c, v, reads)
	if err != nil {
		c.LogError("json: $json(%s): %v", a.Name, err)
		return false
	}
	if !m.put(c, p, n) {
		c.LogError("json: $json(%s): there is no such place", a.Name)
		return false
	}
	return true
}

// made makes a node of a value.
func made(c *script.Ctx, v script.Value, reads bool) (*node, error) {
	text, _ := c.Text(v)
	switch {
	case reads:
		return parse(text)
	case v.Kind == script.IntKind:
		return &node{text: string(text)}, nil
	}
	return &node{kind: str, text: string(text)}, nil
}

// put makes n what p leads to; false: there is nothing for it to be in.
func (m *Module) put(c *script.Ctx, p *path, n *node) bool {
	last := len(p.steps) - 1
	if last < 0 {
		d := m.docs.Of(c)
		if d.roots == nil {
			d.roots = map[string]*node{}
		}
		d.roots[p.name] = n
		return true
	}
	in := m.find(c, &path{name: p.name, steps: p.steps[:last]})
	return in != nil && p.steps[last].put(in, n)
}

// remove takes away what p leads to.
func (m *Module) remove(c *script.Ctx, p *path) bool {
	last := len(p.steps) - 1
	if last < 0 {
		if d := m.docs.Look(c); d != nil {
			delete(d.roots, p.name)
		}
		return true
	}
	in := m.find(c, &path{name: p.name, steps: p.steps[:last]})
	return in != nil && p.steps[last].remove(in)
}
