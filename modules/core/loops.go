package core

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/internal/cpus"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script/syntax"
)

// maxLoops is how many event loops there may be.
const maxLoops = 1024

// loopGlobals are the global parameters about the event loops and their processors.
type loopGlobals struct {
	loops   int
	workers int
	cpus    []int
}

func (g *loopGlobals) declare(p *module.Globals) {
	p.IntRange(&g.loops, "loops", 0, 0, maxLoops, "event loops, exactly so many; 0: as udp_workers says, or one for each CPU that may be used; -n on the command line wins")
	p.AnyFunc("udp_workers", "event loops, but no more than there are CPUs, since a loop never waits for anything; -n and loops win. A use_auto_scaling_profile after it has no meaning: the number is fixed", g.setWorkers)
	p.Old("udp_workers", "children")
	p.AnyFunc("cpu_affinity", "the CPUs that the process is bound to, such as 0-3,8; --pin on the command line wins", g.setCPUs)
}

// setWorkers takes a number, or a number and a profile.
func (g *loopGlobals) setWorkers(v module.Value) error {
	n := int(v.Int)
	if !v.IsInt {
		f := strings.Fields(v.Str)
		if len(f) != 3 || f[1] != "use_auto_scaling_profile" {
			return errors.New("must be a number, and maybe use_auto_scaling_profile and a name after it")
		}
		var err error
		if n, err = strconv.Atoi(f[0]); err != nil {
			return fmt.Errorf("must be a number, not %q", f[0])
		}
	}
	if n < 1 || n > maxLoops {
		return fmt.Errorf("must be from 1 to %d, not %d", maxLoops, n)
	}
	g.workers = n
	return nil
}

// setCPUs takes a list, or the number of one.
func (g *loopGlobals) setCPUs(v module.Value) (err error) {
	text := v.Str
	if v.IsInt {
		text = strconv.Itoa(int(v.Int))
	}
	if g.cpus, err = cpus.ParseList(text); err == nil && g.cpus == nil {
		err = errors.New("must name a CPU")
	}
	return err
}

// Loops is what the global parameters say of the event loops: loops and udp_workers, 0 if
// they were not written, and the CPUs of cpu_affinity.
func (m *Module) Loops() (loops, workers int, affinity []int) {
	return m.loops.loops, m.loops.workers, m.loops.cpus
}

// checkReaders looks at use_workers of a socket= line.
func checkReaders(s *syntax.Socket) error {
	text, written := s.Options["use_workers"]
	if n, err := strconv.Atoi(text); written && (err != nil || n < 1 || n > maxLoops) {
		return fmt.Errorf("use_workers must be from 1 to %d, not %q", maxLoops, text)
	}
	return nil
}

// readers is how many loops are to read the socket; 0: all.
func readers(s *syntax.Socket) int {
	n, _ := strconv.Atoi(s.Options["use_workers"])
	return n
}
