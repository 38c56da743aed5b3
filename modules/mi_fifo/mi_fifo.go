// Package mi_fifo is OpenSIPS's mi_fifo module: management requests, JSON-RPC 2.0,
// through a named pipe. package mi/fifo does the work.
package mi_fifo

import (
	"io/fs"

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
	p.User(&m.cfg.UID, "fifo_user", "its owner, a name or a number; as the process if not set")
	p.Group(&m.cfg.GID, "fifo_group", "its group, likewise")
	p.String(&m.cfg.ReplyDir, "reply_dir", "/tmp/", "folder of the FIFOs that answers are written to; clients make them")
	p.Bool(&m.pretty, "pretty_printing", false, "indent the answers")
	p.Ignored("trace_destination", "requests are not traced")
	p.Ignored("trace_bwlist", "requests are not traced")
	p.Ignored("reply_indent", "answers are JSON")
}

// Start makes the FIFO, so that two processes do not start with the same.
func (m *Module) Start(e *module.Env) (err error) {
	m.cfg.Mode = fs.FileMode(m.mode)
	m.cfg.Log = e.Shared.(*proxy.Core).Group.Logger()
	m.cfg.Serve = e.Management().Answerer(m.pretty)
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
