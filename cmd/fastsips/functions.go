package main

import (
	"fmt"

	"github.com/fastsips/fastsips/internal/reference"
)

const functionsUsage = `Usage: fastsips functions [options] [NAME...]

Explains functions, variables ($ru), transformations (s.len), statements, parameters
of modules and global ones, and management commands; without a name it lists all.

 -module M   only those of module M ("core", "language")
`

// runFunctions is fastsips functions.
func runFunctions(args []string, t terminal) int {
	f := t.flags("functions", functionsUsage)
	of := f.String("module", "", "")
	names, status, ok := parseArgs(f, args)
	if !ok {
		return status
	}
	entries := reference.Entries()
	if *of != "" {
		if entries, ok = reference.Of(entries, *of); !ok {
			fmt.Fprintf(t.stderr, "fastsips: there is no module %s\n", *of)
			return exitFailed
		}
	}
	if len(names) == 0 {
		reference.List(t.stdout, entries)
		return exitOK
	}
	for i, name := range names {
		found := reference.Find(entries, name)
		if len(found) == 0 {
			fmt.Fprintf(t.stderr, "fastsips: nothing is called %s%s\n", name, reference.Suggestion(entries, name))
			status = exitFailed
		}
		for j, e := range found {
			if i+j > 0 {
				fmt.Fprintln(t.stdout)
			}
			e.Explain(t.stdout)
		}
	}
	return status
}
