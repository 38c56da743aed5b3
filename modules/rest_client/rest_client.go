// Package rest_client is OpenSIPS's rest_client module: HTTP from the script.
package rest_client

import (
	"time"

	"github.com/fastsips/fastsips/asyncops/rest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A Module is one loaded rest_client.
type Module struct {
	connect, transfer, lifetime time.Duration
	transfers, kilobytes        int
	redirects                   int
	caPath                      string
	verifyPeer, verifyHost      bool
	expect, oneConnect          bool

	client  *rest.Client
	calls   loop.Pool[call]
	next    *script.Slot[next]
	trust   trust
	domains clientDomains // tls_mgm, if it is loaded
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares what there is.
func (m *Module) Setup(e *module.Env) {
	m.next = script.NewSlot[next](e.Registry(), nil)
	m.parameters(&e.Params)
	e.Funcs = m.functions(e)
	e.Transforms = transforms()
}

func (m *Module) parameters(p *module.Params) {
	p.SecondsOr(&m.connect, "connection_timeout", 20*time.Second, `seconds until a connection stands, or "250ms"`)
	p.SecondsOr(&m.transfer, "curl_timeout", 20*time.Second, `seconds for a whole request, or "250ms"`)
	p.IntRange(&m.transfers, "max_async_transfers", 100, 1, 10_000, "requests to one server at a time, for each loop; others wait")
	p.IntRange(&m.kilobytes, "max_transfer_size", 10_240, 0, 1<<20, "KB that a body may have; 0: 1 GB")
	p.SecondsOr(&m.lifetime, "curl_conn_lifetime", 0, "seconds for which an unused connection is kept; 0: 30")
	p.Bool(&m.oneConnect, "no_concurrent_connects", false, "-4 for what needs a connection while the loop makes one to the same server")
	p.Bool(&m.expect, "enable_expect_100", false, "ask for 100 Continue before a body of more than 1024 bytes is sent, and wait a second for it")
	p.String(&m.caPath, "ssl_capath", "", "directory, or file, with the authorities that are trusted, PEM; those of the system without")
	p.Bool(&m.verifyPeer, "ssl_verifypeer", true, "a server needs a certificate that somebody trusted vouches for")
	p.Bool(&m.verifyHost, "ssl_verifyhost", true, "and it must be for the host of the URL")
	p.IntRange(&m.redirects, "follow_redirects", 0, 0, 20, "redirections that a request follows at most; our own")
	p.Ignored("connect_poll_interval", "connecting does not poll")
	p.Ignored("curl_http_version", "HTTP/1.1 is spoken")
}

func (m *Module) functions(e *module.Env) []*script.Func {
	const codes = " 1 answered, -1 refused, -2 connect timeout, -3 transfer timeout, -4 no_concurrent_connects, -10 internal."
	url := script.Str("url", "http:// or https://")
	body, kind := script.Str("send_body", "body to send"), script.Opt(script.Str("send_ctype", "its Content-Type; application/x-www-form-urlencoded without"))
	got := script.Out("body", "body of the answer")
	gotKind, code := script.Opt(script.Out("ctype", "its Content-Type")), script.Opt(script.Out("code", "HTTP status; 0 if there is none"))
	tls := script.Func1("rest_init_client_tls", "The next request uses a client domain of tls_mgm. -1: there is none of that name.", script.All,
		script.Str("domain", "its name"), m.useDomain)
	tls.Needs = func(*script.Registry) string {
		if e.Module("tls_mgm") == nil {
			return `it needs module tls_mgm: loadmodule "tls_mgm.so"`
		}
		return ""
	}
	return []*script.Func{
		script.Func4("rest_get", "GET a URL."+codes, script.All, url, got, gotKind, code, m.get).MayWait(),
		script.Func6("rest_post", "POST to a URL."+codes, script.All, url, body, kind, got, gotKind, code, m.upload(methodPost)).MayWait(),
		script.Func6("rest_put", "PUT to a URL."+codes, script.All, url, body, kind, got, gotKind, code, m.upload(methodPut)).MayWait(),
		script.Func1("rest_append_hf", "Add a field to the next request. -1: it is none, or not the script's to set.", script.All,
			script.Str("txt", `the field: "Name: value"; without a value, the module does not add it either`), m.appendField),
		tls,
	}
}

// Start makes the client.
func (m *Module) Start(e *module.Env) error {
	c := e.Shared.(*proxy.Core)
	m.domains, _ = e.Module("tls_mgm").(clientDomains)
	if err := m.trust.start(m, c.Group); err != nil {
		return err
	}
	size := m.kilobytes
	if size == 0 {
		size = 1 << 20
	}
	m.client = rest.New(c.Group, c.Ops, rest.Config{
		ConnectTimeout:  m.connect,
		TransferTimeout: m.transfer,
		ConnsPerOrigin:  m.transfers,
		MaxConns:        max(512, 2*m.transfers),
		IdleTimeout:     m.lifetime,
		MaxBody:         size << 10,
		OneConnect:      m.oneConnect,
		Expect100:       m.expect,
		MaxRedirects:    m.redirects,
		Resolver:        c.Resolver(),
		TLS:             m.trust.plain,
	}, c.Group.Logger())
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
