package syntax

import "testing"

// Words are case-sensitive, except NULL and a socket's as; $x reads the same without white
// space before what follows, and [$rU] needs none.
func TestWords(t *testing.T) {
	wantStmts(t, `if ($x == null) f();`, `(if (== $(x) NULL) (f))`)
	wantStmts(t, `if ($ru==$fu) f();`, `(if (== $(ru) $(fu)) (f))`)
	wantStmts(t, `if ([$rU]) f();`, `(if [$(rU)] (f))`)
	cfg := parse(t, "socket=udp:192.0.2.1:5060 AS 192.0.2.2:5070\nroute { }")
	if s := cfg.Globals[0].Socket; s.AsHost != "192.0.2.2" || s.AsPort != 5070 {
		t.Errorf("as: %+v", s)
	}
	var d Diags
	if Parse("t", []byte("route { if (1) Exit; }"), nil, &d); len(d.List) == 0 {
		t.Error("Exit is taken for exit")
	}
	// OpenSIPS wants routes with the names of words in quotes; here they need none.
	for _, name := range []string{"yes", "no", "on", "off", "any", "tag", "socket", "alias", "in", "for", `"on"`} {
		if cfg := parse(t, "route { route("+name+"); }\nroute["+name+"] { }"); len(cfg.Routes) != 2 {
			t.Errorf("route[%s]: %d routes", name, len(cfg.Routes))
		}
	}
}
