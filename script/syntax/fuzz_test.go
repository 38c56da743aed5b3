package syntax

import (
	"bytes"
	"testing"
)

// FuzzParse: whatever the text, Parse ends with a tree; every place it names is
// inside of a source; the messages can be printed; and a tree without errors has
// no holes where the grammar wants something.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"route {\n\tif (!t_relay()) sl_reply_error();\n\texit;\n}\n",
		"log_level=3\nsocket=udp:127.0.0.1:5060 as a:1 tag x\nloadmodule \"tm.so\"\nmodparam(\"tm\", \"fr_timeout\", 5)\n",
		"route[x] { $(avp(x)[*]{s.select,0,,}) = \"$(<reply>ru{uri.host}) $$ $var($x)\" \"b\"; }",
		"route { async(f(), r, 3); async(r) { g(); } async_all { f(); g(1); } (r, 2); launch(h(,1), q, \"$ci\"); }",
		"route { switch ($x) { case 1: break; default: drop; } for ($i in $(a[*])) while ($x < -1) break; }",
		"route { if ($si == 10.0.0.0/8 and [$x & 4] || not $y =~ '^a$') { exit; } else return(1, \"a\"); }",
		"route {\n\tf(\"a);\n\tg(\"b\");\n",
		"route {\n\tif ($x) {\n\texit;\n}\nfailure_route[f] { }",
		"include_file \"a\"\n/* /* */ # x\n$(a($(b{", "timer_route[a, 1] { ~", "x={", "socket=udp:[::1", "\"\\x4\\10\\\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d Diags
		depth := 0
		cfg := Parse("fuzz.cfg", text, func(string) ([]byte, error) {
			if depth++; depth > 3 {
				return nil, errTooMany
			}
			return []byte("route[i] { g(); }\n"), nil
		}, &d)
		for _, g := range d.List {
			wantInside(t, g.Span)
		}
		for _, r := range cfg.Routes {
			Walk(r, func(n any) bool {
				wantInside(t, n.(Stmt).At())
				if d.Errors() == 0 {
					wantWhole(t, n)
				}
				lit, ok := n.(*StrLit)
				return !ok || len(lit.Faults) == 0 // that may not be a format at all
			})
		}
		if err := d.Render(new(bytes.Buffer)); err != nil {
			t.Error(err)
		}
	})
}

type fuzzError string

func (e fuzzError) Error() string { return string(e) }

const errTooMany = fuzzError("too many files")

func wantInside(t *testing.T, s Span) {
	t.Helper()
	if s.Src == nil || s.Line < 1 || int(s.Line) > len(s.Src.lines) || s.Col < 1 || s.Len < 1 {
		t.Fatalf("span %+v is nowhere", s)
	}
	if off := int(s.Src.lines[s.Line-1] + s.Col - 1); off > len(s.Src.Text) || off+int(s.Len) > len(s.Src.Text)+1 {
		t.Fatalf("span at %d:%d+%d is outside of its source of %d bytes", s.Line, s.Col, s.Len, len(s.Src.Text))
	}
}

// wantWhole fails if n lacks a part that a correct text must have given it.
func wantWhole(t *testing.T, n any) {
	t.Helper()
	ok := true
	switch n := n.(type) {
	case *If:
		ok = n.Cond != nil && n.Then != nil
	case *While:
		ok = n.Cond != nil && n.Body != nil
	case *ForEach:
		ok = n.Iter != nil && n.Coll != nil && n.Body != nil
	case *Switch:
		ok = n.Operand != nil
	case *Assign:
		ok = n.Var != nil && n.Value != nil
	case *Binary:
		ok = n.X != nil && n.Y != nil
	case *Unary:
		ok = n.X != nil
	case *Bracket:
		ok = n.X != nil
	case *Async:
		ok = n.Resume != nil && len(n.Calls) > 0
	case *Launch:
		ok = n.Call != nil
	case *RouteCall:
		ok = n.Name != nil
	case *Call:
		ok = n.HasParen
	case *Var:
		ok = n.Name != ""
	}
	if !ok {
		t.Fatalf("no errors, but a hole in %T: %+v", n, n)
	}
}
