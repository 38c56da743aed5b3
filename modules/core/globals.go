package core

import (
	"fmt"
	"time"

	"github.com/fastsips/fastsips/module"
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
	stderror         bool
	icmp             bool
	overload         time.Duration
	resolving
	tcp tcpGlobals
	names
	requestChecks
	routes routeGlobals
}

func (g *globals) declare(p *module.Globals) {
	p.IntRange(&g.logLevel, "log_level", 2, -3, 4, "level of log lines: -3 alert to 4 debug")
	p.Alias("log_level", "debug")
	g.xlogLevel = unsetLevel
	p.IntFunc("xlog_level", "level of xlog; log_level where it is not set", g.setXlogLevel)
	p.IntRange(&g.recvBuf, "maxbuffer", 4<<20, 0, 1<<30, "receive buffer to ask the kernel for, for each loop and socket, in bytes; 0: the kernel's default")
	p.Bool(&g.icmp, "icmp_errors", true, "a request that nothing has answered fails with 503 as soon as the network says that it is unreachable (RFC 3261 18.4); 0: it times out")
	p.Bool(&g.disable503, "disable_503_translation", false, "forward a 503 as it is, not as 500")
	p.Int(&g.disableStateless, "disable_stateless_fwd", -1, "1: drop responses to requests that were forwarded without state")
	p.IntRange(&g.maxAsyncConns, "db_max_async_connections", 10, 1, 10000, "connections to each database URL, all loops together")
	p.Bool(&g.stderror, "stderror_enabled", true, "accepted; the log always goes to stderr")
	p.Alias("stderror_enabled", "log_stderror")
	p.Millis(&g.overload, "overload_wait", 50*time.Millisecond, "milliseconds that a message may wait for its loop; above it for three seconds, new calls get 503; 0: never")
	g.resolving.declare(p)
	g.tcp.declare(p)
	g.names.declare(p)
	g.requestChecks.declare(p)
	g.routes.declare(p)
	g.declareCompiled(p)
	for note, names := range ignoredGlobals {
		for _, n := range names {
			p.Ignored(n, note)
		}
	}
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
	p.Bool(&on, "abort_on_assert", false, "a failed assert ends the whole process")
}

func (g *globals) setXlogLevel(n int) error {
	if n < -3 || n > 4 {
		return fmt.Errorf("must be from -3 to 4, not %d", n)
	}
	g.xlogLevel = n
	return nil
}

// ignoredGlobals are accepted: they speak of things that fastsips does not have
// or does by itself. The key says why.
var ignoredGlobals = map[string][]string{
	"loops are set by -n; one event loop serves all sockets": {
		"udp_workers", "tcp_workers", "timer_workers", "children", "tcp_children", "auto_scaling_cycle", "tcp_threads",
		"worker_reactor_timeout", "workerreactortimeout", "poll_method", "fork",
	},
	"memory is managed by itself": {
		"mem_warming", "mem_warming_enabled", "mem_warming_pattern_file", "mem_warming_percentage", "memlog", "mem_log",
		"shm_memlog_size", "memdump", "mem_dump", "shm_hash_split_percentage", "shm_secondary_hash_size",
		"event_shm_threshold", "event_pkg_threshold", "restart_persistency_cache_file", "restart_persistency_size",
	},
	"modules are built in": {"mpath"},
	"only stderr is written to": {
		"syslog_enabled", "log_stdout", "syslog_facility", "log_facility", "syslog_name", "log_name", "syslog_level_filter",
		"stderror_level_filter", "syslog_log_format", "stderror_log_format", "log_event_enabled", "log_event_level_filter",
		"log_json_buf_size", "log_msg_buf_size", "log_prefix", "debug_mode", "xlog_force_color",
	},
	"a Via is never looked up; next hops are, without delaying other calls": {"dns", "rev_dns"},
	"set by the service manager": {
		"open_files_limit", "chroot", "workdir", "wdir", "disable_core_dump", "user", "group", "uid", "gid",
	},
	"without a blocking call there is nothing to measure": {
		"execmsgthreshold", "exec_msg_threshold", "execdnsthreshold", "exec_dns_threshold", "tcpthreshold", "tcp_threshold",
	},
	"not sent":                                         {"server_signature", "server_header", "user_agent_header", "sip_warning"},
	"no tables with versions are used yet":             {"db_version_table", "query_buffer_size", "query_flush_time"},
	"the kernel's routing decides":                     {"mcast_loopback", "mcast_ttl", "tos"},
	"responses are only taken with our own Via on top": {"check_via"},
}
