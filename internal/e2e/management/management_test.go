package management

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/miclient"
	"github.com/fastsips/fastsips/internal/reference"
	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/datagram"
	"github.com/fastsips/fastsips/modules/all"
)

// "Every MI command of these modules over fifo, unix socket and HTTP", and "support
// both" the names of OpenSIPS 4 and those of before: every command of every module in
// the catalogue is asked for by each of its names, by all three ways, and says the same.
func TestEveryCommand(t *testing.T) {
	ways := start(t)
	given := examples(t)
	for _, d := range reference.Declarations() {
		for _, c := range d.Commands {
			list := given[c.Name]
			delete(given, c.Name)
			if len(list) == 0 {
				t.Errorf("testdata/commands.txt has no example of %s", c.Name)
			}
			for _, x := range list {
				x.check(t, ways, names(t, ways["FIFO"], c))
			}
		}
	}
	for name := range given {
		t.Errorf("testdata/commands.txt has an example of %s, which is no command", name)
	}
}

// start runs fastsips with all modules there are.
func start(t *testing.T) map[string]miclient.Target {
	t.Helper()
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/modules.cfg")
	if err != nil {
		t.Fatal(err)
	}
	load := "socket=udp:[proxy]\nsocket=tcp:[proxy]\n"
	for _, name := range slices.Sorted(maps.Keys(all.Catalogue)) {
		load += fmt.Sprintf("loadmodule %q\n", name+".so")
	}
	dir, port := t.TempDir(), freePort(t)
	if err := os.WriteFile(filepath.Join(dir, "groups"), []byte("[0]\n^a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: b.Path(), Dir: dir, Config: load + string(text), Vars: map[string]string{"port": port}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return map[string]miclient.Target{
		"FIFO":        {FIFO: filepath.Join(dir, "mi"), Dir: dir},
		"UNIX socket": {Datagram: datagram.Address{Network: "unixgram", Name: filepath.Join(dir, "mi.sock")}, Dir: dir},
		"HTTP":        {URL: "http://127.0.0.1:" + port + "/mi"},
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// An example is a line of testdata/commands.txt.
type example struct {
	text    string // the whole line
	params  string
	before  [2]string // a command and its parameters; may be empty
	changes bool
	code    int // of the error; 0: a result
}

// examples reads them, by command. One that is not to be called has no parameters and
// the code -1.
func examples(t *testing.T) map[string][]example {
	t.Helper()
	text, err := os.ReadFile("testdata/commands.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string][]example{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		x := example{text: line}
		call, how, _ := strings.Cut(line, " -- ")
		call, before, _ := strings.Cut(call, " after ")
		name, params, _ := strings.Cut(call, " ")
		x.params = params
		x.before[0], x.before[1], _ = strings.Cut(before, " ")
		switch word, rest, _ := strings.Cut(how, " "); word {
		case "":
		case "changes":
			x.changes = true
		case "error":
			if x.code, err = strconv.Atoi(rest); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		case "not":
			x.code = -1
		default:
			t.Fatalf("%s: what is %q?", line, how)
		}
		m[name] = append(m[name], x)
	}
	return m
}

// names are what a command is called: in full, by its aliases, and by the bare name if
// no other command has it.
func names(t *testing.T, to miclient.Target, c *mi.Command) []string {
	t.Helper()
	list := append([]string{c.Name}, c.Aliases...)
	_, err := mi.Result(call(t, to, "which", `["`+c.Local()+`"]`))
	if e, ok := errors.AsType[*mi.Error](err); !ok || e.Code != 404 {
		list = append(list, c.Local())
	}
	return list
}

func call(t *testing.T, to miclient.Target, method, params string) []byte {
	t.Helper()
	if params != "" {
		params = `,"params":` + params
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answer, err := to.Call(ctx, []byte(`{"jsonrpc":"2.0","id":"x","method":"`+method+`"`+params+`}`))
	if err != nil {
		t.Fatalf("%s %s by %s: %v", method, params, to, err)
	}
	return answer
}

// check gives the example's command by all ways and names.
func (x *example) check(t *testing.T, ways map[string]miclient.Target, names []string) {
	t.Helper()
	if x.code < 0 {
		return
	}
	first := ""
	for _, way := range slices.Sorted(maps.Keys(ways)) {
		for _, name := range names {
			if x.before[0] != "" {
				if _, err := mi.Result(call(t, ways[way], x.before[0], x.before[1])); err != nil {
					t.Fatalf("%s: %s: %v", x.text, x.before[0], err)
				}
			}
			answer := call(t, ways[way], name, x.params)
			if !x.success(t, answer) {
				return
			}
			said := string(answer)
			if x.changes {
				said = shape(t, answer)
			}
			if first == "" {
				first = said
			}
			if said != first {
				t.Errorf("%s: %s by %s says\n%s\nand first it was\n%s", x.text, name, way, said, first)
			}
		}
	}
}

// success sees that an answer is a result, or the error that is expected.
func (x *example) success(t *testing.T, answer []byte) bool {
	t.Helper()
	_, err := mi.Result(answer)
	code := 0
	if e, ok := errors.AsType[*mi.Error](err); ok {
		code = e.Code
	} else if err != nil {
		t.Errorf("%s: %v", x.text, err)
	}
	if code != x.code {
		t.Errorf("%s: %s", x.text, answer)
	}
	return code == x.code
}

// shape is a JSON value with kinds for its numbers and texts. What an array has more
// than one of is taken for the same.
func shape(t *testing.T, text []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	b, _ := json.Marshal(kinds(v))
	return string(b)
}

func kinds(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for name := range x {
			x[name] = kinds(x[name])
		}
		return x
	case []any:
		if len(x) == 0 {
			return x
		}
		return []any{kinds(x[0])}
	}
	return fmt.Sprintf("%T", v)
}
