package sipparse

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A planted bug is a line of testdata/planted.txt.
type planted struct{ target, dir, file, old, new string }

func readPlanted(t *testing.T) (bugs []planted) {
	t.Helper()
	for line := range strings.Lines(string(readFile(t, "testdata/planted.txt"))) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		x := strings.Split(line, "\t")
		if len(x) != 5 {
			t.Fatalf("%d columns: %q", len(x), line)
		}
		bugs = append(bugs, planted{x[0], x[1], x[2], x[3], x[4]})
	}
	return bugs
}

// plant returns the package's file with the bug in it.
func (p *planted) plant(t *testing.T, root string) string {
	t.Helper()
	text := string(readFile(t, root, p.dir, p.file))
	if n := strings.Count(text, p.old); n != 1 || p.old == p.new {
		t.Fatalf("%s/%s: %q is there %d times", p.dir, p.file, p.old, n)
	}
	return strings.Replace(text, p.old, p.new, 1)
}

// The bugs can be planted, and each target there is has two.
func TestPlantedTable(t *testing.T) {
	of := map[string]int{}
	for _, p := range readPlanted(t) {
		p.plant(t, "..")
		of[p.dir+" "+p.target]++
	}
	for _, target := range fuzzTargets(t, "sipparse", "sipparse/sdp") {
		if of[target] < 2 {
			t.Errorf("%s has %d bugs to find", target, of[target])
		}
	}
}

// fuzzTargets returns "directory FuzzX" for all targets in the directories.
func fuzzTargets(t *testing.T, dirs ...string) (targets []string) {
	t.Helper()
	name := regexp.MustCompile(`(?m)^func (Fuzz\w+)`)
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join("..", dir, "*_test.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(len(files), err)
		}
		for _, file := range files {
			for _, m := range name.FindAllStringSubmatch(string(readFile(t, file)), -1) {
				targets = append(targets, dir+" "+m[1])
			}
		}
	}
	return targets
}

// An off-by-one is found by its fuzz target within 90 seconds. A copy of the package
// is fuzzed: what is found stays there.
func TestPlanted(t *testing.T) {
	if os.Getenv("FASTSIPS_DEEP") == "" {
		t.Skip("takes minutes: FASTSIPS_DEEP=1")
	}
	for _, p := range readPlanted(t) {
		t.Run(p.target+"/"+p.file, func(t *testing.T) {
			top, _, _ := strings.Cut(p.dir, "/")
			root := copyModule(t, top)
			text := p.plant(t, root)
			if err := os.WriteFile(filepath.Join(root, p.dir, p.file), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			out, found := fuzz(t, filepath.Join(root, p.dir), p.target)
			if !found {
				t.Fatalf("%q is not found:\n%s", p.new, out)
			}
			t.Logf("%q is found in %v", p.new, time.Since(began).Round(time.Second))
		})
	}
}

// copyModule copies what the packages in dir are built from.
func copyModule(t *testing.T, dir string) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, file := range []string{"go.mod", "go.sum"} {
		if err := os.WriteFile(filepath.Join(root, file), readFile(t, "..", file), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(filepath.Join(root, dir), os.DirFS(filepath.Join("..", dir))); err != nil {
		t.Fatal(err)
	}
	return root
}

// fuzz runs the target and reports whether it failed, but not to build.
func fuzz(t *testing.T, dir, target string) (out string, failed bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "go", "test", "-run=^$", "-fuzz=^"+target+"$", "-fuzztime=90s", "-fuzzminimizetime=10x", "-parallel=1", ".")
	c.Dir = dir
	b, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || strings.Contains(string(b), "build failed") || strings.Contains(string(b), "setup failed") {
		t.Fatalf("%v:\n%s", err, b)
	}
	return string(b), err != nil && strings.Contains(string(b), "--- FAIL: "+target)
}
