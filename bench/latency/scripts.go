package main

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
)

//go:embed configs/fastsips.cfg
var fastsipsConfig string

//go:embed configs/kamailio.cfg
var kamailioConfig string

// An operation is what a script waits for before t_relay. In its texts [url], [host],
// [port] name the relay, [ms] and [us] the delay.
type operation struct {
	name    string
	relayed bool // the delay is the relay's

	fastsips struct {
		modules string
		call    string // a function, without the semicolon
		prepare string // in front of it
	}
	kamailio struct {
		modules string
		block   string // statements that wait
		async   string // instead of async_task_route; empty: that
	}
}

var operations = []operation{postgres(), rest(), redis(), usleep(), execute()}

func postgres() (o operation) {
	o.name, o.relayed = "postgres", true
	o.fastsips.modules = `loadmodule "db_postgres.so"
loadmodule "sqlops.so"
modparam("sqlops", "db_url", "[url]")`
	o.fastsips.call = `sql_query("SELECT 'sip:alice@192.0.2.1'", "$avp(uri)")`
	o.kamailio.modules = `loadmodule "db_postgres.so"
loadmodule "sqlops.so"
modparam("sqlops", "sqlcon", "db=>[url]")`
	o.kamailio.block = `	if (!sql_query("db", "SELECT 'sip:alice@192.0.2.1'", "ra")) {
		t_reply("500", "No Answer");
		exit;
	}
	sql_result_free("ra");`
	return o
}

func rest() (o operation) {
	o.name, o.relayed = "rest", true
	o.fastsips.modules = `loadmodule "rest_client.so"
modparam("rest_client", "max_async_transfers", [inflight])`
	o.fastsips.call = `rest_get("[url]/route", $avp(uri))`
	o.kamailio.modules = `loadmodule "http_client.so"
modparam("http_client", "keep_connections", 1)
modparam("http_client", "connection_timeout", 20)
modparam("http_client", "httpcon", "route=>[url]")`
	o.kamailio.block = `	if (!http_connect("route", "/route", "$null", "$null", "$avp(uri)")) {
		t_reply("500", "No Answer");
		exit;
	}`
	return o
}

func redis() (o operation) {
	o.name, o.relayed = "redis", true
	o.fastsips.modules = `loadmodule "cachedb_redis.so"
modparam("cachedb_redis", "cachedb_url", "[url]")`
	o.fastsips.call = `cache_fetch("redis:latency", "$rU", $avp(uri))`
	o.kamailio.modules = `loadmodule "ndb_redis.so"
modparam("ndb_redis", "server", "name=latency;addr=[host];port=[port]")
modparam("ndb_redis", "cmd_timeout", 20000)`
	o.kamailio.block = `	if (!redis_cmd("latency", "GET $rU", "r")) {
		t_reply("500", "No Answer");
		exit;
	}
	redis_free("r");`
	return o
}

// Usleep waits by the proxy's own timer. To wait for 0 ms is not to wait.
func usleep() (o operation) {
	o.name = "usleep"
	o.fastsips.modules = `loadmodule "cfgutils.so"`
	o.fastsips.call = `usleep([us])`
	o.kamailio.modules = `loadmodule "cfgutils.so"
loadmodule "async.so"
modparam("async", "ms_timer", 1)`
	o.kamailio.block = `	if ([us] > 0)
		usleep("[us]");`
	o.kamailio.async = `	if ([ms] == 0)
		route(onward);
	async_ms_route("onward", "[ms]");
	exit;`
	return o
}

// Execute runs a program that takes the time: a shell alone for 0 ms.
func execute() (o operation) {
	o.name = "exec"
	o.fastsips.modules = `loadmodule "exec.so"
modparam("exec", "max_children", [children])`
	o.fastsips.call = `exec("[command]")`
	o.kamailio.modules = `loadmodule "exec.so"`
	o.kamailio.block = `	exec_cmd("[command]");`
	return o
}

// script writes the configuration for a point.
func script(p point, port int, b *benchproxy.Backend) string {
	o, text := p.op, ""
	if p.product == fastsips {
		text = fastsipsScript(p)
	} else {
		text = kamailioScript(p)
	}
	words := map[string]string{
		"proxy": "127.0.0.1:" + strconv.Itoa(port),
		"ms":    strconv.Itoa(int(p.delay.Milliseconds())), "us": strconv.Itoa(int(p.delay.Microseconds())),
		"workers": strconv.Itoa(p.workers), "tasks": strconv.Itoa(max(p.tasks, 1)),
		"command":     "exec sleep " + fmt.Sprintf("%.3f", p.delay.Seconds()),
		"children":    strconv.Itoa(2 * execWorkers),
		"connections": strconv.Itoa(p.connections), "inflight": strconv.Itoa(p.inFlight),
	}
	if p.delay == 0 {
		words["command"] = "true"
	}
	if o.relayed {
		words["url"] = b.URL
		words["host"], words["port"], _ = strings.Cut(b.Addr, ":")
	}
	for name, value := range words {
		text = strings.ReplaceAll(text, "["+name+"]", value)
	}
	return text
}

func fastsipsScript(p point) string {
	f := p.op.fastsips
	wait := fmt.Sprintf("\tt_newtran();\n\tasync(%s, waited, 20);", f.call)
	if p.variant == plain {
		wait = fmt.Sprintf("\tif (%s)\n\t\troute(onward);\n\tt_reply(500, \"No Answer\");", f.call)
	}
	return strings.NewReplacer("[modules]", f.modules, "[wait]", wait).Replace(fastsipsConfig)
}

func kamailioScript(p point) string {
	k := p.op.kamailio
	// Who blocks sends the 100 himself, or the caller repeats the INVITE after half a second.
	wait, modules := "\tt_reply(\"100\", \"Trying\");\n\troute(waiting);", k.modules+"\nmodparam(\"tm\", \"auto_inv_100\", 0)"
	if p.variant == async {
		modules = k.modules
		wait = k.async
		if wait == "" {
			wait = "\tasync_task_route(\"waiting\");\n\texit;"
			modules += "\nloadmodule \"async.so\""
		}
	}
	return strings.NewReplacer("[modules]", modules, "[wait]", wait, "[operation]", k.block).Replace(kamailioConfig)
}

// Delays of the chart.
var delays = []time.Duration{0, time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second}
