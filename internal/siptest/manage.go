package siptest

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
)

var _ scenario.Manager = (*Proxy)(nil)

// Reload writes the file and sends SIGHUP.
func (p *Proxy) Reload(config string) error {
	if err := p.Rewrite(config); err != nil {
		return err
	}
	from := len(p.Lines())
	if err := p.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	line, _, err := p.Wait(reloadedLine, from, patience)
	if err != nil {
		return err
	}
	if strings.Contains(line, "not reloaded") {
		return errors.New(strings.Join(p.Lines()[from:], "\n"))
	}
	return nil
}

// reloadedLine is in the line that a reload ends with, whatever came of it.
const reloadedLine = "reloaded"

// Manage sends a command through the FIFO "mi" in the proxy's folder: the script must
// have modparam("mi_fifo", "fifo_name", "[dir]/mi"), and the same for reply_dir.
func (p *Proxy) Manage(command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	answer, err := fifo.Call(ctx, filepath.Join(p.Dir, "mi"), p.Dir, mi.RequestOf(1, command, args...))
	if err != nil {
		return "", err
	}
	result, err := mi.Result(answer)
	return string(result), err
}
