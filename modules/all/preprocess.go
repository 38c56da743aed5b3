package all

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/script/syntax"
)

// Bounds of a preprocessor.
const (
	preprocessTime   = 30 * time.Second
	preprocessOutput = 64 << 20
	preprocessErrors = 4 << 10
)

// preprocessor makes a Filter of a shell command such as "m4 -s" or "cpp -P -". It runs
// while a configuration is loaded, never on a loop.
func preprocessor(command string) syntax.Filter {
	name, _, _ := strings.Cut(strings.TrimSpace(command), " ")
	return syntax.Filter{Name: name, Run: func(text []byte) ([]byte, error) {
		return runFilter(command, text, preprocessTime)
	}}
}

// runFilter gives text to a command and returns what it prints. All of the command's
// processes have ended when it returns.
func runFilter(command string, text []byte, limit time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	out, complaint := &capped{limit: preprocessOutput, full: cancel}, &capped{limit: preprocessErrors}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, complaint
	err := cmd.Run()
	switch {
	case out.over:
		return nil, fmt.Errorf("its output has more than %d bytes", preprocessOutput)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("it has not ended after %v", limit)
	case err == nil || errors.Is(err, io.ErrShortWrite):
		return out.b, nil
	}
	if lines := strings.TrimSpace(string(complaint.b)); lines != "" {
		return nil, fmt.Errorf("%w: %s", err, lines)
	}
	return nil, err
}

// A capped writer keeps the first bytes, and says when there are more.
type capped struct {
	b     []byte
	limit int
	over  bool
	full  func()
}

func (w *capped) Write(p []byte) (int, error) {
	room := min(len(p), w.limit-len(w.b))
	w.b = append(w.b, p[:room]...)
	if room < len(p) && !w.over {
		w.over = true
		if w.full != nil {
			w.full()
		}
	}
	return len(p), nil
}
