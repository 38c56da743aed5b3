// Command fastsips is a SIP proxy that runs OpenSIPS routing scripts on event
// loops, and a small user agent to try it with.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/fastsips/fastsips/ua"
)

// Exit statuses. A bad configuration exits as OpenSIPS does.
const (
	exitOK        = 0
	exitFailed    = 1
	exitUsage     = 64
	exitBadConfig = 255
)

const version = "0.1.0"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && slices.Contains(ua.Names(), args[0]) {
		return ua.Main(args, stdout, stderr)
	}
	if c := commandOf(args); c != nil {
		return c.run(args[1:], terminal{os.Stdin, stdout, stderr})
	}
	o, err := parseFlags(args)
	if err != nil {
		fmt.Fprintf(stderr, "fastsips: %v\nTry 'fastsips -h'.\n", err)
		return exitUsage
	}
	switch {
	case o.help:
		fmt.Fprint(stdout, usage)
		return exitOK
	case o.version:
		fmt.Fprintf(stdout, "version: fastsips %s\n", version)
		return exitOK
	}
	return serve(o, stderr)
}
