package main

import (
	"cmp"
	"flag"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// settings are the arguments.
type settings struct {
	loops         []int
	flows         []string // nil: all
	only          []string // contenders; nil: all
	reps          int
	warm, measure time.Duration // warm 0: as long as transactions linger
	quick         bool
	fixed         bool // measure at a fixed rate, too
	sipp          bool // and by stock SIPp, S1 to S3
	ceiling       bool // search the highest rate in an open loop, too
	busy          bool // the generator polls, where it has a processor to itself

	binaries []string // of fastsips; none: built from this module
	kamailio string
	opensips string
	modules  string   // folder of OpenSIPS's modules
	env      []string // of fastsips

	tsv, docs, keep, render string
}

func parse(args []string) (s settings, err error) {
	fs := flag.NewFlagSet("compare", flag.ExitOnError)
	fs.BoolVar(&s.quick, "quick", false, "a few minutes: one repetition, short warm-up")
	fs.IntVar(&s.reps, "reps", 0, "repetitions, each with all contenders in turn; tables have the medians (default 3)")
	loops := fs.String("loops", "1,2", "numbers of event loops of fastsips; those beyond 1 are measured with S3, on all processors")
	flows := fs.String("flows", "", "flows, commas between: "+strings.Join(flowNames(), ",")+" (default: all)")
	only := fs.String("only", "", "contenders, commas between: fastsips,kamailio,opensips,floor (default: all that are installed)")
	bin := fs.String("bin", "", "fastsips to run (default: built from this module); several, commas between, are compared with each other, without other contenders unless -only names them")
	fs.StringVar(&s.kamailio, "kamailio", "/usr/sbin/kamailio", "Kamailio to run")
	fs.StringVar(&s.opensips, "opensips", "", "OpenSIPS to run (default: the one on the PATH)")
	fs.StringVar(&s.modules, "opensips-modules", "", "folder of its modules (default: beside it)")
	fs.DurationVar(&s.warm, "warm", 0, "before each measurement (default: as long as the product's transactions linger)")
	fs.DurationVar(&s.measure, "measure", 0, "what is measured (default 5s)")
	fixed := fs.String("fixed", "", "measure at a fixed rate, too: yes or no (default: yes; no with several builds)")
	bySipp := fs.String("sipp", "", "S1 to S3 by stock SIPp, too: yes or no (default: if it is installed; no with several builds)")
	fs.BoolVar(&s.ceiling, "ceiling", false, "search the highest rate in an open loop, too")
	fs.BoolVar(&s.busy, "busy", true, "the generator polls where it has a processor to itself, so that a proxy does not pay for waking it")
	env := fs.String("env", "", "environment of fastsips, NAME=value, commas between")
	fs.StringVar(&s.tsv, "tsv", "compare.tsv", "file for the figures")
	fs.StringVar(&s.docs, "docs", "", "folder for performance.md, .png and .tsv")
	fs.StringVar(&s.keep, "keep", "", "folder in which configurations and logs stay")
	fs.StringVar(&s.render, "render", "", "measure nothing, take the figures of this file")
	fs.Parse(args) // exits on errors
	s.binaries, s.flows, s.only, s.env = list(*bin), list(*flows), list(*only), list(*env)
	for _, text := range list(*loops) {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return s, fmt.Errorf("-loops %q: want numbers such as 1,2", *loops)
		}
		s.loops = append(s.loops, n)
	}
	for _, name := range s.flows {
		if flowOf(name) == nil {
			return s, fmt.Errorf("-flows %q: want some of %s", name, strings.Join(flowNames(), ","))
		}
	}
	s.fixed = *fixed == "yes" || *fixed == "" && len(s.binaries) < 2
	_, err = exec.LookPath("sipp")
	s.sipp = *bySipp == "yes" || *bySipp == "" && err == nil && len(s.binaries) < 2
	s.defaults()
	return s, nil
}

// defaults fills in what depends on other settings.
func (s *settings) defaults() {
	if s.opensips == "" {
		s.opensips, _ = exec.LookPath("opensips") // there need not be one
	}
	warm, measure, reps := time.Duration(0), 5*time.Second, 3
	if len(s.binaries) > 1 { // a developer waits for it
		warm, measure = 3*time.Second, 3*time.Second
		if s.only == nil {
			s.only = []string{string(fastsips)}
		}
	}
	if s.quick {
		warm, measure, reps = 2*time.Second, 3*time.Second, 1
	}
	s.warm = cmp.Or(s.warm, warm)
	s.measure = cmp.Or(s.measure, measure)
	s.reps = cmp.Or(s.reps, reps)
}

// list splits at commas.
func list(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
