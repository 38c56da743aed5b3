package redis

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"

	"github.com/fastsips/fastsips/loop"
)

// A greeting is what is said before the first command, one question at a time.
type greeting struct {
	step step
	enc  encoder
}

type step uint8

const (
	stepHello   step = iota // RESP3, and who we are
	stepAuth                // who we are, to a server that knows no HELLO
	stepName                // likewise for the connection's name
	stepCluster             // what nodes are there; of a cluster only
	stepSelect              // the number of the database
	stepDone
)

// A greetError is a refusal.
type greetError struct {
	text  string
	final bool // only a person can change it
}

func (e *greetError) Error() string { return e.text }

func refusal(v Value) *greetError {
	word, _, _ := bytes.Cut(v.Bytes(), []byte(" "))
	final := true
	switch string(word) {
	case "LOADING", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "OOM":
		final = false
	}
	return &greetError{fmt.Sprintf("%.200s", v.Bytes()), final}
}

func (c *conn) beginGreeting(l *loop.Loop) { c.ask(l, stepHello) }

// ask asks the question of a step, or of the next one that has something to ask.
func (c *conn) ask(l *loop.Loop, next step) {
	g := &c.greet
	for ; next < stepDone; next++ {
		if args := c.question(next); args != nil {
			g.enc.command(args)
			g.step = next
			c.side.reset(c.n.s.client.cfg.MaxReply)
			c.write(l, g.enc.text)
			return
		}
	}
	c.greet, c.side = greeting{}, Reply{} // they are needed no more
	c.side.reset(c.n.s.client.cfg.MaxReply)
	c.greeted(l)
}

// question returns what is to be asked at a step; nil: nothing.
func (c *conn) question(at step) []string {
	cl := c.n.s.client
	if at == stepCluster && c.n != c.n.s.seed || at == stepSelect && cl.top.Load() != nil {
		return nil
	}
	return cl.cfg.question(at)
}

func (cfg *Config) question(at step) []string {
	switch at {
	case stepHello:
		if cfg.Password == "" {
			return []string{"HELLO", "3", "SETNAME", cfg.Name}
		}
		user := cfg.User
		if user == "" {
			user = "default"
		}
		return []string{"HELLO", "3", "AUTH", user, cfg.Password, "SETNAME", cfg.Name}
	case stepAuth:
		switch {
		case cfg.Password == "":
			return nil
		case cfg.User == "":
			return []string{"AUTH", cfg.Password}
		}
		return []string{"AUTH", cfg.User, cfg.Password}
	case stepName:
		return []string{"CLIENT", "SETNAME", cfg.Name}
	case stepCluster:
		return []string{"CLUSTER", "SLOTS"}
	case stepSelect:
		if cfg.DB != 0 {
			return []string{"SELECT", strconv.Itoa(cfg.DB)}
		}
	}
	return nil
}

var errNoSlots = errors.New("the cluster serves no slots")

// greetingAnswered takes the answer to a question.
func (c *conn) greetingAnswered(l *loop.Loop, v Value) {
	failed := v.Kind() == Error
	switch g := &c.greet; {
	case c.side.over:
		c.end(l, errProtocol)
	case g.step == stepHello && failed && unknownHello(v):
		c.ask(l, stepAuth)
	case g.step == stepHello && failed, g.step == stepAuth && failed, g.step == stepSelect && failed:
		c.end(l, refusal(v))
	case g.step == stepHello:
		c.ask(l, stepCluster)
	case g.step == stepCluster && failed && !refusal(v).final: // it is too early to tell
		c.end(l, refusal(v))
	case g.step == stepCluster && !failed:
		c.clusterFound(l, v)
	default:
		c.ask(l, g.step+1)
	}
}

// unknownHello tells a server that does not speak RESP3 from one that refuses us.
func unknownHello(v Value) bool {
	for _, s := range []string{"ERR unknown", "ERR unsupported", "NOPROTO"} {
		if bytes.HasPrefix(v.Bytes(), []byte(s)) {
			return true
		}
	}
	return false
}

// clusterFound takes the map of a cluster from the seed.
func (c *conn) clusterFound(l *loop.Loop, v Value) {
	s := c.n.s
	top := parseTopology(v, c.n.host())
	if top == nil {
		c.end(l, errNoSlots)
		return
	}
	s.client.publish(l, top)
	s.sync(l)
	if c.n == s.seed { // it is none of the masters, by this name
		c.n.leave(l)
	}
	if c.n.left {
		c.end(l, errLeft)
		return
	}
	c.ask(l, stepSelect)
}
