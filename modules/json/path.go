package json

import (
	"errors"
	"strconv"
	"strings"
)

// A path is name/key[index]…, and at the end .keys or .values.
type path struct {
	name  string
	steps []step
	walk  walk
}

// A step goes down to a member, an item or behind the last item.
type step struct {
	key    string
	index  int
	kind   kind // object: key; array: index
	append bool // []
}

// A walk says what an index of the whole variable goes through.
type walk uint8

const (
	values walk = iota
	keys
)

var errPath = errors.New("it must be name/key[index]/key…")

// parsePath reads a path.
func parsePath(text string) (*path, error) {
	p := new(path)
	if rest, ok := strings.CutSuffix(text, ".keys"); ok {
		text, p.walk = rest, keys
	} else {
		text = strings.TrimSuffix(text, ".values")
	}
	n := strings.IndexAny(text, "/[")
	if n < 0 {
		n = len(text)
	}
	p.name = text[:n]
	if p.name == "" {
		return nil, errPath
	}
	for text = text[n:]; text != ""; {
		s, rest, err := nextStep(text)
		if err != nil {
			return nil, err
		}
		p.steps, text = append(p.steps, s), rest
	}
	return p, nil
}

func nextStep(text string) (s step, rest string, err error) {
	if text[0] == '/' {
		n := strings.IndexAny(text[1:], "/[") + 1
		if n == 0 {
			n = len(text)
		}
		return step{kind: object, key: text[1:n]}, text[n:], nil
	}
	inner, rest, ok := strings.Cut(text[1:], "]")
	if text[0] != '[' || !ok {
		return s, "", errPath
	}
	if inner == "" {
		return step{kind: array, append: true}, rest, nil
	}
	i, err := strconv.Atoi(inner)
	if err != nil {
		return s, "", errors.New("[" + inner + "] is no index")
	}
	return step{kind: array, index: i}, rest, nil
}

func bindPath(text string) (any, error) { return parsePath(text) }

// down returns what s leads to from n, nil if there is nothing.
func (s step) down(n *node) *node {
	if n.kind != s.kind || s.append {
		return nil
	}
	if s.kind == object {
		if i := n.find(s.key); i >= 0 {
			return n.members[i].value
		}
		return nil
	}
	if i := s.at(n); i >= 0 && i < len(n.items) {
		return n.items[i]
	}
	return nil
}

// at is the index in n: "negative indexes can be used to access an array starting from
// the end".
func (s step) at(n *node) int {
	if s.index < 0 {
		return s.index + len(n.items)
	}
	return s.index
}

// put makes v what s leads to from n; false: there is no such place.
func (s step) put(n, v *node) bool {
	switch {
	case n.kind != s.kind:
		return false
	case s.kind == object:
		n.put(s.key, v)
		return true
	case s.append:
		n.items = append(n.items, v)
		return true
	}
	i := s.at(n)
	if i < 0 || i >= len(n.items) {
		return false
	}
	n.items[i] = v
	return true
}

// remove takes away what s leads to from n.
func (s step) remove(n *node) bool {
	if s.down(n) == nil {
		return false
	}
	if s.kind == object {
		i := n.find(s.key)
		n.members = append(n.members[:i], n.members[i+1:]...)
		return true
	}
	i := s.at(n)
	n.items = append(n.items[:i], n.items[i+1:]...)
	return true
}
