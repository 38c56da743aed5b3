package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tool runs a command line and returns what it prints: the output, the messages, and
// the status.
func tool(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	c := commandOf(args)
	if c == nil {
		t.Fatalf("there is no command %s", args[0])
	}
	var out, errs bytes.Buffer
	status := c.run(args[1:], terminal{strings.NewReader(stdin), &out, &errs})
	text := "$ fastsips " + strings.Join(args, " ") + "\n" + out.String()
	if errs.Len() > 0 {
		text += "-- messages\n" + errs.String()
	}
	return text + "-- exit " + map[int]string{exitOK: "0", exitFailed: "1", exitUsage: "64", exitBadConfig: "255"}[status] + "\n"
}

// golden compares with testdata/tools/NAME.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "tools", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

const (
	tools    = "testdata/tools/"
	mistakes = "../../module/testdata/ten_mistakes.cfg"
)

// oldSpelling is fine, but for the name, which is of OpenSIPS 1.
const oldSpelling = "socket=udp:127.0.0.1:5060\nroute {\n\t$avp(s:x) = \"STAMP\";\n\txlog(\"$avp(x)\\n\");\n}\n"

// check prints what -C prints, or an object for each message; it reads standard input too.
func TestCheck(t *testing.T) {
	golden(t, "check", tool(t, "", "check", mistakes, tools+"failing.cfg")+
		tool(t, "", "check", "-json", mistakes, tools+"failing.cfg")+
		tool(t, "route {\n\txlog(\"a\nb\" c);\n}\n", "check", "--json", "-name", "editor.cfg", "-")+
		tool(t, oldSpelling, "check", "-")+
		tool(t, oldSpelling, "check", "-strict", "-p", "sed s/STAMP/value/", "-")+
		tool(t, oldSpelling, "check", "-p", "false", "-")+
		tool(t, "", "check", "no-such.cfg")+
		tool(t, "", "check"))
}

// fmt prints, lists, shows and writes; it leaves alone what does not parse.
func TestFmt(t *testing.T) {
	const ugly = "route{ if(is_method(\"INVITE\")){t_relay();}\n# end\n}\n"
	golden(t, "fmt", tool(t, ugly, "fmt")+
		tool(t, ugly, "fmt", "-d", "-l", "-")+
		tool(t, "", "fmt", "-l", tools+"failing.cfg")+
		tool(t, "route { t_relay() }", "fmt"))
	file := filepath.Join(t.TempDir(), "x.cfg")
	if err := os.WriteFile(file, []byte(ugly), 0o640); err != nil {
		t.Fatal(err)
	}
	tool(t, "", "fmt", "-w", file)
	got, err := os.ReadFile(file)
	info, _ := os.Stat(file)
	if err != nil || string(got) != "route {\n\tif (is_method(\"INVITE\")) {\n\t\tt_relay();\n\t}\n\t# end\n}\n" || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v\n%s", info.Mode(), err, got)
	}
	if again := tool(t, "", "fmt", "-l", file); strings.Count(again, "x.cfg") != 1 {
		t.Error(again)
	}
}

// functions explains whatever has a name, from the declarations.
func TestFunctions(t *testing.T) {
	golden(t, "functions", tool(t, "", "functions", "sql_query", "$fU", "{s.len}", "if", "fr_timeout", "max_while_loops", "script_trace")+
		tool(t, "", "functions", "route")+
		tool(t, "", "functions", "t_rely")+
		tool(t, "", "functions", "-module", "maxfwd")+
		tool(t, "", "functions", "-module", "nothing"))
	all := tool(t, "", "functions")
	for _, name := range []string{"t_relay(", "$ru", "{s.substr}", "while (", "modparam(\"tm\"", "log_level="} {
		if !strings.Contains(all, name) {
			t.Errorf("the list has no %s", name)
		}
	}
}

// trace shows what a message makes a script do: the statements with their values, where
// it waited, and what it sent.
func TestTrace(t *testing.T) {
	golden(t, "trace", tool(t, "", "trace", "-mock", `rest_get return 200 set "$var(body)=bob@[alice]" after 30ms`, tools+"failing.cfg", tools+"message.sip")+
		tool(t, "", "trace", tools+"failing.cfg", tools+"message.sip"))
}

// A test that fails says where, what was wanted and what came, and how that came about.
func TestFailingTest(t *testing.T) {
	golden(t, "test", tool(t, "", "test", tools+"failing.txtar")+
		tool(t, "", "test", "-run", "where to", "-v", tools+"failing.txtar")+
		tool(t, "", "test", "no-such.txtar"))
}

// The tests of the configurations in etc/ pass.
func TestEtc(t *testing.T) {
	files, err := filepath.Glob("../../etc/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no tests in etc/")
	}
	for _, file := range files {
		if got := tool(t, "", "test", file); !strings.Contains(got, "-- exit 0") {
			t.Error(got)
		}
	}
}
