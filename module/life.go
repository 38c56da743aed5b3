package module

import (
	"errors"
	"fmt"
)

// A Preparer goes on once every module has started, and before the loops run and the
// listeners are there: it may take its time.
type Preparer interface{ Prepare(*Env) error }

// Start starts the modules in order, then prepares them. After an error the caller still
// has to Close.
func (l *Loaded) Start() error {
	for _, in := range l.Modules {
		l.attempted++
		if s, ok := in.Module.(Starter); ok {
			if err := s.Start(in.Env); err != nil {
				return fmt.Errorf("module %s: %w", in.Name, err)
			}
		}
	}
	for _, in := range l.Modules {
		if p, ok := in.Module.(Preparer); ok {
			if err := p.Prepare(in.Env); err != nil {
				return fmt.Errorf("module %s: %w", in.Name, err)
			}
		}
	}
	return nil
}

// An Opener lets the outside in, once everything has started and the loops run: what
// comes in may use all of it.
type Opener interface{ Open(*Env) error }

// Open opens the modules in order.
func (l *Loaded) Open() error {
	for _, in := range l.Modules {
		if o, ok := in.Module.(Opener); ok {
			if err := o.Open(in.Env); err != nil {
				return fmt.Errorf("module %s: %w", in.Name, err)
			}
		}
	}
	return nil
}

// Close closes, in reverse order, the modules whose Start was called. Every one
// is closed whatever the others return; calling Close again does nothing.
func (l *Loaded) Close() error {
	var errs []error
	for ; l.attempted > 0; l.attempted-- {
		in := l.Modules[l.attempted-1]
		if c, ok := in.Module.(Closer); ok {
			if err := c.Close(); err != nil {
				errs = append(errs, fmt.Errorf("module %s: %w", in.Name, err))
			}
		}
	}
	return errors.Join(errs...)
}
