package core

import (
	"errors"
	"runtime"
	"strings"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// signature are the global parameters about what messages made here say of their maker.
type signature struct {
	on                bool
	server, userAgent string
	warning           bool
}

func (g *signature) declare(p *module.Globals) {
	product := ": fastsips (" + runtime.GOARCH + "/" + runtime.GOOS + ")"
	g.server, g.userAgent = "Server"+product, "User-Agent"+product
	p.Bool(&g.on, "server_signature", true, "responses made here have a Server header, requests made here a User-Agent")
	p.Func("server_header", `that header, with its name: "Server: my proxy"; `+"Server: fastsips (arch/os) if it is not set", headerLine(&g.server))
	p.Func("user_agent_header", `that header, with its name: "User-Agent: my proxy"; likewise`, headerLine(&g.userAgent))
	p.Bool(&g.warning, "sip_warning", false, "responses made here have a Warning that says where the request came from, and where it would have gone")
}

// headerLine takes one header with its name.
func headerLine(to *string) func(string) error {
	return func(text string) error {
		name, value, ok := strings.Cut(text, ":")
		name = strings.TrimSpace(name)
		switch {
		case !ok || name == "" || strings.ContainsAny(name, " \t\"();,@/"):
			return errors.New(`the name of the header is missing: "Server: my proxy"`)
		case strings.ContainsAny(text, "\r\n\x00"):
			return errors.New("must be one line")
		}
		*to = name + ": " + strings.TrimSpace(value)
		return nil
	}
}

func (g *signature) hand(set *proxy.Settings) {
	if set.SIPWarning = g.warning; g.on {
		set.ServerLine, set.UserAgent = []byte(g.server+"\r\n"), []byte(g.userAgent+"\r\n")
	}
}
