package sipprun

import (
	"os"
	"path/filepath"
	"testing"
)

// A proxy has a working folder of its own, so a name that is not absolute would mean another one there.
func TestFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir, end, err := Folder("kept", "x")
	if err != nil || dir != filepath.Join(here, "kept") {
		t.Errorf("%s, %v", dir, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	end()
	if _, err := os.Stat(dir); err != nil {
		t.Error("what is to be kept is gone: ", err)
	}
	t.Setenv("TMPDIR", here)
	if dir, end, err = Folder("", "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
	end()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Error("a temporary folder stays: ", err)
	}
}
