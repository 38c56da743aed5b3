package module

import (
	"errors"
	"time"

	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// A fake is a module made of a function.
type fake func(*Env)

func (f fake) Setup(e *Env) { f(e) }

func yes0(*script.Ctx) script.Ret                        { return 1 }
func yes1[A any](*script.Ctx, A) script.Ret              { return 1 }
func yes2[A, B any](*script.Ctx, A, B) script.Ret        { return 1 }
func null(*script.Ctx, *script.Arg) script.Value         { return script.Null }
func accept(*script.Ctx, *script.Arg, script.Value) bool { return true }

func readOnly(names ...string) (list []*script.Var) {
	for _, n := range names {
		list = append(list, &script.Var{Name: n, Get: null})
	}
	return list
}

// settings is where the fake modules keep their parameters.
type settings struct {
	logLevel int
	stderr   bool
	mpath    string
	fr       time.Duration
	noisy    bool
	db       string
	fifo     string
	setups   []string
	hashSize int
	maxC     int
}

// catalogue offers small modules with the names and forms of OpenSIPS's.
func catalogue(s *settings) (Catalogue, Module) {
	cat := Catalogue{}
	for name, setup := range map[string]func(*Env){
		"tm": s.tm, "sl": s.sl, "rr": s.rr, "maxfwd": s.maxfwd, "sipmsgops": s.sipmsgops, "usrloc": s.usrloc,
		"registrar": s.registrar, "sqlops": s.sqlops, "cfgutils": s.cfgutils, "textops": nothing, "proto_udp": nothing,
		"signaling": nothing, "db_postgres": nothing, "mi_fifo": s.mififo,
	} {
		cat[name] = func() Module {
			return fake(func(e *Env) {
				s.setups = append(s.setups, name)
				setup(e)
			})
		}
	}
	return cat, fake(s.core)
}

func nothing(*Env) {}

func (s *settings) core(e *Env) {
	g := &e.Globals
	g.Int(&s.logLevel, "log_level", 2, "verbosity")
	g.Bool(&s.stderr, "stderror_enabled", true, "log to the standard error output")
	g.String(&s.mpath, "mpath", "", "ignored: modules are built in")
	for _, n := range []string{"syslog_enabled", "udp_workers", "auto_aliases", "dns", "rev_dns", "maxbuffer", "open_files_limit", "db_max_async_connections", "log_stdout",
		"xlog_level", "syslog_facility"} {
		g.Ignored(n, "there are no worker processes")
	}
	g.Old("stderror_enabled", "log_stderror")
	e.Funcs = append(e.Funcs, script.Func0("forward", "", script.R, yes0),
		script.Func2("send_reply", "", script.R|script.E|script.F, script.Int("code", ""), script.Str("reason", ""), yes2),
		script.Func1("is_myself", "", script.All, script.Str("host", ""), yes1),
		script.Func1("append_hf", "", script.All, script.Str("header", ""), yes1))
	e.Vars = readOnly("rm", "fu", "tu", "ru_q", "rs", "ci", "si", "fd", "td", "rd", "fU")
	e.Vars = append(e.Vars, &script.Var{Name: "ru", Get: null, Set: accept}, &script.Var{Name: "rU", Get: null, Set: accept},
		&script.Var{Name: "du", Get: null, Set: accept}, &script.Var{Name: "hdr", Inner: script.NeedsInner, Indexed: true, Get: null})
}

func (s *settings) tm(e *Env) {
	e.Params.Seconds(&s.fr, "fr_timeout", 30*time.Second, "time to wait for any reply")
	e.Params.Int(new(int), "fr_inv_timeout", 120, "")
	e.Params.Bool(new(bool), "restart_fr_on_each_reply", true, "")
	e.Params.Bool(&s.noisy, "pass_provisional_replies", false, "")
	rfb := script.R | script.F | script.O | script.B
	e.Funcs = append(e.Funcs,
		script.Func1("t_relay", "", script.R|script.F, script.Opt(script.Str("flags", "")), yes1),
		script.Func0("t_newtran", "", script.R, yes0),
		script.Func0("t_check_trans", "", script.R, yes0),
		script.Func2("t_reply", "", rfb, script.Int("code", ""), script.Str("reason", ""), yes2),
		script.Func1("t_on_failure", "", rfb, script.Route(syntax.FailureRoute, "route", ""), yes1),
		script.Func1("t_on_branch", "", rfb, script.Route(syntax.BranchRoute, "route", ""), yes1),
		script.Func1("t_on_reply", "", rfb, script.Route(syntax.OnReplyRoute, "route", ""), yes1),
		script.Func1("t_was_cancelled", "", script.F|script.O, script.OptInt("x", "", 0), yes1),
		script.Func0("t_cancel_branch", "", script.O, yes0))
}

func (s *settings) sl(e *Env) {
	e.Funcs = append(e.Funcs,
		script.Func2("sl_send_reply", "", script.R|script.E, script.Int("code", ""), script.Str("reason", ""), yes2).Alias("send_reply_sl"),
		script.Func0("sl_reply_error", "", script.R, yes0))
}

func (s *settings) rr(e *Env) {
	e.Params.Ignored("append_fromtag", "always on")
	e.Funcs = append(e.Funcs, script.Func1("record_route", "", script.R|script.B|script.F, script.Opt(script.Str("x", "")), yes1),
		script.Func0("loose_route", "", script.R, yes0))
}

func (s *settings) maxfwd(e *Env) {
	e.Funcs = append(e.Funcs, script.Func1("mf_process_maxfwd_header", "", script.R, script.Int("max_value", ""), yes1))
}

func (s *settings) sipmsgops(e *Env) {
	e.Funcs = append(e.Funcs, script.Func1("is_method", "", script.All, script.Static("methods", ""), yes1),
		script.Func0("has_totag", "", script.All, yes0))
}

func (s *settings) usrloc(e *Env) {
	e.Params.String(&s.db, "working_mode_preset", "", "")
	e.Params.IntRange(&s.hashSize, "hash_size", 9, 1, 20, "")
	e.Params.String(new(string), "db_url", "", "")
}

func (s *settings) registrar(e *Env) {
	e.Depends("to keep contacts in", "usrloc")
	e.Params.Int(&s.maxC, "max_contacts", 0, "")
	e.Funcs = append(e.Funcs, script.Func2("save", "", script.R, script.Static("domain", ""), script.Opt(script.Str("flags", "")), yes2),
		script.Func2("lookup", "", script.R, script.Static("domain", ""), script.Opt(script.Str("flags", "")), yes2))
	e.Vars = readOnly("ct.fields")
}

func (s *settings) sqlops(e *Env) {
	e.Depends("", "db_postgres", "db_sqlite")
	e.Params.Func("db_url", "", func(url string) error {
		if url == "" {
			return errors.New("empty URL")
		}
		s.db += url + ";"
		return nil
	})
	e.Params.Old("db_url", "db_uri")
	e.Funcs = append(e.Funcs, script.Func2("sql_query", "", script.All, script.Str("query", ""), script.Opt(script.OutList("results", "")), yes2).MayWait())
}

func (s *settings) cfgutils(e *Env) {
	e.Funcs = append(e.Funcs, script.Func1("usleep", "", script.All, script.Int("microseconds", ""), yes1).MayWait())
}

func (s *settings) mififo(e *Env) {
	e.Params.String(&s.fifo, "fifo_name", "/tmp/opensips_fifo", "")
	e.Params.String(new(string), "reply_dir", "/tmp/", "")
}
