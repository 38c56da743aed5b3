package scenario

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A fileWriter is a World that has a [dir] for modules that read files.
type fileWriter interface {
	WriteFile(name, text string) error
}

// WriteFile writes a file into [dir].
func (w *VirtualWorld) WriteFile(name, text string) error {
	if w.Dir == "" {
		return errors.New("there is no [dir]")
	}
	return os.WriteFile(filepath.Join(w.Dir, filepath.Base(name)), []byte(text), 0o600)
}

// doFile is "file NAME [AS]": it writes a file of the scenario into [dir].
func (s *scene) doFile(args []string) error {
	w, ok := s.world.(fileWriter)
	if !ok {
		return errors.New("there is no [dir] that a file could be written to")
	}
	text, ok := s.files[args[0]]
	if !ok {
		return fmt.Errorf("no file %s in the scenario", args[0])
	}
	return w.WriteFile(args[len(args)-1], text)
}
