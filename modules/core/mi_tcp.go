package core

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/mi"
)

func (m management) tcpCommands() []*mi.Command {
	return []*mi.Command{
		{Name: "tcp:list", Aliases: []string{"list_tcp_conns"}, Doc: "List the connections.", Recipes: []mi.Recipe{
			mi.Recipe0(func(ctx context.Context) (any, error) { return m.connections(ctx, "") }),
			mi.Recipe1(mi.Str("proto", "of this protocol only: tcp"), m.connections)}},
		{Name: "tcp:close", Doc: "Close the connections to an address.", Recipes: []mi.Recipe{
			mi.Recipe1(mi.Str("ipport", "the peer's address, ip:port"), m.closeConnection)}},
	}
}

// A connection is one line of tcp:list.
type connection struct {
	ID       string
	Type     string
	State    string
	Remote   string
	Local    string
	Lifetime string // when it is closed if nothing comes
	Origin   string
	Loop     int
}

func (m management) connections(ctx context.Context, proto string) (any, error) {
	all := []connection{}
	for i := range m.core.Group.Len() {
		if proto != "" && !strings.EqualFold(proto, "tcp") {
			break
		}
		some, ok := loop.Ask(ctx, m.core.Group, i, connectionsOf)
		if !ok {
			return nil, noAnswer(i)
		}
		all = append(all, some...)
	}
	return mi.Object{{Name: "Connections", Value: all}}, nil
}

func connectionsOf(l *loop.Loop) (list []connection) {
	for s := range l.Streams {
		until := l.Wall().Add(time.Duration(s.IdleUntil() - l.Now()))
		c := connection{ID: string(s.ID().AppendTo(nil)), Type: "tcp", State: s.State(), Remote: s.Remote().String(), Local: s.Local().String(),
			Lifetime: until.Format(time.DateTime), Origin: "accepted", Loop: l.Index()}
		if s.Dialed() {
			c.Origin = "connected"
		}
		list = append(list, c)
	}
	return list
}

func noAnswer(loop int) *mi.Error {
	return mi.Errorf(500, "event loop %d does not answer", loop)
}

func (m management) closeConnection(ctx context.Context, ipport string) (any, error) {
	_, text, hasProto := strings.Cut(ipport, "tcp:")
	if !hasProto {
		text = ipport
	}
	at, err := netip.ParseAddrPort(text)
	if err != nil {
		return nil, mi.Errorf(mi.CodeInvalidParams, "Invalid params").With("ipport must be an address and a port, such as 10.0.0.1:5060")
	}
	closed := 0
	for i := range m.core.Group.Len() {
		n, ok := loop.Ask(ctx, m.core.Group, i, func(l *loop.Loop) int { return closeTo(l, at) })
		if !ok {
			return nil, noAnswer(i)
		}
		closed += n
	}
	if closed == 0 {
		return nil, mi.Errorf(404, "Connection not found")
	}
	return mi.OK, nil
}

func closeTo(l *loop.Loop, peer netip.AddrPort) int {
	var found []*loop.Stream // closing one may begin another
	for s := range l.Streams {
		if s.Remote() == loop.AddrFrom(peer) {
			found = append(found, s)
		}
	}
	for _, s := range found {
		s.Close(l)
	}
	return len(found)
}
