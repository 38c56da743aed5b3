package module

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// noErrors fails on errors and warnings; notes are fine.
func noErrors(t *testing.T, d *syntax.Diags) {
	t.Helper()
	for _, g := range d.List {
		if g.Severity != syntax.Note {
			t.Fatalf("%s", messages(t, d))
		}
	}
}

func TestBenchConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/bench/*.cfg")
	if err != nil || len(files) != 7 {
		t.Fatalf("found %v, %v", files, err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			var d syntax.Diags
			s := new(settings)
			l := load(t, "bench/"+filepath.Base(f), s, &d)
			noErrors(t, &d)
			if l.Program == nil || l.Program.Route(syntax.RequestRoute, "") < 0 {
				t.Error("no main route")
			}
			if s.logLevel != 1 || !s.stderr || s.mpath != "modules/" || s.fifo != "run/fifo" {
				t.Errorf("settings %+v", s)
			}
			sockets := l.Modules[0].Env.Globals.Sockets
			if len(sockets) != 1 || sockets[0].Host != "127.0.0.1" || sockets[0].Port != 5060 {
				t.Errorf("sockets %+v", sockets)
			}
		})
	}
}

func TestDefaultConfiguration(t *testing.T) {
	var d syntax.Diags
	s := new(settings)
	l := load(t, "default.cfg", s, &d)
	noErrors(t, &d)
	if s.fr != 5*time.Second || s.maxC != 4 || s.db != "single-instance-no-db" || s.stderr {
		t.Errorf("settings %+v", s)
	}
	if l.Module("registrar") == nil || l.Module("sqlops") != nil || l.Program == nil || !l.Program.UsesAsync() {
		t.Error("modules or program")
	}
}

// What a module that is not loaded would provide is known to be there.
func TestMissingModule(t *testing.T) {
	want(t, "route { sl_reply_error(); $var(x) = $ct.fields(q); save(\"location\"); }",
		`1:9: error: unknown function sl_reply_error (loadmodule "sl.so" is missing)`,
		`1:37: error: unknown variable $ct.fields (loadmodule "registrar.so" is missing)`,
		`1:52: error: unknown function save (loadmodule "registrar.so" is missing)`)
	// A function may stand before its loadmodule; in OpenSIPS it may not.
	want(t, "route { t_relay(); }\nloadmodule \"tm.so\"")
	// Without tm there is no transaction to keep a run in.
	want(t, "loadmodule \"cfgutils.so\"\nroute { async(usleep(1), r); }\nroute[r] { launch(usleep(1)); }",
		`2:9: error: async needs the tm module (add loadmodule "tm.so")`,
		`3:12: error: launch needs the tm module (add loadmodule "tm.so")`)
	want(t, "loadmodule \"cfgutils.so\"\nroute { usleep(1); route(r); }\nroute[r] { exit; }")
}

// loadText loads a text with the fake modules.
func loadText(text string, s *settings, d *syntax.Diags) *Loaded {
	cfg := syntax.Parse("t.cfg", []byte(text), func(string) ([]byte, error) { return nil, errors.New("no files") }, d)
	cat, core := catalogue(s)
	return Load(cfg, cat, core, nil, d)
}

// want loads text and compares all messages, as "line:col: severity: message (hint)".
func want(t *testing.T, text string, lines ...string) {
	t.Helper()
	var d syntax.Diags
	loadText(text, new(settings), &d)
	d.Sort()
	var got []string
	for _, g := range d.List {
		line := fmt.Sprintf("%d:%d: %s: %s", g.Line, g.Col, g.Severity, g.Msg)
		if g.Hint != "" {
			line += " (" + g.Hint + ")"
		}
		got = append(got, line)
	}
	if !slices.Equal(got, lines) {
		t.Errorf("%s\n got %s\nwant %s", text, strings.Join(got, "\n     "), strings.Join(lines, "\n     "))
	}
}

func TestLoadModule(t *testing.T) {
	want(t, "loadmodule \"tm\"\nloadmodule \"/usr/lib/x/tm.so\"\nroute { t_relay(); }",
		`2:12: note: module tm is loaded already (at t.cfg:1)`)
	want(t, "loadmodule \"tmm.so\"\nmodparam(\"tmm\", \"x\", 1)\nroute { t_relay(); }",
		`1:12: error: unknown module tmm (did you mean tm?)`)
	want(t, "loadmodule \"registrar.so\"\nroute { }",
		`1:12: error: module registrar needs usrloc to keep contacts in (add loadmodule "usrloc.so")`)
	want(t, "loadmodule \"registrar.so\"\nloadmodule \"usrlock.so\"\nroute { }",
		`2:12: error: unknown module usrlock (did you mean usrloc?)`)
	want(t, "loadmodule \"sqlops.so\"\nloadmodule \"db_postgres.so\"\nroute { }")
	want(t, "loadmodule \"sqlops.so\"\nroute { }",
		`1:12: error: module sqlops needs db_postgres or db_sqlite (add loadmodule "db_postgres.so")`)
}

// semantics.md §1.10.
func TestModParam(t *testing.T) {
	head := "loadmodule \"tm.so\"\nloadmodule \"usrloc.so\"\nloadmodule \"db_postgres.so\"\nloadmodule \"sqlops.so\"\n"
	want(t, head+"modparam(\"TM\", \"fr_timeout\", 5)\nmodparam(\"usrloc|sqlops\", \"db_url\", \"a\" \"b\")\nroute { }")
	want(t, head+"modparam(\"usr.*|tm\", \"db_url\", \"ab\")\nroute { }",
		`5:22: error: module tm has no parameter "db_url"`)
	want(t, head+"modparam(\"tm\", \"fr_timeout\", \"5\")\nroute { }", `5:30: error: tm fr_timeout must be a number (write 5)`)
	want(t, head+"modparam(\"tm\", \"fr_timeout\", \"x\")\nroute { }", `5:30: error: tm fr_timeout must be a number`)
	want(t, head+"modparam(\"tm\", \"fr_timeout\", -5)\nroute { }", `5:30: error: tm fr_timeout: must not be negative`)
	want(t, head+"modparam(\"usrloc\", \"db_url\", 5)\nroute { }", `5:30: error: usrloc db_url must be a string (write "5")`)
	want(t, head+"modparam(\"usrloc\", \"hash_size\", 21)\nroute { }", `5:33: error: usrloc hash_size: must be from 1 to 20, not 21`)
	want(t, head+"modparam(\"sqlops\", \"db_url\", \"\")\nroute { }", `5:30: error: sqlops db_url: empty URL`)
	want(t, head+"modparam(\"sqlops\", \"db_uri\", \"x\")\nroute { }", `5:20: note: db_uri is an old name (it is db_url now)`)
	want(t, head+"modparam(\"registrar\", \"max_contacts\", 1)\nroute { }",
		`5:10: error: no loaded module is called registrar (add loadmodule "registrar.so")`)
	want(t, head+"modparam(\"sqlop\", \"db_url\", \"x\")\nroute { }", `5:10: error: no loaded module is called sqlop (did you mean sqlops?)`)
	want(t, head+"modparam(\"(\", \"x\", 1)\nroute { }", "5:10: error: module names are no regular expression: error parsing regexp: missing closing ): `(?i)^(?:()$`")
	want(t, "loadmodule \"rr.so\"\nmodparam(\"rr\", \"append_fromtag\", 1)\nmodparam(\"rr\", \"append_fromtag\", \"x\")\nroute { }",
		`2:16: note: rr append_fromtag has no meaning here (always on)`, `3:16: note: rr append_fromtag has no meaning here (always on)`)
	// A function's parameter accumulates, a plain one is overwritten.
	var d syntax.Diags
	s := new(settings)
	loadText(head+"modparam(\"sqlops\", \"db_url\", \"a\")\nmodparam(\"sqlops\", \"db_url\", \"b\")\n"+
		"modparam(\"tm\", \"fr_timeout\", 1)\nmodparam(\"tm\", \"fr_timeout\", 2)\nroute { }", s, &d)
	noErrors(t, &d)
	if s.db != "a;b;" || s.fr != 2*time.Second || s.hashSize != 9 {
		t.Errorf("db %q, fr %v, hash size %d", s.db, s.fr, s.hashSize)
	}
}

func TestGlobals(t *testing.T) {
	var d syntax.Diags
	s := new(settings)
	l := loadText("log_level=-1\nlog_stderror=0\nmpath=/usr/lib\nsocket=udp:a:1\nlisten=tcp:b:2\nroute { }", s, &d)
	if got := messages(t, &d); d.Errors() != 0 || !strings.Contains(got, "log_stderror is an old name (it is stderror_enabled now)") ||
		!strings.Contains(got, "listen is an old name (it is socket now)") {
		t.Error(got)
	}
	if sockets := l.Modules[0].Env.Globals.Sockets; s.logLevel != -1 || s.stderr || s.mpath != "/usr/lib" || len(sockets) != 2 || sockets[1].Host != "b" {
		t.Errorf("settings %+v, sockets %+v", s, sockets)
	}
	want(t, "log_levle=1\nroute { }", "1:1: error: unknown global parameter log_levle (did you mean log_level?)")
	want(t, "log_level=abc\nroute { }", "1:11: error: log_level must be a number")
	want(t, "stderror_enabled=yes\nstderror_enabled=\"yes\"\nroute { }", "2:18: error: stderror_enabled must be a number (0 or 1)")
	want(t, "mpath=5\nroute { }", "1:7: error: mpath must be a string")
	want(t, "udp_workers=4\nroute { }", "1:1: note: udp_workers has no meaning here (there are no worker processes)")
}

// A missing include may load anything, so nothing is called unknown then.
func TestPartialConfiguration(t *testing.T) {
	want(t, "include_file \"x\"\nmodparam(\"tm\", \"fr_timeout\", 1)\nroute { t_relay(); async(f($y), z); route(q); $ru = $(ru{a.b}); }",
		"1:14: error: cannot include x: no files")
}

// lively notes what happens to it.
type lively struct {
	name         string
	events       *[]string
	failStart    bool
	failClose    bool
	programThere bool
}

func (m *lively) Setup(*Env) {}

func (m *lively) Start(e *Env) error {
	*m.events = append(*m.events, "start "+m.name)
	m.programThere = e.Program() != nil && e.Module("a") != nil
	if m.failStart {
		return errors.New("no socket")
	}
	return nil
}

func (m *lively) Close() error {
	*m.events = append(*m.events, "close "+m.name)
	if m.failClose {
		return errors.New("cannot")
	}
	return nil
}

var (
	_ Starter = (*lively)(nil)
	_ Closer  = (*lively)(nil)
)

// Modules start in order; what was started, or tried to, is closed in reverse.
func TestLife(t *testing.T) {
	var events []string
	mods := map[string]*lively{}
	cat := Catalogue{}
	for _, name := range []string{"a", "b", "c"} {
		mods[name] = &lively{name: name, events: &events}
		cat[name] = func() Module { return mods[name] }
	}
	var d syntax.Diags
	cfg := syntax.Parse("t.cfg", []byte("loadmodule \"a.so\"\nloadmodule \"b.so\"\nloadmodule \"c.so\"\nroute { exit; }"), nil, &d)
	l := Load(cfg, cat, fake(nothing), "host", &d)
	noErrors(t, &d)
	if l.Modules[1].Env.Shared != "host" {
		t.Error("the host's value is lost")
	}
	if err := l.Start(); err != nil || !mods["c"].programThere {
		t.Fatal(err, mods["c"].programThere)
	}
	mods["c"].failClose = true
	if err := l.Close(); err == nil || err.Error() != "module c: cannot" {
		t.Errorf("Close: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	if got := strings.Join(events, ", "); got != "start a, start b, start c, close c, close b, close a" {
		t.Error(got)
	}
	events = nil
	mods["b"].failStart = true
	if err := l.Start(); err == nil || err.Error() != "module b: no socket" {
		t.Errorf("Start: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(events, ", "); got != "start a, start b, close b, close a" {
		t.Error(got)
	}
}

// What a program gets wrong about its own modules stops it.
func TestBugs(t *testing.T) {
	for name, setup := range map[string]func(*Env){
		"declared twice":    func(e *Env) { e.Params.Int(new(int), "x", 0, ""); e.Params.Ignored("x", "") },
		"is not declared":   func(e *Env) { e.Params.Alias("x", "y") },
		"global parameters": func(e *Env) { e.Globals.Int(new(int), "x", 0, "") },
		"depends on":        func(e *Env) { e.Depends("") },
		"f is declared":     func(e *Env) { f := script.Func0("f", "", script.All, yes0); e.Funcs = []*script.Func{f, f} },
	} {
		func() {
			defer func() {
				if msg, _ := recover().(string); !strings.HasPrefix(msg, "BUG: ") || !strings.Contains(msg, name) {
					t.Errorf("%s: panic is %q", name, msg)
				}
			}()
			var d syntax.Diags
			cfg := syntax.Parse("t.cfg", []byte("loadmodule \"m\"\nroute { }"), nil, &d)
			Load(cfg, Catalogue{"m": func() Module { return fake(setup) }}, fake(nothing), nil, &d)
		}()
	}
}
