package scenario

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// A ScriptReader is a World that also finds scripts outside of the scenario; ok says
// that the scenario has one of that name, text.
type ScriptReader interface {
	ReadScript(name, text string, ok bool) (string, error)
}

// benchVerbs are the steps of scripts' tests.
func benchVerbs() map[string]verb {
	return map[string]verb{
		"mock": {false, 1, (*scene).doMock},
		"var":  {false, 2, (*scene).doVar},
		"at":   {true, 2, (*scene).doAt},
	}
}

func (s *scene) bench() (*Bench, error) {
	if w, ok := s.world.(interface{ bench() *Bench }); ok && w.bench() != nil {
		return w.bench(), nil
	}
	return nil, errors.New("this step is for fastsips test")
}

func (w *VirtualWorld) bench() *Bench { return w.Bench }

// castAt gives the actor of "at NAME HOST:PORT" that address.
func (s *scene) castAt(words []string) bool {
	if len(words) < 3 || words[0] != "at" || s.actors[words[1]] != nil {
		return false
	}
	addr, err := netip.ParseAddrPort(words[2])
	w, ok := s.world.(interface{ ListenAt(netip.AddrPort) Socket })
	if err != nil || !ok {
		return false
	}
	s.enlist(words[1], w.ListenAt(addr))
	return true
}

// doAt checks what castAt has done before the start.
func (s *scene) doAt(args []string) error {
	if got := s.actors[args[0]].Addr(); got != args[1] {
		return fmt.Errorf("%s is at %s: the first step that names it must say where it is, as HOST:PORT", args[0], got)
	}
	return nil
}

// announce tells the bench of the format strings that var steps will ask for.
func (s *scene) announce(words []string) {
	b, err := s.bench()
	if err != nil || len(words) < 3 || words[0] != "var" {
		return
	}
	if !slices.ContainsFunc(b.watch, func(w *watched) bool { return w.text == words[1] }) {
		b.watch = append(b.watch, &watched{text: words[1]})
	}
}

// checked is err, or else what has gone wrong meanwhile.
func (s *scene) checked(err error) error {
	b, none := s.bench()
	if none != nil || b.failed == nil {
		return err
	}
	failed := b.failed
	b.failed = nil
	if err == nil {
		return failed
	}
	return fmt.Errorf("%w (%v)", failed, err)
}

func (s *scene) doMock(args []string) error {
	b, err := s.bench()
	if err != nil {
		return err
	}
	m, err := newMock(b, args)
	if err != nil {
		return err
	}
	b.mocks = append(b.mocks, m)
	if s.target == nil {
		return nil // see Bench.started
	}
	return m.bind(b.world.Proxy)
}

// doVar is var FORMAT VALUE [in ROUTE] [at TEXT].
func (s *scene) doVar(args []string) error {
	b, err := s.bench()
	if err != nil {
		return err
	}
	route, at := "", ""
	for rest := args[2:]; len(rest) > 0; rest = rest[2:] {
		switch {
		case len(rest) == 1:
			return fmt.Errorf("%s needs a value", rest[0])
		case rest[0] == "in":
			route = rest[1]
		case rest[0] == "at":
			at = rest[1]
		default:
			return fmt.Errorf("unknown word %q; there are in ROUTE and at TEXT", rest[0])
		}
	}
	b.world.Run(0, nil)
	got, ok := b.value(args[0], route, at)
	switch {
	case !ok && at != "":
		return fmt.Errorf("no xlog with %q has run", at)
	case !ok && route != "":
		return fmt.Errorf("no run of %s has ended", route)
	case !ok:
		return errors.New("no run has ended")
	case got != args[1]:
		return fmt.Errorf("%s is %q, want %q", args[0], got, args[1])
	}
	return nil
}
