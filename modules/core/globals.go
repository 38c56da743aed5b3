package core

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/transport/steer"
)

// unsetLevel says that xlog_level was not written: log_level holds.
const unsetLevel = 100

// globals are the global parameters that are acted on.
type globals struct {
	logLevel         int
	xlogLevel        int
	recvBuf          int
	disable503       bool
	disableStateless int
	maxAsyncConns    int
	defaultDB        string
	persistencyFile  string
	port             int // of sockets that are written without one
	icmp             bool
	steering         int
	overload         time.Duration
	retryAfter       int
	stall            time.Duration
	resolving
	logging
	process
	loops loopGlobals
	signature
	packets
	thresholds
	tcp tcpGlobals
	names
	requestChecks
	routes routeGlobals
	blacklists
}

func (g *globals) declare(p *module.Globals) {
	p.IntRange(&g.logLevel, "log_level", 2, -3, 4, "level of log lines: -3 alert to 4 debug")
	p.Old("log_level", "debug")
	g.xlogLevel = unsetLevel
	p.IntFunc("xlog_level", "level of xlog; log_level where it is not set", g.setXlogLevel)
	p.IntRange(&g.recvBuf, "maxbuffer", 4<<20, 0, 1<<30, "receive buffer to ask the kernel for, for each loop and socket, in bytes; 0: the kernel's default")
	p.Bool(&g.icmp, "icmp_errors", true, "a request that nothing has answered fails with 503 as soon as the network says that it is unreachable (RFC 3261 18.4); 0: it times out")
	p.Choice(&g.steering, "steering", "how the kernel finds the loop of a datagram by its Call-ID: the best way that the process may use, a program in eBPF, one in classic BPF, or none: loops hand over then", steer.Modes()...)
	p.Bool(&g.disable503, "disable_503_translation", false, "forward a 503 as it is, not as 500")
	p.Int(&g.disableStateless, "disable_stateless_fwd", -1, "1: drop responses to requests that were forwarded without state")
	p.IntRange(&g.maxAsyncConns, "db_max_async_connections", 10, 1, 10000, "connections to each database URL, all loops together")
	p.Millis(&g.overload, "overload_wait", 50*time.Millisecond, "milliseconds that messages may wait for their loop; where the shortest wait stays above it, and does not shrink, new calls get 503; 0: never")
	p.IntRange(&g.retryAfter, "overload_retry_after", 5, 0, 3600, "seconds of the 503's Retry-After, at least; a random time is added, up to four times as long the more is refused; 0: no Retry-After")
	p.String(&g.persistencyFile, "restart_persistency_cache_file", ".restart_persistency.cache", "file that modules keep over a restart what they are told to keep, such as the keys of cachedb_local")
	g.logging.declare(p)
	g.loops.declare(p)
	g.process.declare(p)
	g.signature.declare(p)
	g.packets.declare(p)
	g.thresholds.declare(p)
	p.Millis(&g.stall, "loop_stall_threshold", 100*time.Millisecond, "milliseconds that a loop may be busy with one thing, or an error is logged that names the culprit; 0: no matter")
	g.resolving.declare(p)
	g.tcp.declare(p)
	g.names.declare(p)
	g.requestChecks.declare(p)
	g.routes.declare(p)
	g.blacklists.declare(p)
	g.withDNS = func() bool { return !g.noBlacklist }
	g.declareCompiled(p)
	declareAccepted(p)
}

// declareCompiled declares what the script's compiler reads for itself.
func (g *globals) declareCompiled(p *module.Globals) {
	var n int
	var on bool
	p.IntRange(&n, "max_script_steps", 1_000_000, 1000, 1<<30, "instructions after which a run of the script ends, with an error in the log")
	p.IntRange(&n, "max_script_memory", 16<<20, 64<<10, 1<<30, "bytes of strings that a run of the script may make; one that makes more ends, with an error in the log")
	p.IntRange(&n, "max_while_loops", 10000, 1, 1<<30, "turns after which a while ends, with an error in the log")
	p.IntRange(&n, "xlog_buf_size", 4096, 16, 65535, "bytes of an xlog; a longer one prints nothing and gives -1")
	p.IntRange(&n, "pv_print_buf_size", 20000, 16, 1<<20, "bytes of any other format string")
	p.IntRange(&n, "xlog_print_level", 2, -3, 4, "level of an xlog that names none")
	p.Bool(&on, "enable_asserts", false, "evaluate assert statements")
	p.Bool(&on, "abort_on_assert", false, "a failed assert ends the process, not just the script")
	p.String(&g.defaultDB, "db_default_url", "", "database of modules that are given none of their own")
	p.Replaced("port", "write the port with each socket=", func(n int) error {
		if n < 1 || n > 65535 {
			return fmt.Errorf("must be from 1 to 65535, not %d", n)
		}
		g.port = n
		return nil
	})
}

func (g *globals) setXlogLevel(n int) error {
	if n < -3 || n > 4 {
		return fmt.Errorf("must be from -3 to 4, not %d", n)
	}
	g.xlogLevel = n
	return nil
}
