package syntax

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRender(t *testing.T) {
	src := newSource("proxy.cfg", []byte("route {\n\tif (!ds_select_dst(\"abc\",\t4, \"\xc3\xa4\", x))\r\n}\n"), 1)
	first := newSource("main.cfg", []byte("a"), 0)
	at := func(s *Source, line, col, n int32) Span { return Span{Pos: Pos{Src: s, Line: line, Col: col}, Len: n} }
	var d Diags
	d.Add(Warning, at(src, 2, 37, 1), "after a tab and an umlaut", "")
	d.Add(Error, at(src, 2, 21, 5), `ds_select_dst: argument set: "abc" is not a number`, "did you mean 1?")
	d.Add(Error, at(src, 3, 1, 100), "longer than its line", "")
	d.Add(Note, at(first, 1, 1, 1), "in the including file", "")
	d.Add(Error, at(src, 99, 1, 1), "beyond the end", "")
	d.Add(Error, Span{}, "no place", "")
	want := "error: no place\n" +
		"main.cfg:1:1: note: in the including file\n" +
		"proxy.cfg:2:21: error: ds_select_dst: argument set: \"abc\" is not a number\n" +
		"\tif (!ds_select_dst(\"abc\",\t4, \"\xc3\xa4\", x))\n" +
		"\t                   ^~~~~\n" +
		"\tdid you mean 1?\n" +
		"proxy.cfg:2:37: warning: after a tab and an umlaut\n" +
		"\tif (!ds_select_dst(\"abc\",\t4, \"\xc3\xa4\", x))\n" +
		"\t                         \t        ^\n" +
		"proxy.cfg:3:1: error: longer than its line\n\t}\n\t^\n" +
		"proxy.cfg:99:1: error: beyond the end\n\t\n\t^\n"
	if got := render(t, &d); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d.Errors() != 4 {
		t.Errorf("%d errors", d.Errors())
	}
}

func TestNearest(t *testing.T) {
	names := []string{"t_relay", "t_reply", "t_newtran", "sl_send_reply", "rU", "ru", "loadmodule"}
	for _, c := range []struct{ in, want string }{
		{"t_rely", "t_relay"}, // one edit from t_relay and one from t_reply: the alphabet decides
		{"t_relayy", "t_relay"},
		{"sl_sned_reply", "sl_send_reply"},
		{"T_RELAY", "t_relay"},
		{"lodmodule", "loadmodule"},
		{"t_raley", "t_relay"},
		{"unrelated", ""},
		{"xy", ""},
		{"", ""},
	} {
		if got := Nearest(c.in, slices.Values(names)); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// Every variable of a statement is visited, however deep it hides.
func TestWalk(t *testing.T) {
	cfg := parse(t, `route {
	if ($a == $b && [$c & 1] || !f("$d$(e($f)[$g]{s.substr,$h,0})")) while ($i) { $j = $k + ~$l; }
	switch ($m) { case "z": g($o); }
	for ($p in $(q[*])) return($r, "$s");
	async(f($t), z); launch(g(), z, "$u"); route("$v", $w); assert($x == 1, "y");
	if (f()) exit; else g($y);
}`)
	got, refs := "", 0
	Walk(cfg.Routes[0], func(n any) bool {
		switch n := n.(type) {
		case *Var:
			got += n.Name
		case *RouteRef:
			refs++
		}
		return true
	})
	if got != "abcdefghijklmopqrstuvwxy" || refs != 2 {
		t.Errorf("visited %s, %d route names", got, refs)
	}
	got = ""
	Walk(cfg.Routes[0], func(n any) bool {
		if v, ok := n.(*Var); ok {
			got += v.Name
		}
		_, async := n.(*Async)
		_, cond := n.(*If)
		return !async && !cond
	})
	if got != "mopqrsuvwx" {
		t.Errorf("visited %s without if and async", got)
	}
}

// Of a long line only what is around the place is shown, so that many mistakes in one
// line stay readable.
func TestRenderExcerpt(t *testing.T) {
	var d Diags
	Parse("t.cfg", []byte("route { "+strings.Repeat("ä(); ", 400)+"x$; "+strings.Repeat("f(); ", 400)+"}"), nil, &d)
	var b bytes.Buffer
	if err := d.Render(&b); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > shownBefore+shownBehind+40 {
			t.Errorf("%d bytes: %.80s", len(line), line)
		}
		if !utf8.ValidString(line) {
			t.Errorf("cut in a character: %q", line)
		}
	}
}
