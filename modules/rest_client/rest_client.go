// Package rest_client is OpenSIPS's rest_client module: HTTP from the script.
package rest_client

import (
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/rest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded rest_client.
type Module struct {
	connect, transfer time.Duration
	client            *rest.Client
	calls             loop.Pool[call]
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares the parameters and the function.
func (m *Module) Setup(e *module.Env) {
	e.Params.Seconds(&m.connect, "connection_timeout", 20*time.Second, "seconds until a connection stands")
	e.Params.Seconds(&m.transfer, "curl_timeout", 20*time.Second, "seconds for a whole request")
	e.Params.Ignored("max_async_transfers", "requests share a bounded pool of connections")
	e.Params.Ignored("connect_poll_interval", "connecting does not poll")
	e.Params.Ignored("ssl_verifypeer", "certificates are always verified")
	e.Params.Ignored("ssl_verifyhost", "certificates are always verified")
	e.Params.Ignored("curl_http_version", "HTTP/1.1 is spoken")
	e.Funcs = []*script.Func{
		script.Func4("rest_get", "GET a URL. 1 answered, -1 refused, -2 connect timeout, -3 transfer timeout, -10 internal.", script.All,
			script.Str("url", "http:// or https://"), script.Out("body", "body of the answer"),
			script.Opt(script.Out("ctype", "its Content-Type")), script.Opt(script.Out("code", "HTTP status")), m.get).MayWait(),
	}
}

// Start makes the client.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.client = rest.New(c.Group, c.Ops, rest.Config{ConnectTimeout: m.connect, TransferTimeout: m.transfer, Resolver: c.Resolver()}, c.Group.Logger())
	m.calls = loop.NewPool[call](c.Group)
	return nil
}

// Close ends the client.
func (m *Module) Close() error {
	if m.client != nil {
		m.client.Close()
	}
	return nil
}

// A call is one request in progress, and where its answer goes.
type call struct {
	*rest.Request
	m                 *Module
	body, ctype, code script.VarRef
}

func (m *Module) get(c *script.Ctx, url []byte, body, ctype, code script.VarRef) script.Ret {
	l := proxy.From(c).Loop()
	q := m.calls.Get(l)
	q.m = m
	q.Request = m.client.Request(l)
	q.body, q.ctype, q.code = body, ctype, code
	q.SetMethod(methodGet)
	q.SetURL(url)
	return c.AwaitFor(q, finish, m.transfer+time.Second) // the request ends itself before
}

var methodGet = []byte("GET")

func finish(c *script.Ctx, op asyncops.Op, _ asyncops.Outcome) script.Ret {
	q := op.(*call)
	ret := script.Ret(q.Code())
	if ret > 0 {
		q.body.Set(c, script.StrValue(c.Copy(q.Body())))
		if q.ctype.Valid() {
			q.ctype.Set(c, script.StrValue(c.Copy(q.ContentType())))
		}
		if q.code.Valid() {
			q.code.Set(c, script.IntValue(int32(q.Status())))
		}
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
