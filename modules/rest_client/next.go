package rest_client

import (
	"crypto/tls"

	"github.com/fastsips/fastsips/asyncops/rest"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
)

// A next is what a run has said about its next request.
type next struct {
	fields [][]byte // lines, which live as long as the run
	bytes  int
	domain string
	tls    *tls.Config
}

// Limits of what a run may add to a request.
const (
	maxFields = 64
	maxBytes  = 32 << 10
)

func (m *Module) appendField(c *script.Ctx, line []byte) script.Ret {
	if !rest.ValidHeaderLine(line) {
		c.LogError("rest_append_hf: %q is no header field that may be set", line)
		return -1
	}
	n := m.next.Of(c)
	if len(n.fields) >= maxFields || n.bytes+len(line) > maxBytes {
		c.LogError("rest_append_hf: too many or too long fields")
		return -1
	}
	n.fields = append(n.fields, c.Copy(line))
	n.bytes += len(line)
	return 1
}

func (m *Module) useDomain(c *script.Ctx, name []byte) script.Ret {
	cfg := m.trust.of(m, proxy.From(c).Loop(), string(name))
	if cfg == nil {
		c.LogError("rest_init_client_tls: there is no TLS client domain %q", name)
		return -1
	}
	n := m.next.Of(c)
	n.domain, n.tls = string(name), cfg
	return 1
}

// spend gives q what was meant for it, and forgets it.
func (m *Module) spend(c *script.Ctx, q *rest.Request) {
	n := m.next.Look(c)
	if n == nil {
		return
	}
	for _, line := range n.fields {
		q.AddHeaderLine(line)
	}
	if n.tls != nil {
		q.SetTLS(n.domain, n.tls)
	}
	*n = next{fields: n.fields[:0]}
}
