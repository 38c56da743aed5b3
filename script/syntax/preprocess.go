package syntax

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// A Filter is the external preprocessor of a configuration, m4 for instance. Run gets
// the text with all includes in it, and returns what is to be read instead.
type Filter struct {
	Name string
	Run  func(text []byte) ([]byte, error)
}

// ParseThrough is Parse with a filter between reading the files and scanning them.
//
// Messages name the file and the line that a line of the output comes from, if the filter
// tells that by line markers (#line 12 "file", as m4 -s writes them). A line that the
// filter has changed is shown as it is now. Without markers messages name the output,
// unless the filter has changed nothing.
func ParseThrough(name string, text []byte, open func(path string) ([]byte, error), filter Filter, d *Diags) *Config {
	f := &flattener{d: d, opener: opener{open: open}}
	f.file(name, text)
	main := f.sources[0]
	if f.partial {
		return &Config{Sources: f.sources, Partial: true}
	}
	out, err := filter.Run(f.text)
	if err != nil {
		d.Add(Error, main.span(0, 0), "preprocessor "+filter.Name+": "+err.Error(), "")
		return &Config{Sources: f.sources, Partial: true}
	}
	s := newScanner(open, d)
	s.sources = f.sources
	s.enter(name, len(out))
	s.scan(f.origins(out, filter))
	return s.parse()
}

// A place is where a line comes from.
type place struct {
	src  *Source
	line int // from 0
}

// A flattener joins a configuration and its includes to one text, line by line, as
// OpenSIPS does for its preprocessor.
type flattener struct {
	opener
	d       *Diags
	text    []byte
	from    []place // of each line of text
	sources []*Source
	partial bool
}

var includeRE = regexp.MustCompile(`^[ \t]*(?:include_file|import_file)[ \t]*(?:"([^"]*)"|'([^']*)')[ \t]*;?`)

func (f *flattener) file(name string, text []byte) {
	src := newSource(name, text, len(f.sources))
	f.sources = append(f.sources, src)
	f.enter(name, len(text))
	defer f.leave()
	for n, line := range bytes.SplitAfter(text, []byte{'\n'}) {
		if m := includeRE.FindSubmatchIndex(line); m != nil {
			f.include(src, n, m, line)
			line = line[m[1]:]
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
		}
		if len(line) > 0 {
			f.line(line, place{src, n})
		}
	}
}

// line adds one line; every line ends with a newline, also the last of a file.
func (f *flattener) line(line []byte, from place) {
	f.text = append(f.text, line...)
	if line[len(line)-1] != '\n' {
		f.text = append(f.text, '\n')
	}
	f.from = append(f.from, from)
}

func (f *flattener) include(src *Source, line int, m []int, text []byte) {
	at := max(m[2], m[4])
	path := string(text[at:max(m[3], m[5])])
	off := int(src.lines[line]) + at - 1
	name, text, ok := f.read(src, path, func(problem, hint string) {
		f.d.Add(Error, src.span(off, off+len(path)+2), problem, hint)
	})
	if !ok {
		f.partial = true
		return
	}
	f.file(name, text)
}

// maxLine bounds what a marker may say.
const maxLine = 1 << 30

// markerRE is #line 12 "file" of m4, # 12 "file" 2 of cpp; the file may be missing.
var markerRE = regexp.MustCompile(`^#(?:line)? +(\d+)(?: +"([^"]*)")?[ \d]*$`)

// standardInput are the names that filters have for the text that they were given.
var standardInput = map[string]bool{"": true, "-": true, "stdin": true, "<stdin>": true, "NONE": true}

// origins makes a Source of a filter's output, whose lines know where they come from.
func (f *flattener) origins(out []byte, filter Filter) *Source {
	main := f.sources[0]
	src := newSource(main.Name, out, len(f.sources))
	if bytes.Equal(out, f.text) {
		src.from = append(f.from, place{main, len(main.lines) - 1})
		return src
	}
	src.Name = main.Name + " (as " + filter.Name + " made it)"
	known := map[string]*Source{}
	file, next, marked := "stdin", 0, false
	for i := range src.lines {
		line := src.lineText(i + 1)
		if m := markerRE.FindSubmatch(line); m != nil {
			marked = true
			next, _ = strconv.Atoi(string(m[1]))
			next = min(next, maxLine) - 1
			if m[2] != nil {
				file = string(m[2])
			}
			src.from = append(src.from, place{})
			continue
		}
		src.from = append(src.from, f.placeOf(file, next, known))
		next++
	}
	if !marked {
		src.from = nil
		return src
	}
	src.Name = main.Name // for includes that the filter has left
	return src
}

// placeOf is where line next of a file that a marker names comes from.
func (f *flattener) placeOf(file string, next int, known map[string]*Source) place {
	if standardInput[file] {
		if next >= 0 && next < len(f.from) {
			return f.from[next]
		}
		return place{f.sources[0], max(len(f.sources[0].lines)-1, 0)}
	}
	src := known[file]
	if src == nil { // the filter has read it by itself
		text, _ := f.open(file)
		src = newSource(file, text, len(f.sources)+len(known))
		known[file] = src
	}
	return place{src, max(next, 0)}
}

// origin is the position of a line of s, counted from 0, in the file that it comes from.
// If it looks different there, the position is in a view of that file with the line as it
// is now.
func (s *Source) origin(line int) (*Source, int32) {
	if line >= len(s.from) || s.from[line].src == nil {
		return s, int32(line + 1)
	}
	at := s.from[line]
	here := strings.TrimRight(string(s.lineText(line+1)), " \t")
	if at.line < len(at.src.lines) && strings.TrimRight(string(at.src.lineText(at.line+1)), " \t") == here {
		return at.src, int32(at.line + 1)
	}
	if s.views == nil {
		s.views = map[int]*Source{}
	}
	if s.views[line] == nil {
		s.views[line] = &Source{Name: at.src.Name, seq: at.src.seq, shown: []byte(here), isView: true}
	}
	return s.views[line], int32(at.line + 1)
}
