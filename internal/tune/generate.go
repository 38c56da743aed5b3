package tune

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/fastsips/fastsips/internal/load"
)

// Generate is a generator's process: it reads a load.Config from in, makes the calls and
// writes a load.Result. At each mark it writes its name and waits for a line.
func Generate(ctx context.Context, in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(800) // it makes little garbage, and shares a processor with what is measured
	lines := bufio.NewScanner(in)
	if !lines.Scan() {
		return io.ErrUnexpectedEOF
	}
	var cfg load.Config
	if err := json.Unmarshal(lines.Bytes(), &cfg); err != nil {
		return err
	}
	cfg.Mark = func(m load.Mark) {
		fmt.Fprintln(out, m)
		lines.Scan()
	}
	res, err := load.Run(ctx, cfg)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(res)
}

// A generator is such a process, from outside.
type generator struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// generate starts one, by the arguments that make binary call Generate.
func generate(ctx context.Context, binary string, args []string, cfg load.Config) (*generator, error) {
	text, err := json.Marshal(cfg)
	if err != nil {
		return nil, err
	}
	g := &generator{cmd: exec.CommandContext(ctx, binary, args...)}
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	g.cmd.Stderr = os.Stderr
	if g.in, err = g.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := g.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	g.out = bufio.NewScanner(out)
	g.out.Buffer(nil, 1<<20)
	if err := g.cmd.Start(); err != nil {
		return nil, err
	}
	if err := g.tell(string(text)); err != nil {
		g.end()
		return nil, err
	}
	return g, nil
}

func (g *generator) tell(line string) error {
	_, err := fmt.Fprintln(g.in, line)
	return err
}

// await waits for a mark.
func (g *generator) await(m load.Mark) error {
	if !g.out.Scan() {
		return fmt.Errorf("the generator ended before it was at the %s", m)
	}
	if got := g.out.Text(); got != string(m) {
		return fmt.Errorf("the generator says %q, not %q", got, m)
	}
	return nil
}

// result waits for the end.
func (g *generator) result() (res load.Result, err error) {
	if !g.out.Scan() {
		return res, fmt.Errorf("the generator ended without a result")
	}
	return res, json.Unmarshal(g.out.Bytes(), &res)
}

// end ends the process, if it has not ended by itself.
func (g *generator) end() {
	_ = g.in.Close()
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}
