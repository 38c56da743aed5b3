package hugepages

import (
	"io/fs"
	"os"
	"strings"
)

// Mode is what the kernel does with memory that is not asked about: "always", "madvise"
// or "never"; "never" as well if it does not say.
func Mode() string { return mode(os.DirFS("/")) }

func mode(root fs.FS) string {
	b, _ := fs.ReadFile(root, "sys/kernel/mm/transparent_hugepage/enabled") // always [madvise] never
	_, rest, _ := strings.Cut(string(b), "[")
	if word, _, ok := strings.Cut(rest, "]"); ok {
		return word
	}
	return "never"
}

// Wanted returns nil if huge pages are there for who asks for them, and nobody forbids it.
func Wanted() error { return wanted(Mode(), os.Getenv("GODEBUG")) }

func wanted(mode, godebug string) error {
	for setting := range strings.SplitSeq(godebug, ",") {
		if setting == "disablethp=1" {
			return ErrForbidden
		}
	}
	switch mode {
	case "always":
		return ErrNotNeeded
	case "madvise":
		return nil
	}
	return ErrNever
}
