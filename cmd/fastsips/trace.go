package main

import (
	"fmt"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/modules/all"
)

const traceUsage = `Usage: fastsips trace [options] FILE.cfg MESSAGE

Sends one SIP message to a script, in virtual time and without sockets, and prints
the statements that it executes, with the values in them, where it waited and for how
long, and what it sent in the next 40 seconds. "-" reads the message from the
standard input.

 -mock STEP   what a function answers, such as
              'sql_query return 1 set "$avp(uri)=sip:bob@192.0.2.1" after 20ms'
              (docs/testing.md); may be given several times
 -p COMMAND   pass the script, with its includes, through COMMAND: -p "m4 -s"
 -strict      refuse what only earlier versions of OpenSIPS write so

In a running proxy script_trace() does the same for the calls that reach it.
`

// runTrace is fastsips trace.
func runTrace(args []string, t terminal) int {
	f := t.flags("trace", traceUsage)
	var mocks []string
	f.Func("mock", "", func(s string) error { mocks = append(mocks, s); return nil })
	var how all.Options
	readOptions(f, &how)
	files, status, ok := parseArgs(f, args)
	switch {
	case !ok:
		return status
	case len(files) != 2:
		f.Usage()
		return exitUsage
	}
	message, err := t.read(files[1])
	if err != nil {
		return t.fail(err)
	}
	how.File = files[0]
	lines, err := scenario.TraceMessage(how, string(message), mocks)
	for _, line := range lines {
		fmt.Fprintln(t.stdout, line)
	}
	if err != nil {
		return t.fail(err)
	}
	return exitOK
}
