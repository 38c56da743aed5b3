package asyncops

import (
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Workers are the goroutines of one backend that may block where a loop may
// not: connect, start a process, open a file. Each backend has its own, so that
// a black-holed one starves nobody else.
type Workers struct {
	jobs   chan func()
	quit   chan struct{}
	once   sync.Once
	done   sync.WaitGroup
	panics atomic.Uint64
	last   atomic.Pointer[string]
}

// NewWorkers starts n goroutines. Queue is the number of jobs that may wait for
// one of them.
func NewWorkers(n, queue int) *Workers {
	w := &Workers{jobs: make(chan func(), queue), quit: make(chan struct{})}
	for range n {
		w.done.Go(w.work)
	}
	return w
}

// Submit hands job to a worker. It never blocks: false means that the queue is
// full, or closed, and that job will not run.
func (w *Workers) Submit(job func()) bool {
	select {
	case <-w.quit:
		return false
	default:
	}
	select {
	case w.jobs <- job:
		return true
	default:
		return false
	}
}

// Close waits for the jobs that run; those that wait in the queue are dropped.
func (w *Workers) Close() {
	w.once.Do(func() { close(w.quit) })
	w.done.Wait()
}

// Panics returns how many jobs ended in a panic, and the last one with its
// stack. Such a job's operation ends by its deadline.
func (w *Workers) Panics() (n uint64, last string) {
	if p := w.last.Load(); p != nil {
		last = *p
	}
	return w.panics.Load(), last
}

func (w *Workers) work() {
	for {
		select { // quit wins over waiting jobs
		case <-w.quit:
			return
		default:
		}
		select {
		case <-w.quit:
			return
		case job := <-w.jobs:
			w.run(job)
		}
	}
}

// run keeps a fault of ours in one job from ending the process.
func (w *Workers) run(job func()) {
	defer func() {
		if v := recover(); v != nil {
			text := fmt.Sprintf("%v\n%s", v, debug.Stack())
			w.last.Store(&text)
			w.panics.Add(1)
		}
	}()
	job()
}
