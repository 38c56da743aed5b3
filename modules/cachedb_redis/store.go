package cachedb_redis

import (
	"bytes"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/loop"
)

// A store is one Redis of the configuration.
type store struct {
	name   string
	url    cachedb.URL
	limit  time.Duration
	client *redis.Client
	ops    loop.Pool[op]
}

var _ cachedb.DB = (*store)(nil)

// Client returns the Redis, for modules that keep more than keys and values in it.
func (s *store) Client() *redis.Client { return s.client }

// An op is one command of a script.
type op struct {
	*redis.Command
	s     *store
	verb  cachedb.Verb
	table *table // of raw queries
}

var (
	_ cachedb.Op       = (*op)(nil)
	_ cachedb.Limited  = (*op)(nil)
	_ asyncops.Metered = (*op)(nil)
)

// Do makes a Redis command of c.
func (s *store) Do(l *loop.Loop, c cachedb.Command) (cachedb.Answer, cachedb.Op) {
	q := s.client.Command(l)
	switch c.Verb {
	case cachedb.Fetch, cachedb.Counter:
		q.ArgString("GET")
		q.Arg(c.Key)
	case cachedb.SetKey:
		setKey(q, c)
	case cachedb.Remove:
		q.ArgString("DEL")
		q.Arg(c.Key)
	case cachedb.Add:
		add(q, c)
	case cachedb.Raw:
		if !split(c.Key, q.Arg) {
			q.Free(l)
			return cachedb.Answer{Status: cachedb.Failed}, nil
		}
	}
	o := s.ops.Get(l)
	o.Command, o.s, o.verb = q, s, c.Verb
	return cachedb.Answer{}, o
}

func setKey(q *redis.Command, c cachedb.Command) {
	q.ArgString("SET")
	q.Arg(c.Key)
	q.Arg(c.Value)
	if c.TTL > 0 {
		q.ArgString("EX")
		q.ArgInt(int64(c.TTL / time.Second))
	}
}

// add counts, and has the key live for so long from now on, each time, as OpenSIPS does.
func add(q *redis.Command, c cachedb.Command) {
	q.ArgString("INCRBY")
	q.Arg(c.Key)
	q.ArgInt(c.By)
	if c.TTL > 0 {
		q.Then()
		q.ArgString("EXPIRE")
		q.Arg(c.Key)
		q.ArgInt(int64(c.TTL / time.Second))
	}
}

// Limit is how long a script waits if it does not say.
func (o *op) Limit() time.Duration { return o.s.limit }

// Answer reads the reply.
func (o *op) Answer() cachedb.Answer {
	v := o.Value()
	if v.Kind() == redis.Error || o.Err() != "" {
		return cachedb.Answer{Status: refusal(v.Bytes(), o.verb)}
	}
	switch o.verb {
	case cachedb.Fetch:
		if text := v.Bytes(); len(text) > 0 {
			return cachedb.Answer{Value: text}
		}
		return cachedb.Answer{Status: cachedb.NotFound}
	case cachedb.Counter, cachedb.Add:
		return number(v)
	case cachedb.Raw:
		return o.rows(v)
	}
	return cachedb.Answer{}
}

func number(v redis.Value) cachedb.Answer {
	n, ok := v.Int()
	switch {
	case ok:
		return cachedb.Answer{Number: n}
	case v.Kind() == redis.Null, len(v.Bytes()) == 0:
		return cachedb.Answer{Status: cachedb.NotFound}
	}
	return cachedb.Answer{Status: cachedb.NotNumber}
}

// refusal finds out what a server does not like.
func refusal(text []byte, v cachedb.Verb) cachedb.Status {
	switch {
	case bytes.HasPrefix(text, []byte("OOM ")):
		return cachedb.Full
	case v == cachedb.Add && (bytes.HasPrefix(text, []byte("ERR value is not an integer")) || bytes.HasPrefix(text, []byte("ERR increment or decrement"))):
		return cachedb.NotNumber
	}
	return cachedb.Failed
}

// rows makes a table of the answer to a raw query: of a status none, as OpenSIPS.
func (o *op) rows(v redis.Value) cachedb.Answer {
	switch v.Kind() {
	case redis.Null:
		return cachedb.Answer{Status: cachedb.NotFound}
	case redis.Status:
		return cachedb.Answer{}
	}
	if o.table == nil {
		o.table = new(table)
	}
	o.table.fill(v, 1)
	return cachedb.Answer{Table: o.table}
}

// Free ends o's life.
func (o *op) Free(l *loop.Loop) {
	o.Command.Free(l)
	s := o.s
	*o = op{}
	s.ops.Put(l, o)
}
