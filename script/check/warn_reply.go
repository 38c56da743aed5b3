package check

import (
	"fmt"

	"github.com/fastsips/fastsips/script/syntax"
)

// A script goes on after a reply: what sends another one, or the request itself, on the
// same way was hardly meant to. Only ways without a condition on them are looked at.

// replyFuncs send a final response: with a code, its first argument, from 200 on, or
// without one always.
var replyFuncs = map[string]bool{"send_reply": true, "sl_send_reply": true, "t_reply": true, "t_reply_with_body": true, "sl_reply_error": true}

// relayFuncs send the request on.
var relayFuncs = map[string]bool{"t_relay": true, "forward": true, "t_replicate": false}

// finalReply reports whether a call surely sends a final response.
func finalReply(x *syntax.Call) bool {
	if !replyFuncs[x.Name] {
		return false
	}
	if x.Name == "sl_reply_error" {
		return true
	}
	if len(x.Args) == 0 {
		return false
	}
	n, ok := x.Args[0].(*syntax.NumLit)
	return ok && n.Value >= 200
}

// repliesOf looks at every final reply of a route.
func (c *checker) repliesOf(r *syntax.Route) { c.replies(r.Body.Stmts, nil) }

// A way is what follows a list of statements when it has ended, innermost first.
type way struct {
	rest []syntax.Stmt
	then *way
}

// replies looks at the replies in a list, which goes on with what follows it.
func (c *checker) replies(list []syntax.Stmt, then *way) {
	for i, s := range list {
		after := &way{list[i+1:], then}
		switch s := s.(type) {
		case *syntax.ExprStmt:
			if x, ok := s.X.(*syntax.Call); ok && finalReply(x) {
				c.afterReply(x, after)
			}
		case *syntax.Block:
			c.replies(s.Stmts, after)
		case *syntax.If:
			c.replies([]syntax.Stmt{s.Then}, after)
			if s.Else != nil {
				c.replies([]syntax.Stmt{s.Else}, after)
			}
		case *syntax.While:
			c.replies([]syntax.Stmt{s.Body}, nil)
		case *syntax.ForEach:
			c.replies([]syntax.Stmt{s.Body}, nil)
		case *syntax.Switch:
			for _, k := range s.Cases {
				c.replies(k.Body, nil)
			}
		}
	}
}

// afterReply follows the way on from a final reply.
func (c *checker) afterReply(reply *syntax.Call, w *way) {
	for ; w != nil; w = w.then {
		for _, s := range w.rest {
			next, on := passes(s)
			if next != nil {
				c.sentTwice(reply, next)
				return
			}
			if !on {
				return
			}
		}
	}
}

func (c *checker) sentTwice(reply, next *syntax.Call) {
	if c.refused[next] { // told already
		return
	}
	c.refused[next] = true
	if relayFuncs[next.Name] {
		c.d.Add(syntax.Warning, next.Span, fmt.Sprintf("%s is reached after the reply in line %d", next.Name, reply.Line), "is an exit missing after that?")
		return
	}
	c.d.Add(syntax.Warning, next.Span, fmt.Sprintf("%s is the second reply on this way, the first is in line %d", next.Name, reply.Line), "is an exit missing after that?")
}

// passes returns the call of a statement that surely sends something more, and whether the
// way surely goes on behind the statement.
func passes(s syntax.Stmt) (sends *syntax.Call, on bool) {
	switch s := s.(type) {
	case *syntax.ExprStmt:
		return sender(s.X)
	case *syntax.Assign, *syntax.Assert, *syntax.Launch:
		return nil, true
	case *syntax.Block:
		for _, inner := range s.Stmts {
			if sends, on = passes(inner); sends != nil || !on {
				return sends, on
			}
		}
		return nil, true
	case *syntax.If:
		if sends, on = sender(s.Cond); sends != nil || !on {
			return sends, on
		}
		return nil, !leaves(s.Then) && !leaves(s.Else)
	}
	return nil, false
}

// sender finds what is called first in a condition or statement.
func sender(x syntax.Expr) (sends *syntax.Call, on bool) {
	switch x := x.(type) {
	case *syntax.Call:
		if relayFuncs[x.Name] || finalReply(x) {
			return x, true
		}
	case *syntax.RouteCall:
		return nil, false // it may end the script
	case *syntax.Unary:
		return sender(x.X)
	case *syntax.Binary:
		if sends, on = sender(x.X); sends != nil || !on {
			return sends, on
		}
		_, on = sender(x.Y)
		return nil, on
	}
	return nil, true
}

// leaves reports whether something in s may end the route or the loop around it.
func leaves(s syntax.Stmt) bool {
	out := false
	syntax.Walk(s, func(n any) bool {
		switch n.(type) {
		case *syntax.Exit, *syntax.Drop, *syntax.Return, *syntax.Break, *syntax.Async, *syntax.RouteCall:
			out = true
		}
		return !out
	})
	return out
}
