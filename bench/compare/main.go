// Command compare measures proxies against each other: fastsips, Kamailio, OpenSIPS as
// far as they are installed, and a forwarder that does nothing else, the floor of
// what the kernel allows. All get the same flows on the same processors, in turn,
// A B C A B C.
//
//	go run ./bench/compare                    # an hour
//	go run ./bench/compare -quick             # a few minutes
//	go run ./bench/compare -bin A,B -flows S3 # two builds of fastsips against each other
//
// It prints a table of ratios and, at the end, which goals are held; it exits with 1
// if one is missed. -docs writes performance.md with charts and all figures.
// ../README.md says how it is done and what distorts.
package main

import (
	"fmt"
	"os"

	"github.com/fastsips/fastsips/internal/benchproxy"
)

func main() {
	done, err := benchproxy.Help(os.Args[1:])
	if !done {
		err = compare(os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// compare measures, or reads what was measured, and shows what came of it.
func compare(args []string) (err error) {
	s, err := parse(args)
	if err != nil {
		return err
	}
	var rep report
	if s.render != "" {
		rep, err = readReport(s.render)
	} else {
		rep, err = measure(s)
	}
	if err != nil {
		return err
	}
	writeTables(os.Stdout, rep.rows, plain)
	if s.docs != "" {
		if err := publish(rep, s.docs); err != nil {
			return err
		}
	}
	if rep.builds() > 1 {
		return nil // builds of one product: there is no goal for them
	}
	return judge(rep.rows, os.Stdout)
}
