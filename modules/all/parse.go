package all

import (
	"os"

	"github.com/fastsips/fastsips/script/syntax"
)

// Options say where a configuration is.
type Options struct {
	File         string
	Preprocessor string // a shell command that gets the text, with all includes, on its standard input; "": none
}

// Parse reads a configuration file and what it includes. It may take as long as the
// preprocessor does, so it is not for a loop. The error says why the file cannot be read;
// all other mistakes go to d.
func Parse(o Options, d *syntax.Diags) (*syntax.Config, error) {
	text, err := os.ReadFile(o.File)
	if err != nil {
		return nil, err
	}
	if o.Preprocessor != "" {
		return syntax.ParseThrough(o.File, text, os.ReadFile, preprocessor(o.Preprocessor), d), nil
	}
	return syntax.Parse(o.File, text, os.ReadFile, d), nil
}
