package siptest

import (
	"errors"
	"strings"
	"syscall"

	"github.com/fastsips/fastsips/internal/scenario"
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

// Manage sends a management command, see [sipprun.Proxy.Manage].
func (p *Proxy) Manage(command string, args ...string) (string, error) {
	return p.Proxy.Manage(patience, command, args...)
}
