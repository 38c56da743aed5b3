package e2e

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/cachedb"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// slowStores is a module whose store answers a pass later what it was asked, and to the
// key "silent" never.
type slowStores struct {
	engine  *cachedb.Engine
	backend *asyncops.Backend
	freed   int
}

func (m *slowStores) Setup(e *module.Env) {
	m.engine = cachedb.NewEngine("slow", "")
	m.engine.Raw = true
	m.engine.Default("").Open(m)
	e.Engines = append(e.Engines, m.engine)
}

func (m *slowStores) Start(e *module.Env) error {
	m.backend = e.Shared.(*proxy.Core).Ops.Backend("slow", "store")
	return nil
}

func (m *slowStores) Do(_ *loop.Loop, c cachedb.Command) (cachedb.Answer, cachedb.Op) {
	return cachedb.Answer{}, &slowOp{m: m, key: string(c.Key), verb: c.Verb}
}

type slowOp struct {
	m    *slowStores
	key  string
	verb cachedb.Verb
	task loop.Task
}

func (o *slowOp) Backend() *asyncops.Backend { return o.m.backend }

func (o *slowOp) Start(l *loop.Loop, c asyncops.Completion, _ int64) {
	if o.key == "silent" {
		return
	}
	o.task.Run = func(l *loop.Loop) {
		out := asyncops.Completed
		if o.key == "down" {
			out = asyncops.Unavailable
		}
		c.Done(l, out)
	}
	l.Mailbox().Post(&o.task)
}

func (o *slowOp) Cancel(*loop.Loop) {}

func (o *slowOp) Answer() cachedb.Answer {
	if o.verb == cachedb.Raw {
		return cachedb.Answer{Table: slowTable{}}
	}
	return cachedb.Answer{Value: []byte(o.verb.String() + " " + o.key), Number: 1 << 40}
}

func (o *slowOp) Free(*loop.Loop) { o.m.freed++ }

type slowTable struct{}

func (slowTable) Rows() int { return 2 }
func (slowTable) Cols() int { return 3 }
func (slowTable) Cell(row, col int) cachedb.Cell {
	return [2][3]cachedb.Cell{{{Text: []byte("a")}, {Text: []byte("7"), Number: true}, {}}, {{Text: []byte("b")}, {Null: true}, {}}}[row][col]
}

// A store that takes its time parks the run, in a plain call, in async and in launch; an
// operation that fails, or that is too late, gives -1 on the deadline. Every operation
// is freed once, and is counted for its backend.
func TestStoresThatWait(t *testing.T) {
	m := new(slowStores)
	v := siptest.StartVirtual(t, siptest.NewNet(), siptest.VirtualConfig{
		Script: `
socket=udp:[proxy]
log_level=3
loadmodule "tm.so"
loadmodule "slow.so"
route { exit; }
startup_route {
	cache_fetch("slow", "key", $var(v));
	xlog("plain=[$rc] is=[$var(v)]\n");
	cache_add("slow", "key", 1, 1, $var(n));
	xlog("large=[$rc] is=[$var(n)]\n");
	cache_raw_query("slow", "query", "$avp(text);$avp(number)");
	xlog("raw=[$rc] is=[$(avp(text)[*])] [$(avp(number)[*])]\n");
	cache_store("slow", "down", "v");
	xlog("down=[$rc]\n");
	launch(cache_fetch("slow", "launched", $avp(l)), report, "p");
	async(cache_fetch("slow", "silent", $var(v)), late, 2);
}
route[report] { xlog("launched=[$rc] is=[$avp(l)] param=[$param(1)]\n"); }
route[late] { xlog("late=[$rc]\n"); }
`,
		Modules: module.Catalogue{"slow": func() module.Module { return m }},
	})
	next := 0
	for _, want := range []string{
		"plain=[1] is=[fetch key]", "large=[1] is=[1099511627776]", "raw=[1] is=[a, b] [7, <null>]", "down=[-1]",
		"launched=[1] is=[fetch launched] param=[p]", "late=[-1]",
	} {
		_, at, err := v.Wait(want, next, patience)
		if err != nil {
			t.Fatal(err)
		}
		next = at
	}
	u := m.backend.Usage()
	if u.Completed != 4 || u.Unavailable != 1 || u.TimedOut != 1 || m.freed != 6 {
		t.Errorf("%+v, %d freed", u.Ends, m.freed)
	}
}
