package tune

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/fastsips/fastsips/internal/child"
	"github.com/fastsips/fastsips/internal/load"
)

// Generate is a generator's process, see [load.Serve].
func Generate(ctx context.Context, in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(800) // it makes little garbage, and shares a processor with what is measured
	return load.Serve(ctx, bufio.NewScanner(in), out)
}

// A generator is such a process, from outside.
type generator struct{ *child.Process }

// generate starts one, by the arguments that make binary call Generate.
func generate(ctx context.Context, binary string, args []string, cfg load.Config) (g generator, err error) {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if g.Process, err = child.Start(cmd); err != nil {
		return g, err
	}
	if err := g.Say(cfg); err != nil {
		g.Kill()
		return g, err
	}
	return g, nil
}

// await waits for a mark.
func (g generator) await(m load.Mark) error {
	got, err := g.Hear()
	if err != nil {
		return fmt.Errorf("before it was at the %s: %w", m, err)
	}
	if got != string(m) {
		return fmt.Errorf("the generator says %q, not %q", got, m)
	}
	return nil
}
