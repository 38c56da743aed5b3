package core

import "github.com/fastsips/fastsips/module"

// accepted are global parameters of OpenSIPS that speak of things which fastsips does not
// have or does by itself; why is what a note says.
var accepted = []struct {
	why   string
	names []string
}{
	{"the loops serve all of that; their number is fixed: see loops", []string{"tcp_workers", "timer_workers", "tcp_threads",
		"auto_scaling_profile", "auto_scaling_cycle", "workerreactortimeout"}},
	{"the loops poll with epoll", []string{"poll_method"}},
	{"memory is managed by itself", []string{"mem_warming", "mem_warming_pattern_file", "mem_warming_percentage", "memlog", "memdump",
		"shm_memlog_size", "shm_hash_split_percentage", "shm_secondary_hash_size", "event_shm_threshold", "event_pkg_threshold", "mem-group"}},
	{"the file is as large as what is kept", []string{"restart_persistency_size"}},
	{"modules are built in", []string{"mpath"}},
	{"nothing else writes to stdout", []string{"log_stdout"}},
	{"no event is raised for a log line", []string{"log_event_enabled", "log_event_level_filter"}},
	{"a Via is never looked up; next hops are, without delaying other calls", []string{"dns", "rev_dns"}},
	{"the service manager does that", []string{"chroot"}},
	{"nothing waits until something is sent", []string{"tcpthreshold"}},
	{"no tables with versions are used yet", []string{"db_version_table"}},
	{"no rows are collected before they are written", []string{"query_buffer_size", "query_flush_time"}},
	{"responses are only taken with our own Via on top", []string{"check_via"}},
	{"there is no provisioning interface", []string{"pi_framework"}},
}

// acceptedAliases are further names of some of them.
var acceptedAliases = map[string]string{
	"workerreactortimeout": "worker_reactor_timeout", "mem_warming": "mem_warming_enabled", "memlog": "mem_log", "memdump": "mem_dump",
	"tcpthreshold": "tcp_threshold",
}

// gone are global parameters that OpenSIPS had once, and what there is instead.
var gone = []struct {
	why   string
	names []string
}{
	{"fastsips stays in the foreground: a service manager, or &, does what it did", []string{"fork"}},
	{"the service manager sets it", []string{"user", "group", "uid", "gid"}},
	{"TLS is configured by module tls_mgm; SIP over TLS is not there yet", []string{"disable_tls", "tls_port_no", "tls_method", "tls_verify_server",
		"tls_verify_client", "tls_require_client_certificate", "tls_require_certificate", "tls_certificate", "tls_private_key", "tls_ca_list", "tls_ca_dir",
		"tls_ciphers_list", "tls_handshake_timeout", "tls_send_timeout"}},
	{"SCTP is not supported", []string{"disable_sctp", "sctp_children", "sctp_workers"}},
	{"a connection is read by its loop", []string{"tcp_parallel_read_on_workers", "tcp_async", "tcp_async_local_connect_timeout", "tcp_async_local_write_timeout",
		"tcp_async_max_postponed_chunks"}},
	{"sending never blocks: tcp_write_queue bounds what waits for one peer", []string{"tcp_send_timeout"}},
	{"a double CRLF is always answered", []string{"tcp_crlf_pingpong", "tcp_crlf_drop"}},
	{"AVPs have names", []string{"avp_aliases"}},
	{"it was without effect for long", []string{"loop_checks", "reply_to_via", "max_recursive_level", "import_path"}},
}

func declareAccepted(p *module.Globals) {
	for _, group := range accepted {
		for _, name := range group.names {
			p.Ignored(name, group.why)
			if alias := acceptedAliases[name]; alias != "" {
				p.Alias(name, alias)
			}
		}
	}
	p.Old("tcp_workers", "tcp_children")
	for _, group := range gone {
		for _, name := range group.names {
			p.Gone(name, group.why)
		}
	}
}
