// Package mi_http is OpenSIPS's mi_http module: management requests, JSON-RPC 2.0, by
// POST under a root of httpd. opensips-cli and OpenSIPS Control Panel ask so.
package mi_http

import (
	"bytes"
	"context"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/httpd"
)

// A Module is one loaded mi_http.
type Module struct {
	root   string
	pretty bool
	serve  func(context.Context, []byte) []byte
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	e.Depends("to be asked", "httpd")
	p := &e.Params
	p.String(&m.root, "root", "mi", "path, under httpd's address")
	p.Alias("root", "mi_json_root", "mi_http_root")
	p.Bool(&m.pretty, "pretty_printing", false, "indent the answers")
	p.Ignored("trace_destination", "requests are not traced")
	p.Ignored("trace_bwlist", "requests are not traced")
}

// Start registers the root.
func (m *Module) Start(e *module.Env) error {
	m.serve = e.Management().Answerer(m.pretty)
	if h, ok := e.Module("httpd").(*httpd.Module); ok { // tests of scripts do without it
		return h.Register(m.root, "mi_http", m.answer)
	}
	return nil
}

// answer serves a POST. A page in somebody's browser can send one to an address that
// only this machine reaches; but it cannot hide that it does: Origin is set.
func (m *Module) answer(ctx context.Context, r *httpd.Request) httpd.Answer {
	switch {
	case r.Path != "":
		return refuse(404, "Not Found")
	case r.Method != "POST":
		return refuse(405, "Method Not Allowed: a management request is a POST")
	case r.Origin != "":
		return refuse(403, "Forbidden: pages of browsers may not ask")
	case len(bytes.TrimSpace(r.Body)) == 0:
		return refuse(400, "Bad Request: the body is empty")
	}
	answer := m.serve(ctx, r.Body)
	if answer == nil {
		return httpd.Answer{Status: 202} // notifications
	}
	return httpd.Answer{Type: "application/json", Body: answer}
}

func refuse(status int, text string) httpd.Answer {
	return httpd.Answer{Status: status, Type: "text/plain", Body: []byte(text + "\n")}
}
