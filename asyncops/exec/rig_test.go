package exec

import (
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A rig is a runner on running loops.
type rig struct {
	*looptest.Rig
	x *Runner
}

func newRig(t testing.TB, loops int, cfg Config) *rig {
	t.Helper()
	r := &rig{Rig: looptest.New(t, loops)}
	r.x = New(r.Group, r.Ops, cfg, slog.New(slog.DiscardHandler))
	t.Cleanup(r.x.Close)
	r.Start()
	return r
}

type answer struct {
	out            asyncops.Outcome
	status         int
	stdout, stderr string
	truncated      bool
}

func read(l *loop.Loop, c *Run, out asyncops.Outcome) answer {
	defer c.Free(l)
	return answer{out, c.ExitStatus(), string(c.Stdout()), string(c.Stderr()), c.Truncated()}
}

// begin starts a command on a loop.
func (r *rig) begin(on int, timeout time.Duration, set func(*Run)) *looptest.Pending[answer] {
	return looptest.Begin(r.Rig, on, timeout, func(l *loop.Loop) *Run {
		c := r.x.Run(l)
		set(c)
		return c
	}, read)
}

func command(text string) func(*Run) { return func(c *Run) { c.SetCommand([]byte(text)) } }

func (r *rig) run(text string) answer {
	r.T.Helper()
	return r.begin(0, 0, command(text)).Wait()
}
