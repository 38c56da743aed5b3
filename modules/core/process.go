package core

import (
	"fmt"
	"log/slog"
	"os"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
)

// process are the global parameters about the process as the system sees it.
type process struct {
	openFiles  int
	noCoreDump bool
	workDir    string
}

func (g *process) declare(p *module.Globals) {
	p.IntRange(&g.openFiles, "open_files_limit", -1, -1, 1<<30, "file descriptors to ask the system for, if it allows fewer; -1: as many as it gives")
	p.Bool(&g.noCoreDump, "disable_core_dump", false, "a process that dies leaves no core file")
	p.String(&g.workDir, "workdir", "", "directory to work in")
	p.Alias("workdir", "wdir")
}

// apply tells the system. What it does not grant is logged.
func (g *process) apply(e *module.Env, debugMode bool) error {
	var log *slog.Logger
	if group := e.Shared.(*proxy.Core).Group; group != nil {
		log = group.Logger()
	}
	if g.workDir != "" {
		if err := os.Chdir(g.workDir); err != nil {
			return fmt.Errorf("workdir: %w", err)
		}
	}
	if g.openFiles > 0 {
		raise(unix.RLIMIT_NOFILE, uint64(g.openFiles), "open_files_limit", log)
	}
	if g.noCoreDump && !debugMode {
		return os.NewSyscallError("setrlimit", unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}))
	}
	return nil
}

// raise asks for a limit if it is lower; as root also beyond the hard one.
func raise(which int, want uint64, name string, log *slog.Logger) {
	var have unix.Rlimit
	if err := unix.Getrlimit(which, &have); err != nil || have.Cur >= want {
		return
	}
	ask := unix.Rlimit{Cur: want, Max: max(want, have.Max)}
	if unix.Setrlimit(which, &ask) == nil {
		return
	}
	ask = unix.Rlimit{Cur: min(want, have.Max), Max: have.Max}
	_ = unix.Setrlimit(which, &ask)
	if log != nil && ask.Cur < want {
		log.Warn(name+" is not granted", "asked", want, "granted", ask.Cur)
	}
}
