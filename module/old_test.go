package module

import (
	"testing"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// Modules that were renamed are loaded under the present name, and modparam still finds
// them under the old one.
func TestOldModules(t *testing.T) {
	want(t, "loadmodule \"avpops.so\"\nloadmodule \"db_postgres.so\"\nmodparam(\"avpops\", \"db_url\", \"a\")\nmodparam(\"sqlops\", \"db_url\", \"b\")\nroute { avp_db_query(\"x\"); }",
		`1:12: note: module avpops is an old name (it is sqlops now)`,
		`5:9: note: avp_db_query is an old name (it is sql_query now)`)
	// What was a module once and is always there now.
	want(t, "loadmodule \"xlog.so\"\nroute { exit; }", `1:12: note: module xlog is built in`)
	// What OpenSIPS has and fastsips has not is not misspelt.
	want(t, "loadmodule \"dispatcher.so\"\nloadmodule \"siptrace.so\"\nroute { exit; }",
		`1:12: error: module dispatcher is not there yet`, `2:12: error: module siptrace is not there yet (it is tracer now)`)
}

// Functions that went from one module to another are found there, with a note.
func TestMovedFunctions(t *testing.T) {
	want(t, "loadmodule \"textops.so\"\nroute { if (is_method(\"INVITE\")) exit; }",
		`1:12: note: is_method() is no longer in module textops (add loadmodule "sipmsgops.so")`)
	want(t, "loadmodule \"textops.so\"\nroute { exit; }")
	want(t, "loadmodule \"textops.so\"\nloadmodule \"sipmsgops.so\"\nroute { is_method(\"INVITE\"); }")
}

// Strict: names that only earlier versions have are errors.
func TestStrictNames(t *testing.T) {
	d := syntax.Diags{Strict: true}
	loadText("listen=udp:a:1\nlog_stderror=1\nloadmodule \"avpops\"\nloadmodule \"db_postgres\"\nloadmodule \"textops\"\nroute { is_method(\"x\"); }", new(settings), &d)
	if d.Errors() != 4 {
		t.Error(messages(t, &d))
	}
}

// A parameter that is gone says what to do instead; a further name is as good as any.
func TestGoneParameters(t *testing.T) {
	var n int
	cat := Catalogue{"m": func() Module {
		return fake(func(e *Env) {
			e.Params.Gone("x", "say y")
			e.Params.Int(&n, "y", 1, "")
			e.Params.Alias("y", "why")
			e.Funcs = append(e.Funcs, script.Func0("f", "", script.All, yes0))
		})
	}}
	var d syntax.Diags
	cfg := syntax.Parse("t.cfg", []byte("loadmodule \"m\"\nmodparam(\"m\", \"x\", 1)\nmodparam(\"m\", \"why\", 5)\nroute { f(); }"), nil, &d)
	Load(cfg, cat, fake(nothing), nil, &d)
	if got := messages(t, &d); got != "t.cfg:2:15: note: m x is gone (say y)\n" || n != 5 {
		t.Errorf("%s\nn = %d", got, n)
	}
}
