package sipprun

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
)

// Manage sends a management command through the FIFO "mi" in the proxy's folder: the script
// must have modparam("mi_fifo", "fifo_name", "[dir]/mi"), and the same for reply_dir.
func (p *Proxy) Manage(within time.Duration, command string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	answer, err := fifo.Call(ctx, filepath.Join(p.Dir, "mi"), p.Dir, mi.RequestOf(1, command, args...))
	if err != nil {
		return "", err
	}
	result, err := mi.Result(answer)
	return string(result), err
}
