package benchproxy

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/fastsips/fastsips/internal/procs"
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

// A Helper is such a process.
type Helper struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// StartHelper starts this program as the helper, on the processors.
func StartHelper(name string, cpus ...int) (*Helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &Helper{cmd: exec.Command(self, name)}
	h.cmd.Stderr = os.Stderr
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C is for us; the end of stdin ends it
	h.in, err = h.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	h.out = bufio.NewScanner(out)
	return h, procs.Start(h.cmd, cpus...)
}

// PID is that of the process.
func (h *Helper) PID() int { return h.cmd.Process.Pid }

// Say sends it a line: a string as it is, anything else as JSON.
func (h *Helper) Say(v any) error {
	b, err := json.Marshal(v)
	if s, ok := v.(string); ok {
		b = []byte(s)
	}
	if err == nil {
		_, err = h.in.Write(append(b, '\n'))
	}
	return err
}

// Hear returns its next line.
func (h *Helper) Hear() (string, error) {
	if !h.out.Scan() {
		return "", errors.Join(fmt.Errorf("%s ended", h.cmd.Args[1]), h.out.Err())
	}
	return h.out.Text(), nil
}

// Ask is Say and Hear.
func (h *Helper) Ask(v any) (string, error) {
	if err := h.Say(v); err != nil {
		return "", err
	}
	return h.Hear()
}

// Stop ends it.
func (h *Helper) Stop() {
	_ = h.in.Close()
	_ = h.cmd.Wait()
}
