package rest_client

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/rest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A call is one request in progress, and where its answer goes.
type call struct {
	*rest.Request
	m                 *Module
	body, ctype, code script.VarRef
}

var (
	methodGet  = []byte("GET")
	methodPost = []byte("POST")
	methodPut  = []byte("PUT")
)

func (m *Module) get(c *script.Ctx, url []byte, body, ctype, code script.VarRef) script.Ret {
	q := m.call(c, methodGet, url, body, ctype, code)
	return m.begin(c, q)
}

func (m *Module) upload(method []byte) func(c *script.Ctx, url, send, kind []byte, body, ctype, code script.VarRef) script.Ret {
	return func(c *script.Ctx, url, send, kind []byte, body, ctype, code script.VarRef) script.Ret {
		q := m.call(c, method, url, body, ctype, code)
		q.SetBody(send)
		if len(kind) > 0 {
			q.AddHeader([]byte("Content-Type"), kind)
		}
		return m.begin(c, q)
	}
}

// call makes a request that is yet to begin.
func (m *Module) call(c *script.Ctx, method, url []byte, body, ctype, code script.VarRef) *call {
	l := proxy.From(c).Loop()
	q := m.calls.Get(l)
	q.m = m
	q.Request = m.client.Request(l)
	q.body, q.ctype, q.code = body, ctype, code
	q.SetMethod(method)
	q.SetURL(url)
	return q
}

func (m *Module) begin(c *script.Ctx, q *call) script.Ret {
	m.spend(c, q.Request)
	return c.AwaitFor(q, finish, m.transfer+time.Second) // the request ends itself before
}

func finish(c *script.Ctx, op asyncops.Op, _ asyncops.Outcome) script.Ret {
	q := op.(*call)
	ret := script.Ret(q.Code())
	if ret > 0 {
		q.body.Set(c, script.StrValue(c.Copy(q.Body())))
		if q.ctype.Valid() {
			q.ctype.Set(c, script.StrValue(c.Copy(q.ContentType())))
		}
	}
	if q.code.Valid() {
		q.code.Set(c, script.IntValue(int32(q.Status())))
	}
	q.free(proxy.From(c).Loop())
	return ret
}

func (q *call) free(l *loop.Loop) {
	q.Request.Free(l)
	m := q.m
	*q = call{}
	m.calls.Put(l, q)
}
