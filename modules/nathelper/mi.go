package nathelper

import (
	"context"

	"github.com/fastsips/fastsips/mi"
)

func (m *Module) commands() []*mi.Command {
	return []*mi.Command{{Name: "nathelper:enable_ping", Aliases: []string{"nh_enable_ping"}, Doc: "Say whether pings are sent; or have them sent, or not.", Recipes: []mi.Recipe{
		mi.Recipe0(m.pingStatus), mi.Recipe1(mi.Int("status", "0: no pings; else: pings"), m.enablePing)}}}
}

// noPings is the answer where natping_interval is 0.
var noPings = mi.Errorf(400, "NATping disabled from script")

func (m *Module) pingStatus(context.Context) (any, error) {
	if m.pinger == nil {
		return nil, noPings
	}
	status := 0
	if m.pinger.on.Load() {
		status = 1
	}
	return mi.Object{{Name: "Status", Value: status}}, nil
}

func (m *Module) enablePing(_ context.Context, status int) (any, error) {
	if m.pinger == nil {
		return nil, noPings
	}
	m.pinger.on.Store(status != 0)
	return mi.OK, nil
}
