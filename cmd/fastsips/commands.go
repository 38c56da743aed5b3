package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

// A terminal is where a command reads and writes.
type terminal struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// A command is one of the tools around scripts: fastsips NAME ARG…
type command struct {
	name  string
	usage string
	run   func(args []string, t terminal) int
}

// commands are the tools, in the order of the usage text.
func commands() []command {
	return []command{
		{"check", checkUsage, runCheck},
		{"db", dbUsage, runDB},
		{"fmt", fmtUsage, runFmt},
		{"functions", functionsUsage, runFunctions},
		{"mi", miUsage, runMI},
		{"test", testUsage, runTest},
		{"trace", traceUsage, runTrace},
		{"tune", tuneUsage, runTune},
	}
}

func commandOf(args []string) *command {
	for _, c := range commands() {
		if len(args) > 0 && args[0] == c.name {
			return &c
		}
	}
	return nil
}

// flags returns a set of options that prints usage when it is asked to or when
// something is wrong.
func (t terminal) flags(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(t.stderr)
	f.Usage = func() { fmt.Fprint(t.stderr, usage) }
	return f
}

// parseArgs reads the options, which may also stand behind the files.
func parseArgs(f *flag.FlagSet, args []string) (rest []string, status int, ok bool) {
	for {
		switch err := f.Parse(args); {
		case err == flag.ErrHelp:
			return nil, exitOK, false
		case err != nil:
			return nil, exitUsage, false
		case f.NArg() == 0:
			return rest, 0, true
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// read reads a file; "-" is the standard input.
func (t terminal) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(t.stdin)
	}
	return os.ReadFile(name)
}

func (t terminal) fail(err error) int {
	fmt.Fprintf(t.stderr, "fastsips: %v\n", err)
	return exitFailed
}
