package sipprun

import (
	"os"
	"path/filepath"
)

// Folder returns the absolute path of the folder that a command is to keep its files in,
// and what is to be done with it in the end: nothing. If none is given, it is a temporary
// one for the command of that name, and is removed in the end.
func Folder(given, name string) (dir string, end func(), err error) {
	if given != "" {
		dir, err = filepath.Abs(given)
		return dir, func() {}, err
	}
	dir, err = os.MkdirTemp("", "fastsips-"+name+"-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}
