package testserver

import (
	"errors"
	"fmt"
	"testing"
)

// Outside lets the servers that tests use be started outside of one, by a benchmark for
// instance: what would fail the test is the error of Recover.
//
//	tb := new(testserver.Outside)
//	defer tb.Recover(&err)
//	server := pgtest.Start(tb)
type Outside struct {
	testing.TB
	cleanups []func()
}

type fatal struct{ error }

// Helper does nothing.
func (t *Outside) Helper() {}

// Cleanup has Clean call f.
func (t *Outside) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

// Fatal ends the function that has deferred Recover.
func (t *Outside) Fatal(args ...any) { panic(fatal{errors.New(fmt.Sprint(args...))}) }

// Fatalf is Fatal with a format.
func (t *Outside) Fatalf(f string, args ...any) { panic(fatal{fmt.Errorf(f, args...)}) }

// Clean stops what was started, the last one first.
func (t *Outside) Clean() {
	for len(t.cleanups) > 0 {
		f := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		f()
	}
}

// Recover, deferred, makes a Fatal an error, and cleans up.
func (t *Outside) Recover(err *error) {
	switch v := recover().(type) {
	case nil:
	case fatal:
		t.Clean()
		*err = v.error
	default:
		panic(v)
	}
}
