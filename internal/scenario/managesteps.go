package scenario

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/script/syntax"
)

// A Manager is a [Target] that takes management commands.
type Manager interface {
	// Reload makes config the configuration's file, has it loaded, and returns the
	// error with which it was refused.
	Reload(config string) error
	// Manage runs a command and returns its JSON, or its error.
	Manage(command string, args ...string) (string, error)
}

var _ Manager = (*Virtual)(nil)

func manageVerbs() map[string]verb {
	return map[string]verb{
		"reload": {false, 1, (*scene).doReload},
		"mi":     {false, 1, (*scene).doManage},
		"answer": {false, 1, (*scene).doAnswer},
		"file":   {false, 1, (*scene).doFile},
	}
}

func (s *scene) manager() (Manager, error) {
	if m, ok := s.target.(Manager); ok {
		return m, nil
	}
	return nil, errors.New("there is no proxy that can be managed")
}

// doReload is "reload FILE [refused]".
func (s *scene) doReload(args []string) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	config, ok := s.files[args[0]]
	if !ok {
		return fmt.Errorf("no file %s in the scenario", args[0])
	}
	err = m.Reload(config)
	if len(args) == 1 {
		return err
	}
	if args[1] != "refused" || len(args) > 2 {
		return fmt.Errorf("unknown words %q", args[1:])
	}
	if err == nil {
		return errors.New("it was not refused")
	}
	s.answer = err.Error()
	return nil
}

// doManage is "mi COMMAND [ARG…]". What it gives, be it an error, is for "answer".
func (s *scene) doManage(args []string) error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	if s.answer, err = m.Manage(args[0], args[1:]...); err != nil {
		s.answer = err.Error()
	}
	return nil
}

// doAnswer is "answer TEXT" or "answer ~ REGEXP", of the last mi or refused reload.
func (s *scene) doAnswer(args []string) error {
	text := strings.Join(args, " ")
	found := strings.Contains(s.answer, text)
	if pattern, ok := strings.CutPrefix(text, "~ "); ok {
		rx, err := regexp.Compile(pattern)
		if err != nil {
			return err
		}
		found = rx.MatchString(s.answer)
	}
	if !found {
		return fmt.Errorf("the answer was %s", s.answer)
	}
	return nil
}

// Reload compiles config beside the script that runs.
func (v *Virtual) Reload(config string) error {
	text, err := v.expand(config)
	if err != nil {
		return err
	}
	r := all.Reloader{Proxy: v.Proxy, Loaded: v.loaded, Read: func(d *syntax.Diags) (*syntax.Config, error) {
		return parse([]byte(text), v.cfg, d), nil
	}}
	_, err = r.Reload()
	return err
}

// Manage runs a command at once: the loops stand still meanwhile.
func (v *Virtual) Manage(command string, args ...string) (string, error) {
	result, err := mi.Result(v.loaded.Commands.Serve(context.Background(), mi.RequestOf(1, command, args...)))
	return string(result), err
}
