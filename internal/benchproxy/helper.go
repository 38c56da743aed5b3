package benchproxy

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/fastsips/fastsips/internal/child"
)

// The generator, the relay and the HTTP server are processes of their own, so that
// each can be bound to a processor and none pays for another's garbage. They take
// lines on stdin and answer on stdout; the end of stdin ends them.
var helpers = map[string]func(in *bufio.Scanner, out io.Writer) error{
	"help-load":  helpLoad,
	"help-relay": helpRelay,
	"help-http":  helpHTTP,
	"help-floor": helpFloor,
}

// Help runs the helper that a program's arguments name, if they do: main calls it
// before all else. What follows an equals sign is read as the first line.
func Help(args []string) (done bool, err error) {
	if len(args) != 1 {
		return false, nil
	}
	name, line, given := strings.Cut(args[0], "=")
	if helpers[name] == nil {
		return false, nil
	}
	in := io.Reader(os.Stdin)
	if given {
		in = io.MultiReader(strings.NewReader(line+"\n"), in)
	}
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(800) // they make little garbage, and share a processor with what is measured
	if err := helpers[name](bufio.NewScanner(in), os.Stdout); err != nil {
		return true, fmt.Errorf("%s: %w", name, err)
	}
	return true, nil
}

// StartHelper starts this program as the helper, on the processors.
func StartHelper(name string, cpus ...int) (*child.Process, error) {
	cmd, err := child.Self(name)
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL} // a ^C is for us
	return child.Start(cmd, cpus...)
}
