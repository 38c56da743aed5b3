package check

import (
	"strings"
	"testing"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// "A quoted number was legal up to 2.4": it is taken, with a note. So is a variable in
// quotes.
func TestOldArguments(t *testing.T) {
	in(t, `f_int("404");`, `note 2:7: f_int: argument n: a number needs no quotes (write 404)`)
	in(t, `f_int("-1");`, `note 2:7: f_int: argument n: a number needs no quotes (write -1)`)
	in(t, `f_int("$rc");`, `note 2:7: f_int: argument n: a variable needs no quotes (write $rc)`)
	in(t, `f_int("$rc$rc");`, `2:7: f_int: argument n: "$rc$rc" is not a number`)
	in(t, `f_int("99999999999");`, `2:7: f_int: argument n: "99999999999" is not a number`)
	in(t, `f_var("$ru");`, `note 2:7: f_var: argument v: a variable needs no quotes (write $ru)`)
	in(t, `f_out("$avp(x)");`, `note 2:7: f_out: argument v: a variable needs no quotes (write $avp(x))`)
	in(t, `f_out("$ci");`, `note 2:7: f_out: argument v: a variable needs no quotes (write $ci)`, `2:8: $ci is read-only`)
	in(t, `f_str(10.0.0.1);`, `note 2:7: f_str: argument s: an address needs quotes (write "10.0.0.1")`)
	in(t, `f_str(udp:10.0.0.1:5060);`, `note 2:7: a socket is quoted (write "udp:10.0.0.1:5060")`)
	in(t, `f_flag(1); f_flag("1");`, `note 2:8: f_flag: flags have names (write "1")`)
}

// "Old $avp(s:x)/$avp(i:1) forms are gone": they are understood.
func TestOldVariables(t *testing.T) {
	in(t, `$avp(s:x) = 1; f_out($avp(i:12)); xlog("$(avp(s:x)[*]) $avp(s:a$rc)");`,
		`note 2:6: the names of AVPs have no type (write it without s:)`, `note 2:27: the names of AVPs have no type (write it without i:)`,
		`note 2:47: the names of AVPs have no type (write it without s:)`, `note 2:61: the names of AVPs have no type (write it without s:)`)
	in(t, `$var(x) = $Ri; $var(x) = $(pr{s.len}); if ($proto == "udp" && $af == "INET") f();`,
		`note 2:11: $Ri is an old name (it is $socket_in(ip) now)`, `note 2:26: $pr is an old name (it is $socket_in(proto) now)`,
		`note 2:44: $proto is an old name (it is $socket_in(proto) now)`, `note 2:63: $af is an old name (it is $socket_in(af) now)`)
}

func TestOldFunctions(t *testing.T) {
	in(t, `append_branch();`, `note 2:1: append_branch is an old name (it is append_branch_old now)`)
	in(t, `if (is_avp_set("$avp(x)")) f();`, `2:5: unknown function is_avp_set (compare it: if ($avp(x) != NULL))`)
	in(t, `sip_trace("x");`, `2:1: unknown function sip_trace (it is trace now: loadmodule "tracer.so" is missing)`)
}

// With Strict all of this is refused.
func TestStrict(t *testing.T) {
	d := syntax.Diags{Strict: true}
	cfg := syntax.Parse("t.cfg", []byte("route { f_int(\"1\"); $avp(s:x) = 1; old_f(); append_branch(); $var(x) = $Ri; f_flag(1); f_int(1); }"), nil, &d)
	Check(cfg, registry(), &d)
	if d.Errors() != 6 || len(d.List) != 6 {
		var b strings.Builder
		d.Render(&b)
		t.Errorf("%d errors\n%s", d.Errors(), b.String())
	}
}

// What an old form is turned into is what is compiled.
func TestOldFormsCompile(t *testing.T) {
	r := registry()
	var d syntax.Diags
	cfg := syntax.Parse("t.cfg", []byte(`route { $avp(s:x) = 5; $avp(y) = $avp(x); }`), nil, &d)
	Check(cfg, r, &d)
	if script.Compile(cfg, r, &d) == nil {
		t.Fatal(d.List)
	}
	if a := cfg.Routes[0].Body.Stmts[0].(*syntax.Assign); a.Var.Inner[0].Text != "x" {
		t.Errorf("the name is %q", a.Var.Inner[0].Text)
	}
}
