package mi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Call runs the command called name with params: a JSON array (by position), a JSON
// object (by name), or nothing. It waits for the command that is running, if any.
// The error is an *Error.
func (t *Table) Call(ctx context.Context, name string, params json.RawMessage) (any, error) {
	c, err := t.Find(name)
	if err != nil {
		return nil, err
	}
	r, args, err := c.choose(params)
	if err != nil {
		return nil, err
	}
	t.running.Lock()
	defer t.running.Unlock()
	result, err := r.safely(ctx, args)
	if err != nil {
		return nil, asError(err)
	}
	if result == nil {
		return OK, nil
	}
	return result, nil
}

// safely runs r; a panic is the command's error and not the end of the process.
func (r *Recipe) safely(ctx context.Context, args []json.RawMessage) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = nil, Errorf(CodeServer, "Server error").With(fmt.Sprintf("BUG: %v", p))
		}
	}()
	return r.run(ctx, args)
}

// choose finds the recipe that params fit, and puts them in its order.
func (c *Command) choose(params json.RawMessage) (*Recipe, []json.RawMessage, error) {
	params = bytes.TrimSpace(params)
	var list []json.RawMessage
	var named map[string]json.RawMessage
	switch {
	case len(params) == 0 || string(params) == "null":
	case params[0] == '[' && json.Unmarshal(params, &list) == nil:
	case params[0] == '{' && json.Unmarshal(params, &named) == nil:
	default:
		return nil, nil, Errorf(CodeRequest, "Invalid Request")
	}
	if len(named) > 0 {
		return c.byName(named)
	}
	return c.byPosition(list)
}

func (c *Command) byName(named map[string]json.RawMessage) (*Recipe, []json.RawMessage, error) {
	why := "Too few or too many parameters"
	for i := range c.Recipes {
		r := &c.Recipes[i]
		if len(r.Params) != len(named) {
			continue
		}
		why = "Named parameters do not match"
		if !slices.ContainsFunc(r.Params, func(p ParamInfo) bool { return named[p.Name] == nil }) {
			args := make([]json.RawMessage, len(r.Params))
			for j, p := range r.Params {
				args[j] = named[p.Name]
			}
			return r, args, nil
		}
	}
	return nil, nil, invalidParams(why)
}

func (c *Command) byPosition(list []json.RawMessage) (*Recipe, []json.RawMessage, error) {
	var match *Recipe
	for i := range c.Recipes {
		r := &c.Recipes[i]
		if len(r.Params) != len(list) {
			continue
		}
		if match != nil {
			return nil, nil, invalidParams("Ambiguous call, use named parameters instead")
		}
		match = r
	}
	if match == nil {
		match, list = c.gather(list)
	}
	if match == nil {
		return nil, nil, invalidParams("Too few or too many parameters")
	}
	return match, list, nil
}

// gather puts the surplus of positional parameters into the last one, if that is a
// list: opensips-cli passes what was typed word by word.
func (c *Command) gather(list []json.RawMessage) (*Recipe, []json.RawMessage) {
	for i := range c.Recipes {
		r := &c.Recipes[i]
		n := len(r.Params)
		if n == 0 || n > len(list) || r.Params[n-1].Kind != ListParam {
			continue
		}
		rest, err := json.Marshal(list[n-1:])
		if err != nil {
			continue
		}
		return r, append(slices.Clone(list[:n-1]), rest)
	}
	return nil, list
}
