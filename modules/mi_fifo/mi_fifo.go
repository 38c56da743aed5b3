// Package mi_fifo is OpenSIPS's mi_fifo module: management requests, JSON-RPC 2.0,
// through a named pipe. package mi/fifo does the work.
package mi_fifo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os/user"
	"strconv"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// A Module is one loaded mi_fifo.
type Module struct {
	cfg    fifo.Config
	mode   int
	pretty bool
	server *fifo.Server
}

// New returns the module.
func New() module.Module { return new(Module) }

var (
	_ module.Starter = (*Module)(nil)
	_ module.Opener  = (*Module)(nil)
	_ module.Closer  = (*Module)(nil)
)

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	p := &e.Params
	p.String(&m.cfg.Name, "fifo_name", "/tmp/opensips_fifo", "file name of the FIFO that requests are written to")
	p.IntRange(&m.mode, "fifo_mode", 0o660, 0, 0o777, "its permissions (432 is 0660 in octal)")
	m.cfg.UID, m.cfg.GID = -1, -1
	p.AnyFunc("fifo_user", "its owner, a name or a number; as the process if not set", func(v module.Value) (err error) {
		m.cfg.UID, err = id(v, func(name string) (string, error) {
			u, err := user.Lookup(name)
			if err != nil {
				return "", err
			}
			return u.Uid, nil
		})
		return err
	})
	p.AnyFunc("fifo_group", "its group, likewise", func(v module.Value) (err error) {
		m.cfg.GID, err = id(v, func(name string) (string, error) {
			g, err := user.LookupGroup(name)
			if err != nil {
				return "", err
			}
			return g.Gid, nil
		})
		return err
	})
	p.String(&m.cfg.ReplyDir, "reply_dir", "/tmp/", "folder of the FIFOs that answers are written to; clients make them")
	p.Bool(&m.pretty, "pretty_printing", false, "indent the answers")
	p.Ignored("trace_destination", "requests are not traced")
	p.Ignored("trace_bwlist", "requests are not traced")
	p.Ignored("reply_indent", "answers are JSON")
}

// id reads a user or a group.
func id(v module.Value, lookUp func(string) (string, error)) (int, error) {
	if v.IsInt {
		if v.Int < 0 {
			return -1, fmt.Errorf("must not be negative")
		}
		return int(v.Int), nil
	}
	text, err := lookUp(v.Str)
	if err != nil {
		return -1, err
	}
	return strconv.Atoi(text)
}

// Start makes the FIFO, so that two processes do not start with the same.
func (m *Module) Start(e *module.Env) (err error) {
	m.cfg.Mode = fs.FileMode(m.mode)
	m.cfg.Log = e.Shared.(*proxy.Core).Group.Logger()
	m.cfg.Serve = m.answer(e.Management())
	m.server, err = fifo.Listen(m.cfg)
	return err
}

// Open begins to read.
func (m *Module) Open(*module.Env) error {
	m.server.Run()
	return nil
}

// Close removes the FIFO.
func (m *Module) Close() error {
	if m.server == nil {
		return nil
	}
	return m.server.Close()
}

func (m *Module) answer(t *mi.Table) func(context.Context, []byte) []byte {
	if !m.pretty {
		return t.Serve
	}
	return func(ctx context.Context, request []byte) []byte {
		answer := t.Serve(ctx, request)
		var b bytes.Buffer
		if answer == nil || json.Indent(&b, answer, "", "\t") != nil {
			return answer
		}
		return b.Bytes()
	}
}
