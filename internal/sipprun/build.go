package sipprun

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// A Binary is a program to run.
type Binary struct {
	path string
	file *os.File // keeps a built program, whose name is gone already
}

// Path is what to execute.
func (b *Binary) Path() string { return b.path }

// BuildRace asks [Build] for the race detector, and BuiltBinary names a program
// to use instead of building one.
const (
	BuildRace   = "FASTSIPS_RACE"
	BuiltBinary = "FASTSIPS_BIN"
)

// builds keeps what this process has built: a test binary starts many proxies.
var builds struct {
	mu sync.Mutex
	m  map[string]*Binary
}

// Build builds a command of this module, such as "./cmd/fastsips", once per
// process and keeps it open. The file is unlinked at once, so nothing is left
// behind however this process ends.
func Build(pkg string) (*Binary, error) {
	builds.mu.Lock()
	defer builds.mu.Unlock()
	if b := builds.m[pkg]; b != nil {
		return b, nil
	}
	b, err := build(pkg)
	if err != nil {
		return nil, err
	}
	if builds.m == nil {
		builds.m = map[string]*Binary{}
	}
	builds.m[pkg] = b
	return b, nil
}

// Fastsips returns the absolute path of file; if that is empty, of a fastsips that is built
// from this module.
func Fastsips(file string) (string, error) {
	if file != "" {
		return filepath.Abs(file)
	}
	b, err := Build("./cmd/fastsips")
	if err != nil {
		return "", err
	}
	return b.Path(), nil
}

func build(pkg string) (*Binary, error) {
	if path := os.Getenv(BuiltBinary); path != "" {
		return &Binary{path: path}, nil
	}
	root, err := ModuleRoot()
	if err != nil {
		return nil, err
	}
	if err := noteSources(root); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fastsips-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, filepath.Base(pkg))
	args := []string{"build", "-o", out}
	if os.Getenv(BuildRace) != "" {
		args = append(args, "-race")
	}
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build %s: %w\n%s", pkg, err, text)
	}
	f, err := os.Open(out)
	if err != nil {
		return nil, err
	}
	return &Binary{path: fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), f.Fd()), file: f}, nil
}

// ModuleRoot is the folder of the go.mod above the working directory.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod above the working directory")
		}
	}
}

// noteSources looks at every file that the program is made of, so that the cache
// of test results notices a change: it knows the files that a test looked at,
// not those of a compiler that it ran.
func noteSources(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && strings.HasPrefix(d.Name(), "."):
			return filepath.SkipDir
		case filepath.Ext(path) == ".go" || filepath.Ext(path) == ".cfg" || strings.HasPrefix(d.Name(), "go."):
			_, err = os.Stat(path)
		}
		return err
	})
}
