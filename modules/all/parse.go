package all

import (
	"os"

	"github.com/fastsips/fastsips/script/syntax"
)

// Options say where a configuration is and how it is read.
type Options struct {
	File         string
	Preprocessor string // a shell command that gets the text, with all includes, on its standard input; "": none
	Strict       bool   // spellings of earlier versions are errors
}

// Parse reads a configuration file and what it includes. It may take as long as the
// preprocessor does, so it is not for a loop. The error says why the file cannot be read;
// all other mistakes go to d.
func Parse(o Options, d *syntax.Diags) (*syntax.Config, error) {
	text, err := os.ReadFile(o.File)
	if err != nil {
		return nil, err
	}
	return ParseText(o, text, d), nil
}

// ParseText is Parse of a text that has been read; the File is what messages call it, and
// where its includes are looked for.
func ParseText(o Options, text []byte, d *syntax.Diags) *syntax.Config {
	d.Strict = o.Strict
	if o.Preprocessor != "" {
		return syntax.ParseThrough(o.File, text, os.ReadFile, preprocessor(o.Preprocessor), d)
	}
	return syntax.Parse(o.File, text, os.ReadFile, d)
}
