// Package child talks to a process that takes lines on its stdin and answers with lines on
// its stdout: often this program once more, as something else.
package child

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/fastsips/fastsips/internal/procs"
)

// longest is how long a line of a child may be: results with a timeline are long.
const longest = 16 << 20

// A Process is such a child.
type Process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// Self is a command that runs this program with other arguments.
func Self(args ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return exec.Command(self, args...), nil
}

// Start starts cmd on the processors; none: wherever we may run. What it writes to stderr
// goes to ours.
func Start(cmd *exec.Cmd, cpus ...int) (p *Process, err error) {
	p = &Process{cmd: cmd}
	cmd.Stderr = os.Stderr
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	p.out.Buffer(nil, longest)
	if err := procs.Start(cmd, cpus...); err != nil {
		return nil, err
	}
	return p, nil
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Say sends it a line: a string as it is, anything else as JSON.
func (p *Process) Say(v any) error {
	b, err := json.Marshal(v)
	if s, ok := v.(string); ok {
		b = []byte(s)
	}
	if err == nil {
		_, err = p.in.Write(append(b, '\n'))
	}
	return err
}

// Hear returns its next line.
func (p *Process) Hear() (string, error) {
	if !p.out.Scan() {
		return "", errors.Join(fmt.Errorf("%s ended", p.cmd.Args[1:]), p.out.Err())
	}
	return p.out.Text(), nil
}

// HearInto reads its next line, which is JSON.
func (p *Process) HearInto(v any) error {
	line, err := p.Hear()
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(line), v); err != nil {
		return fmt.Errorf("%w: %q", err, line)
	}
	return nil
}

// Ask is Say and Hear.
func (p *Process) Ask(v any) (string, error) {
	if err := p.Say(v); err != nil {
		return "", err
	}
	return p.Hear()
}

// Stop ends its stdin and waits until it has ended.
func (p *Process) Stop() {
	_ = p.in.Close()
	_ = p.cmd.Wait()
}

// Kill ends it at once, if it has not ended by itself.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	p.Stop()
}
