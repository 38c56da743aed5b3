package core

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/transport"
)

// packets are the global parameters about the IP packets of the sockets.
type packets struct {
	tos       int
	mcastTTL  int
	mcastLoop bool
}

// tosNames are the types of service of RFC 1349.
var tosNames = map[string]int{"IPTOS_LOWDELAY": 0x10, "IPTOS_THROUGHPUT": 8, "IPTOS_RELIABILITY": 4, "IPTOS_MINCOST": 2}

func (g *packets) declare(p *module.Globals) {
	p.IntOrName(&g.tos, "tos", 0x10, 0, 255, tosNames, "type of service of all packets: 0 to 255 or IPTOS_LOWDELAY and so on; 0: the system's; a socket may have a tos of its own")
	p.IntRange(&g.mcastTTL, "mcast_ttl", -1, -1, 255, "hops of multicast datagrams; -1: the system's")
	p.Bool(&g.mcastLoop, "mcast_loopback", false, "multicast datagrams come back to this machine")
}

func (g *packets) hand(set *proxy.Settings) {
	set.IP.TOS, set.IP.NoMulticastLoop = g.tos, !g.mcastLoop
	set.IP.MulticastTTL, set.IP.HasMulticastTTL = max(g.mcastTTL, 0), g.mcastTTL >= 0
}

// socketNotes are options of a socket= line that have no meaning here, and why.
var socketNotes = map[string]string{
	"use_auto_scaling_profile": "the number of loops is fixed",
	"reuse_port":               "a connection that we make has a port of its own",
	"allow_proxy_protocol":     "the PROXY protocol is not spoken",
	"send_proxy_protocol":      "the PROXY protocol is not spoken",
}

// checkSocket says what of a socket= line cannot be, and what has no meaning here.
func checkSocket(s *syntax.Socket) (notes []string, err error) {
	if s.Proto != "" && s.Proto != "udp" && s.Proto != "tcp" && s.Members == nil {
		return nil, fmt.Errorf("there is no protocol %s yet", s.Proto)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		if why := socketNotes[name]; why != "" {
			notes = append(notes, name+" of a socket has no meaning here ("+why+")")
		}
	}
	if err := checkReaders(s); err != nil {
		return notes, err
	}
	if s.Options["use_workers"] != "" && s.Proto != "udp" && s.Proto != "" {
		notes = append(notes, "use_workers has no meaning for "+s.Proto+" (a connection is read by the loop that has it)")
	}
	text := s.Options["tos"]
	n, err := strconv.ParseUint(text, 0, 8)
	if text != "" && tosNames[text] == 0 && (err != nil || n == 0) {
		return notes, fmt.Errorf("tos must be from 1 to 255 or IPTOS_LOWDELAY and so on, not %q", text)
	}
	return notes, nil
}

// socket takes what a socket= line says of its own packets.
func (g *packets) socket(s *syntax.Socket, lc *transport.ListenerConfig) {
	lc.Frag, lc.Readers = s.Options["frag"] != "", readers(s)
	text := s.Options["tos"]
	if n, err := strconv.ParseUint(text, 0, 8); err == nil {
		lc.TOS = int(n)
	} else if text != "" {
		lc.TOS = tosNames[text]
	}
}
