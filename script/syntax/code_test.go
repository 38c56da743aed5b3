package syntax

import "testing"

// The code of a message stays when its wording changes; each sort of message has one.
func TestCodes(t *testing.T) {
	for msg, want := range map[string]string{
		"unknown function t_rely": "unknown-function", "unknown variable $fuu": "unknown-variable", "unknown transformation {s.length}": "unknown-transformation",
		"unknown module tn": "unknown-module", "unknown global parameter x": "unknown-parameter", `module tm has no parameter "x"`: "unknown-parameter",
		"there is no route[x]": "unknown-route", "there is no failure_route[x]": "unknown-route", "module registrar needs usrloc to keep contacts in": "module-missing",
		"module tm is loaded already": "module-gone", "save cannot be called in branch_route": "wrong-route", "async needs the tm module": "module-missing",
		"t_reply takes 2 arguments, not 1": "argument-count", "t_reply: argument code is missing": "argument-count", "f: code must be an integer": "argument-type",
		`f: argument max: "10" is a string, not a number`: "argument-type", "log_level must be a number": "parameter-value", "udp_workers has no meaning here": "no-effect",
		"route[x] is defined twice": "duplicate", "this is never reached, because of the exit before it": "unreachable", "route[x] is never used": "unused-route",
		"$si is read-only": "read-only", "cannot include x.cfg: no such file": "include", "string is not closed": "unclosed", "; is missing": "unclosed",
		"$ru takes no name in parentheses": "variable-form", "number 99999999999 does not fit in 32 bits": "number", "break outside of switch, while and for": "misplaced",
		"a constant is no condition": "expression", "comparisons cannot be chained": "expression", "statements are nested too deeply": "too-deep",
		"expected ;, found }": "syntax", "listen is the old name of socket": "old-spelling", "fr_timer is an old name of fr_timeout": "old-spelling",
		"f: argument x: a number needs no quotes": "old-spelling", "t_relay is the second reply on this way, the first is in line 3": "second-reply",
		"what nobody has thought of": "warning",
	} {
		if got := (&Diag{Severity: Warning, Msg: msg}).Code(); got != want {
			t.Errorf("%s: %s, want %s", msg, got, want)
		}
	}
}

// The end of a span is the place behind its last byte, maybe on another line.
func TestSpanEnd(t *testing.T) {
	src := newSource("x", []byte("ab\ncd\nef"), 0)
	for _, c := range []struct{ from, to, line, col int }{{0, 2, 1, 3}, {1, 4, 2, 2}, {3, 8, 3, 3}} {
		if line, col := src.span(c.from, c.to).End(); line != c.line || col != c.col {
			t.Errorf("%v: %d:%d", c, line, col)
		}
	}
}
