package scenario

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/modules/all"
)

// A Suite plays the tests of scripts, for people.
type Suite struct {
	Out     io.Writer
	Run     *regexp.Regexp // which tests; nil: all
	Verbose bool           // shows the messages of all tests, not only of those that fail
	Read    all.Options    // how scripts are read; File does not count
}

// File plays the tests of one file and reports them. It returns how many there were,
// and how many have failed.
func (s *Suite) File(file string) (played, failed int, err error) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		return 0, 0, err
	}
	for _, t := range Sections(ar) {
		if s.Run != nil && !s.Run.MatchString(t.Name) {
			continue
		}
		played++
		if !s.play(file, t) {
			failed++
		}
	}
	return played, failed, nil
}

// play plays one test.
func (s *Suite) play(file string, t Section) bool {
	w := NewTestWorld(filepath.Dir(file))
	w.read(s.Read)
	err := w.Play(filepath.Base(file), t.Ar)
	name := t.Name
	if name == "" {
		name = filepath.Base(file)
	}
	if err == nil {
		if s.Verbose {
			fmt.Fprintf(s.Out, "--- PASS: %s\n    %s\n", name, indent(strings.Join(w.Bench.trace, "\n")))
		}
		return true
	}
	fmt.Fprintf(s.Out, "--- FAIL: %s\n    %s\n", name, indent(err.Error()))
	s.part("trace", w.Bench.trace)
	if w.Proxy != nil {
		s.part("log", bareLines(w.Proxy.Log()))
	}
	return false
}

// part prints the last lines of a list.
func (s *Suite) part(title string, list []string) {
	if len(list) > 0 {
		fmt.Fprintf(s.Out, "  %s:\n    %s\n", title, indent(strings.Join(lastLines(list), "\n")))
	}
}

// bareLines are lines of a log without the date and the process.
func bareLines(list []string) (bare []string) {
	for _, line := range list {
		bare = append(bare, stamp.ReplaceAllString(line, ""))
	}
	return bare
}

var stamp = regexp.MustCompile(`^\w{3} [ \d]\d \d\d:\d\d:\d\d \[\d+\] `)

func indent(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }

// maxReported is how many lines of a trace or a log a report has.
const maxReported = 100

func lastLines(list []string) []string { return list[max(0, len(list)-maxReported):] }

// A TestWorld is a virtual world for one test of a script.
type TestWorld struct {
	VirtualWorld
	dir string // where scripts are looked for
}

// NewTestWorld makes one; scripts are looked for in dir.
func NewTestWorld(dir string) *TestWorld {
	w := &TestWorld{dir: dir}
	w.Net, w.Bench = NewNet(), new(Bench)
	w.Config.Loops = 1
	return w
}

func (w *TestWorld) read(how all.Options) {
	w.Config.Preprocessor, w.Config.Strict = how.Preprocessor, how.Strict
}

// ReadScript notes the name of a script, for messages, and reads it from the disk if it
// is not in the scenario.
func (w *TestWorld) ReadScript(name, text string, ok bool) (string, error) {
	if ok {
		w.Config.Name, w.Config.Plain = name, false
		return text, nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(w.dir, name)
	}
	w.Config.Name, w.Config.Plain = name, true
	b, err := os.ReadFile(name)
	return string(b), err
}

// Play plays a scenario and ends the proxy. The messages are in the trace of the Bench.
func (w *TestWorld) Play(file string, ar *txtar.Archive) error {
	dir, err := os.MkdirTemp("", "fastsips-test-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w.Dir = dir
	w.Net.Trace = w.message
	err = Play(file, ar, w)
	w.Net.Trace = nil
	if w.Proxy == nil {
		return err
	}
	w.Bench.quiet = true // what follows is the end of the world
	if stopped := w.Proxy.Stop(); stopped != nil && err == nil {
		err = fmt.Errorf("when it was over: %w", stopped)
	}
	return err
}

// message notes a datagram in the trace.
func (w *TestWorld) message(from, to loop.Addr, b []byte) {
	first, _, _ := strings.Cut(string(b), "\r\n")
	w.Bench.add(fmt.Sprintf("%8.3f %s -> %s: %s", w.Bench.seconds(w.Now()), w.nameOf(from), w.nameOf(to), first))
}

func (w *TestWorld) nameOf(a loop.Addr) string {
	if n := w.names[a]; n != "" {
		return n
	}
	if w.Proxy == nil {
		return a.String() // it is being started
	}
	for _, ls := range w.Proxy.Transport().Listeners() {
		if ls.Addr() == a {
			return "proxy"
		}
	}
	return a.String()
}

// TraceMessage sends one message to the script that how names, as alice, and returns what it has executed
// and sent, a line each. Mocks are steps without the word: "sql_query return 1". The
// lines are of use also when there is an error.
func TraceMessage(how all.Options, message string, mocks []string) (trace []string, err error) {
	w := NewTestWorld("")
	w.read(how)
	steps := "start " + how.File + "\nmay alice any\n"
	for _, m := range mocks {
		steps += "mock " + m + "\n"
	}
	steps += "send alice message\nadvance 40s\n"
	ar := &txtar.Archive{Comment: []byte(steps), Files: []txtar.File{{Name: "message", Data: []byte(message)}}}
	err = w.Play("trace", ar)
	return w.Bench.trace, err
}
