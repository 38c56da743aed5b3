package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/fastsips/fastsips/script/format"
	"github.com/fastsips/fastsips/script/syntax"
)

const fmtUsage = `Usage: fastsips fmt [options] [FILE...]

Lays configurations out in one way: tabs, one statement a line, spaces round
operators. Comments and blank lines stay, and the meaning does. A file that does not
parse is left alone. Without files it reads the standard input and writes the result.

 -l          list the files whose layout differs
 -d          print the differences
 -w          write the result into the file
`

// runFmt is fastsips fmt.
func runFmt(args []string, t terminal) int {
	f := t.flags("fmt", fmtUsage)
	var m fmtMode
	f.BoolVar(&m.list, "l", false, "")
	f.BoolVar(&m.diff, "d", false, "")
	f.BoolVar(&m.write, "w", false, "")
	files, status, ok := parseArgs(f, args)
	if !ok {
		return status
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	status = exitOK
	for _, file := range files {
		text, err := t.read(file)
		if err == nil {
			err = m.file(file, text, t)
		}
		if err != nil {
			status = exitFailed
			if !errors.Is(err, format.ErrSyntax) {
				t.fail(err)
			}
		}
	}
	return status
}

// A fmtMode says what becomes of the result; without any it is printed.
type fmtMode struct{ list, diff, write bool }

func (m fmtMode) file(file string, text []byte, t terminal) error {
	var d syntax.Diags
	out, err := format.Script(file, text, &d)
	if err != nil {
		return errors.Join(err, d.Render(t.stderr))
	}
	same := bytes.Equal(out, text)
	if m.list && !same {
		fmt.Fprintln(t.stdout, file)
	}
	if m.diff && !same {
		_, err = t.stdout.Write(unifiedDiff(file, file+" (formatted)", text, out))
	}
	switch {
	case m.write && file != "-":
		if same {
			return nil
		}
		return overwrite(file, out)
	case !m.list && !m.diff && !m.write || file == "-" && m.write:
		_, err = t.stdout.Write(out)
	}
	return err
}

// overwrite replaces a file at once or not at all, and keeps its mode.
func overwrite(file string, text []byte) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	tmp := file + ".fmt"
	if err := os.WriteFile(tmp, text, info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Rename(tmp, file); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return nil
}
