package json

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Limits of a document's text and of its depth.
const (
	longest = 1 << 20
	deepest = 64
)

// parse reads one JSON value.
func parse(text []byte) (*node, error) {
	if len(text) > longest {
		return nil, errors.New("the text is too long")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	n, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something is behind the value")
	}
	return n, nil
}

func value(d *json.Decoder, depth int) (*node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case string:
		return &node{kind: str, text: t}, nil
	case json.Number:
		return &node{text: t.String()}, nil
	case bool:
		if t {
			return &node{text: "true"}, nil
		}
		return &node{text: "false"}, nil
	case json.Delim:
		if depth == deepest {
			return nil, errors.New("it is nested too deeply")
		}
		return composite(d, t, depth+1)
	}
	return &node{text: "null"}, nil
}

// composite reads what follows a { or a [.
func composite(d *json.Decoder, open json.Delim, depth int) (*node, error) {
	n := &node{kind: array}
	if open == '{' {
		n.kind = object
	}
	members := index{n: n}
	for d.More() {
		name := ""
		if n.kind == object {
			t, err := d.Token()
			if err != nil {
				return nil, err
			}
			name = t.(string) // the decoder lets nothing else through
		}
		v, err := value(d, depth)
		if err != nil {
			return nil, err
		}
		if n.kind == object {
			members.put(name, v)
		} else {
			n.items = append(n.items, v)
		}
	}
	_, err := d.Token() // the closing one
	return n, err
}
