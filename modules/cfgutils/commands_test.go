package cfgutils

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// loaded loads a configuration of this module alone.
func loaded(t *testing.T, text string) (*module.Loaded, *Module) {
	t.Helper()
	var d syntax.Diags
	cfg := syntax.Parse("test.cfg", []byte(text), nil, &d)
	l := module.Load(cfg, module.Catalogue{"cfgutils": New}, core.New(), new(proxy.Core), &d)
	if d.Errors() > 0 {
		t.Fatalf("%v", d.List)
	}
	return l, l.Module("cfgutils").(*Module)
}

func serve(t *testing.T, l *module.Loaded, method, params string) string {
	t.Helper()
	return string(l.Commands.Serve(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`)))
}

func wants(t *testing.T, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%s\nwants %s", got, want)
	}
}

// shv_set and shv_get see what $shv does; "if the name is missing, all are returned".
func TestSharedCommands(t *testing.T) {
	l, m := loaded(t, "loadmodule \"cfgutils.so\"\nmodparam(\"cfgutils\", \"shvset\", \"debug=i:1\")\nroute { xlog(\"$shv(debug)\"); }")
	wants(t, serve(t, l, "shv_get", `["debug"]`), `"name":"debug","type":"integer","value":1`)
	wants(t, serve(t, l, "shv_get", `["other"]`), `404`)
	wants(t, serve(t, l, "shv_set", `["gw","str","sip:a"]`), `"result":"OK"`)
	wants(t, serve(t, l, "shv_set", `["debug","int","5"]`), `"result":"OK"`)
	wants(t, serve(t, l, "shv_set", `["debug","int","five"]`), `400`)
	wants(t, serve(t, l, "shv_set", `["debug","float","5"]`), `400`)
	wants(t, serve(t, l, "cfgutils:shv_get", `[]`), `{"name":"debug","type":"integer","value":5},{"name":"gw","type":"string","value":"sip:a"}`)
	if v := m.shared.cell("debug").get(); v.Int != 5 {
		t.Errorf("$shv(debug) is %d", v.Int)
	}
}

// When messages have made as many names as there may be, a script that is loaded then finds
// its own $shv not set, and cannot set it.
func TestSharedNamesUsedUp(t *testing.T) {
	_, m := loaded(t, "loadmodule \"cfgutils.so\"\nroute { xlog(\"$shv(a)\"); }")
	m.shared.n.Store(mostShared)
	v := m.shared.variable()
	key, err := v.Bind("late")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Get(nil, &script.Arg{Name: []byte("late"), Key: key}); got.Kind != script.IntKind || got.Int != 0 {
		t.Errorf("$shv(late) is %v", got)
	}
}

func TestChanceCommands(t *testing.T) {
	l, m := loaded(t, `loadmodule "cfgutils.so"
modparam("cfgutils", "initial_probability", 30)
route { rand_event(); }`)
	wants(t, serve(t, l, "rand_reset_prob", `[]`), `"result":"OK"`)
	wants(t, serve(t, l, "rand_get_prob", `[]`), `"The actual probability":30`)
	wants(t, serve(t, l, "rand_set_prob", `["50"]`), `"result":"OK"`)
	wants(t, serve(t, l, "rand_set_prob", `[101]`), `400`)
	if n := m.prob.Load(); n != 50 {
		t.Errorf("the probability is %d", n)
	}
}

// check_config_hash: 200 when the hashes are identical, 400 when not, 404 when no file
// has been configured.
func TestHashCommands(t *testing.T) {
	l, _ := loaded(t, `loadmodule "cfgutils.so"
route { exit; }`)
	wants(t, serve(t, l, "get_config_hash", `[]`), `404`)
	wants(t, serve(t, l, "check_config_hash", `[]`), `404`)
	file := filepath.Join(t.TempDir(), "a.cfg")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("route { }")
	l, m := loaded(t, "loadmodule \"cfgutils.so\"\nmodparam(\"cfgutils\", \"hash_file\", \""+file+"\")\nroute { exit; }")
	var err error
	if m.hash, err = hashOf(m.hashFile); err != nil { // as Start does
		t.Fatal(err)
	}
	wants(t, serve(t, l, "get_config_hash", `[]`), m.hash)
	wants(t, serve(t, l, "check_config_hash", `[]`), "is identical")
	write("route { exit; }")
	wants(t, serve(t, l, "check_config_hash", `[]`), "400")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	wants(t, serve(t, l, "check_config_hash", `[]`), "500")
}
