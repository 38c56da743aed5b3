package main

import (
	"reflect"
	"strings"
	"testing"
)

// Options may be joined, with and without their value, as getopt reads OpenSIPS's.
func TestParseFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		want options
	}{
		{"", options{}},
		{"-f a.cfg", options{config: "a.cfg"}},
		{"-fa.cfg", options{config: "a.cfg"}},
		{"-f a.cfg -p m4 --strict", options{config: "a.cfg", filter: "m4", strict: true}},
		{"-n4", options{loops: 4}},
		{"-n 4", options{loops: 4}},
		{"--loops 4", options{loops: 4}},
		{"--loops=4", options{loops: 4}},
		{"--pin 0-1,3", options{pin: []int{0, 1, 3}}},
		{"--pin=2 -n1", options{pin: []int{2}, loops: 1}},
		{"-Ff a.cfg", options{config: "a.cfg"}},
		{"-FECfa.cfg", options{config: "a.cfg", check: true}},
		{"-c", options{check: true}},
		{"-C", options{check: true}},
		{"-V", options{version: true}},
		{"-h", options{help: true}},
		{"-P /run/x.pid -w /tmp", options{pidFile: "/run/x.pid", workDir: "/tmp"}},
		{"-D -m64 -M 4 -u nobody -g nogroup", options{ignored: []string{"-D", "-m", "-M", "-u", "-g"}}},
		{"-FDdddE", options{ignored: []string{"-D"}}},
		{"-f a.cfg -f b.cfg", options{config: "b.cfg"}},
		{"-f -n", options{config: "-n"}},
		{"-o a=1 -ob", options{argv: []string{"a=1", "b"}}},
	} {
		got, err := parseFlags(strings.Fields(c.args))
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v (%v), want %+v", c.args, got, err, c.want)
		}
	}
	for args, want := range map[string]string{
		"-Z": "unknown option -Z", "-FZ": "unknown option -Z", "--loop 4": "unknown option --loop", "-f": "-f needs a value",
		"-n": "-n needs a value", "-n x": "number of loops", "-n -1": "number of loops", "-n 1025": "number of loops",
		"--loops": "number of loops", "--pin": "list of CPUs", "--pin x": "list of CPUs", "--pin=": "list of CPUs", "stray": "unexpected argument", "-": "unexpected argument", "-F stray": "unexpected argument",
	} {
		if _, err := parseFlags(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}
