package core

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/transport"
)

// tcpGlobals are the global parameters about connections.
type tcpGlobals struct {
	disabled  bool
	aliases   bool
	connect   time.Duration
	lifetime  time.Duration
	message   time.Duration
	queue     int
	backlog   int
	max       int
	keepAlive bool
	keepCount int
	keepIdle  int
	interval  int
	udpMTU    int
	noDialOut string
	noDialUp  string
}

func (g *tcpGlobals) declare(p *module.Globals) {
	p.Replaced("disable_tcp", "leave the tcp sockets out; yes: they are not opened", func(yes int) error { g.disabled = yes != 0; return nil })
	p.Bool(&g.aliases, "tcp_accept_aliases", false, "believe ;alias in a Via (RFC 5923): requests to its sent-by port go by the connection it came by")
	p.Millis(&g.connect, "tcp_connect_timeout", 100*time.Millisecond, "milliseconds to connect; nobody waits for it but what is to be sent")
	p.Seconds(&g.lifetime, "tcp_connection_lifetime", 120*time.Second, "seconds without a message after which a connection is closed")
	p.Seconds(&g.message, "tcp_max_msg_time", 4*time.Second, "seconds for one message to arrive whole")
	p.IntRange(&g.backlog, "tcp_socket_backlog", 1024, 1, 65535, "connections that may wait to be accepted, for each loop and socket")
	p.IntRange(&g.max, "tcp_max_connections", 2048, 1, 10_000_000, "connections of the process; more are closed at once")
	p.Bool(&g.keepAlive, "tcp_keepalive", true, "have the kernel probe silent connections")
	p.IntRange(&g.keepCount, "tcp_keepcount", 0, 0, 127, "probes without an answer that end a connection; 0: the kernel's default")
	p.IntRange(&g.keepIdle, "tcp_keepidle", 0, 0, 32767, "seconds of silence before the first probe; 0: the kernel's default")
	p.IntRange(&g.interval, "tcp_keepinterval", 0, 0, 32767, "seconds between probes; 0: the kernel's default")
	p.IntRange(&g.queue, "tcp_write_queue", 4<<20, 64<<10, 1<<30, "bytes of memory that may wait for one peer to read; beyond that its connection is closed")
	p.IntRange(&g.udpMTU, "udp_mtu", 1300, 0, 65535, "bytes over which a request goes by TCP if its URI names no transport and there is a tcp socket (RFC 3261 18.1.1); 0: never")
	p.String(&g.noDialOut, "tcp_no_new_conn_bflag", "", "name of the branch flag of branches that only leave by a connection that is there already")
	p.String(&g.noDialUp, "tcp_no_new_conn_rplflag", "", "name of the message flag of requests whose responses only leave by a connection that is there already")
}

func (g *tcpGlobals) handOver(set *proxy.Settings, r *script.Registry) (err error) {
	t := &set.TCP
	t.Limits.Connect, t.Limits.Idle, t.Limits.Message, t.Limits.Queue = g.connect, g.lifetime, g.message, g.queue
	t.Aliases, t.Backlog, t.Max = g.aliases, g.backlog, g.max
	t.KeepAlive, t.KeepCount, t.KeepIdle, t.KeepInterval = g.keepAlive, g.keepCount, g.keepIdle, g.interval
	set.UDPMTU = g.udpMTU
	if set.NoDialOut, err = flagBit(&r.BranchFlags, "tcp_no_new_conn_bflag", g.noDialOut); err == nil {
		set.NoDialUp, err = flagBit(&r.MsgFlags, "tcp_no_new_conn_rplflag", g.noDialUp)
	}
	return err
}

// flagBit is the bit of a flag that a parameter names; 0 if it names none.
func flagBit(f *script.FlagNames, param, name string) (uint32, error) {
	if name == "" {
		return 0, nil
	}
	bit, err := f.Bit(name)
	if err != nil {
		err = fmt.Errorf("%s: %w", param, err)
	}
	return bit, err
}

// wanted reports whether a listener is to be opened.
func (g *tcpGlobals) wanted(lc *transport.ListenerConfig) bool {
	return lc.Proto != transport.TCP || !g.disabled
}
