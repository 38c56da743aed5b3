package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/benchproxy"
)

// A report is what was measured, and what is to be known about it.
type report struct {
	facts []string // a sentence each
	rows  []row
}

// facts tell where, with what and how.
func facts(s settings, all []contender) []string {
	list := []string{"Measured on " + benchproxy.Host() + "."}
	for _, c := range all {
		list = append(list, fmt.Sprintf("%s: %s.", c.name, c.version))
	}
	warm := "as long as its transactions linger: fastsips 33 s, Kamailio and OpenSIPS 6 s (stateless flows 2 s)"
	if s.warm > 0 {
		warm = s.warm.String() + ", less than transactions linger: tables still grow"
		if s.warm >= 33*time.Second {
			warm = s.warm.String()
		}
	}
	return append(list, fmt.Sprintf("Each proxy was warmed up for %s; then %v were measured, %d times.", warm, s.measure, s.reps))
}

// builds counts the fastsips.
func (r report) builds() int {
	names := map[string]bool{}
	for _, row := range r.rows {
		if row.Product == fastsips {
			names[row.Name] = true
		}
	}
	return len(names)
}

// writeHead writes what comes before the rows: the facts as comments, the names of the columns.
func (r report) writeHead(w io.Writer) {
	for _, f := range r.facts {
		fmt.Fprintln(w, "#", f)
	}
	fmt.Fprintln(w, header())
}

func (r report) write(w io.Writer) {
	r.writeHead(w)
	for _, row := range r.rows {
		fmt.Fprintln(w, row.line())
	}
}

// readReport reads what write wrote.
func readReport(name string) (rep report, err error) {
	f, err := os.Open(name)
	if err != nil {
		return rep, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		text := lines.Text()
		if fact, ok := strings.CutPrefix(text, "# "); ok {
			rep.facts = append(rep.facts, fact)
			continue
		}
		if text == "" || text == header() {
			continue
		}
		r, err := parseRow(text)
		if err != nil {
			return rep, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		rep.rows = append(rep.rows, r)
	}
	return rep, lines.Err()
}
