package syntax

import (
	"fmt"
	"path/filepath"
	"slices"
)

const (
	// maxIncludes is how deep files may include each other, as in OpenSIPS.
	maxIncludes = 50
	// maxFiles and maxTotal bound a configuration, whatever includes what.
	maxFiles = 2000
	maxTotal = 64 << 20
)

// An opener reads the files of one configuration: it knows which are being read, and
// how much that was.
type opener struct {
	open  func(path string) ([]byte, error)
	stack []string // files that include each other, outermost first
	files int
	total int
	told  map[string]bool // what was reported
}

// read finds what a file includes: a relative path is tried as it is, then from the
// directory of the including file. If it may not, report is told once why, and what to do.
func (o *opener) read(from *Source, path string, report func(problem, hint string)) (name string, text []byte, ok bool) {
	name, text, problem, hint := o.find(from, path)
	if key := from.Name + problem; problem != "" && !o.told[key] {
		if o.told == nil {
			o.told = map[string]bool{}
		}
		o.told[key] = true
		report(problem, hint)
	}
	return name, text, problem == ""
}

func (o *opener) find(from *Source, path string) (name string, text []byte, problem, hint string) {
	text, err := o.open(path)
	name = path
	if err != nil && !filepath.IsAbs(path) {
		beside := filepath.Join(filepath.Dir(from.Name), path)
		if t, err2 := o.open(beside); err2 == nil {
			name, text, err = beside, t, nil
		}
	}
	switch {
	case err != nil:
		return name, nil, fmt.Sprintf("cannot include %s: %v", path, err), ""
	case slices.Contains(o.stack, filepath.Clean(name)):
		return name, nil, name + " includes itself", o.circle(name)
	case len(o.stack) > maxIncludes:
		return name, nil, fmt.Sprintf("files are included more than %d deep", maxIncludes), ""
	case o.files >= maxFiles || o.total+len(text) > maxTotal:
		o.files = maxFiles
		return name, nil, fmt.Sprintf("more than %d files or %d bytes are included", maxFiles, maxTotal), ""
	}
	return name, text, "", ""
}

// circle shows the files between a file and itself.
func (o *opener) circle(name string) string {
	text := "the circle is "
	for _, f := range o.stack[slices.Index(o.stack, filepath.Clean(name)):] {
		text += f + " > "
	}
	return text + name
}

// enter and leave stand around the reading of a file.
func (o *opener) enter(name string, size int) {
	o.stack = append(o.stack, filepath.Clean(name))
	o.files++
	o.total += size
}

func (o *opener) leave() { o.stack = o.stack[:len(o.stack)-1] }
