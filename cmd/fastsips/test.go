package main

import (
	"fmt"
	"regexp"

	"github.com/fastsips/fastsips/internal/scenario"
)

const testUsage = `Usage: fastsips test [options] FILE.txtar...

Plays tests of a script: user agents send messages to it and say what they want, in
virtual time and without sockets. docs/testing.md has the steps. It exits with 0 if
all tests pass, else with 1.

 -run REGEXP  only the tests whose names match
 -p COMMAND   pass each script, with its includes, through COMMAND: -p "m4 -s"
 -strict      refuse what only earlier versions of OpenSIPS write so
 -v           print what each test did
`

// runTest is fastsips test.
func runTest(args []string, t terminal) int {
	f := t.flags("test", testUsage)
	s := scenario.Suite{Out: t.stdout}
	run := f.String("run", "", "")
	readOptions(f, &s.Read)
	f.BoolVar(&s.Verbose, "v", false, "")
	files, status, ok := parseArgs(f, args)
	switch {
	case !ok:
		return status
	case len(files) == 0:
		f.Usage()
		return exitUsage
	}
	if *run != "" {
		var err error
		if s.Run, err = regexp.Compile(*run); err != nil {
			return t.fail(err)
		}
	}
	status = exitOK
	for _, file := range files {
		played, failed, err := s.File(file)
		switch {
		case err != nil:
			status = t.fail(err)
		case failed > 0:
			fmt.Fprintf(t.stdout, "FAIL %s: %d of %d tests\n", file, failed, played)
			status = exitFailed
		default:
			fmt.Fprintf(t.stdout, "ok   %s: %d tests\n", file, played)
		}
	}
	return status
}
