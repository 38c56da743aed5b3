package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"

	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

const checkUsage = `Usage: fastsips check [options] FILE...

Checks configurations and prints all that is wrong with each. "-" is the standard
input. It exits with 0 if there are no errors, else with 255.

 -json       one JSON object for each message, for editors: file, line, column,
             endLine, endColumn, severity, code, message, hint
 -p COMMAND  pass each, with its includes, through COMMAND: -p "m4 -s"
 -strict     refuse what only earlier versions of OpenSIPS write so
 -name FILE  what messages call the standard input, and where its includes are
`

// runCheck is fastsips check.
func runCheck(args []string, t terminal) int {
	f := t.flags("check", checkUsage)
	asJSON := f.Bool("json", false, "")
	stdinName := f.String("name", "standard input", "")
	var how all.Options
	readOptions(f, &how)
	files, status, ok := parseArgs(f, args)
	switch {
	case !ok:
		return status
	case len(files) == 0:
		f.Usage()
		return exitUsage
	}
	status = exitOK
	for _, file := range files {
		var d syntax.Diags
		cfg, err := parseFile(file, *stdinName, how, t, &d)
		if err != nil {
			t.fail(err)
			status = exitBadConfig
			continue
		}
		examine(cfg, &proxy.Core{Settings: proxy.DefaultSettings()}, &d)
		if *asJSON {
			err = writeJSON(t.stdout, &d)
		} else {
			err = d.Render(t.stderr)
		}
		if err != nil {
			return t.fail(err)
		}
		if d.Errors() > 0 {
			status = exitBadConfig
		} else if !*asJSON {
			fmt.Fprintf(t.stderr, "%s: ok\n", cfg.Sources[0].Name)
		}
	}
	return status
}

// readOptions are those that say how a configuration is read; the proxy has them too.
func readOptions(f *flag.FlagSet, how *all.Options) {
	f.StringVar(&how.Preprocessor, "p", "", "")
	f.BoolVar(&how.Strict, "strict", false, "")
}

// parseFile parses a file as the proxy does, or the standard input.
func parseFile(file, stdinName string, how all.Options, t terminal, d *syntax.Diags) (*syntax.Config, error) {
	how.File = file
	if file != "-" {
		return all.Parse(how, d)
	}
	text, err := t.read(file)
	if err != nil {
		return nil, err
	}
	how.File = stdinName
	return all.ParseText(how, text, d), nil
}

// A jsonDiag is a message as editors read it. Lines and columns count from 1,
// columns in bytes; the end is the place behind the last byte.
type jsonDiag struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
	Severity  string `json:"severity"` // error, warning, note
	Code      string `json:"code"`
	Message   string `json:"message"`
	Hint      string `json:"hint,omitempty"`
}

func writeJSON(w io.Writer, d *syntax.Diags) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	for i := range d.List {
		g := &d.List[i]
		j := jsonDiag{Line: 1, Column: 1, EndLine: 1, EndColumn: 1, Severity: g.Severity.String(), Code: g.Code(), Message: g.Msg, Hint: g.Hint}
		if g.Src != nil {
			j.File, j.Line, j.Column = g.Src.Name, int(g.Line), int(g.Col)
			j.EndLine, j.EndColumn = g.End()
		}
		if err := e.Encode(j); err != nil {
			return err
		}
	}
	return nil
}
