package asyncops_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/fastsips/fastsips/asyncops"
)

// "Submit never blocks: false means that the queue is full."
func TestWorkersQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := asyncops.NewWorkers(2, 3)
		hold := make(chan struct{})
		var ran atomic.Int32
		job := func() { <-hold; ran.Add(1) }
		for i := range 2 {
			if !w.Submit(job) {
				t.Errorf("job %d was refused by an idle worker", i)
			}
			synctest.Wait() // a worker has taken it
		}
		for i := range 3 {
			if !w.Submit(job) {
				t.Errorf("job %d of the queue was refused", i)
			}
		}
		if w.Submit(job) {
			t.Error("a job beyond the queue was taken")
		}
		close(hold)
		synctest.Wait()
		if ran.Load() != 5 {
			t.Errorf("%d jobs ran, want 5", ran.Load())
		}
		w.Close()
	})
}

// "Close waits for the jobs that run; those that wait in the queue are dropped."
func TestWorkersClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := asyncops.NewWorkers(1, 1)
		hold := make(chan struct{})
		var first, second, closed atomic.Bool
		w.Submit(func() { <-hold; first.Store(true) })
		synctest.Wait()
		w.Submit(func() { second.Store(true) })
		go func() { w.Close(); closed.Store(true) }()
		synctest.Wait()
		if closed.Load() {
			t.Error("closed while a job ran")
		}
		close(hold)
		synctest.Wait()
		if !closed.Load() || !first.Load() || second.Load() {
			t.Errorf("closed %v, first %v, second %v; want true, true, false", closed.Load(), first.Load(), second.Load())
		}
		if w.Submit(func() {}) {
			t.Error("a job was taken after Close")
		}
		w.Close()
	})
}

// A panic ends its job, not the worker.
func TestWorkersSurvivePanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := asyncops.NewWorkers(1, 1)
		defer w.Close()
		w.Submit(func() { panic("BUG: on purpose") })
		synctest.Wait()
		ran := false
		w.Submit(func() { ran = true })
		synctest.Wait()
		n, last := w.Panics()
		if !ran || n != 1 || !strings.Contains(last, "on purpose") {
			t.Errorf("ran %v, %d panics, last %q", ran, n, last)
		}
	})
}
