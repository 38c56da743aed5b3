package loop

import (
	"io"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// Log writes one line, without waiting for anybody: it is copied into l's ring,
// or dropped and counted if that is full. Level is OpenSIPS's, from -3 (alert) to
// 4 (debug), and says what is dropped first; text has its prefix already.
func (l *Loop) Log(level int, text []byte) {
	if !l.group.log.control.passes(level) {
		return
	}
	if !l.ring.put(level, l.wall.Unix(), text) {
		bump(&l.stats.LogDrops, 1)
		return
	}
	l.group.log.notify()
}

// LogDropped returns how many of l's lines were dropped.
func (l *Loop) LogDropped() uint64 { return l.stats.LogDrops }

const (
	logBatch = 64 << 10 // bytes written at once
	logExtra = 4096     // lines of Group.Logger that may wait
)

// A logWriter is the goroutine that writes the lines of all loops and of
// Group.Logger. Only it ever waits for the writer.
type logWriter struct {
	out      io.Writer
	loops    []*Loop
	reported []uint64 // dropped lines that have been told of, by loop and last the logger's
	stamp    logStamp
	batch    []byte
	control  LogControl

	extra        atomic.Pointer[logLine] // the logger's lines, newest first
	extraWaiting atomic.Int64
	extraDropped atomic.Uint64

	asleep   atomic.Bool // as in inbox: set before it looks once more
	wake     chan struct{}
	stopping atomic.Bool
	ended    chan struct{}
}

// A logLine is a line of Group.Logger.
type logLine struct {
	next *logLine
	wall int64
	text []byte
}

func newLogWriter(cfg Config, loops []*Loop) *logWriter {
	w := &logWriter{
		out: cfg.LogWriter, loops: loops, reported: make([]uint64, len(loops)+1),
		stamp: logStamp{pid: os.Getpid()}, batch: make([]byte, 0, logBatch+maxLogText+logRecord),
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	w.control.SetFilter(0)
	w.control.own.Set(cfg.LogLevel.Level())
	return w
}

// notify wakes the writer if it sleeps. Whoever swaps asleep puts the one token
// into wake, so that never blocks.
func (w *logWriter) notify() {
	if w.asleep.Load() && w.asleep.CompareAndSwap(true, false) {
		w.wake <- struct{}{}
	}
}

// put queues a line of Group.Logger.
func (w *logWriter) put(line *logLine) {
	if w.extraWaiting.Add(1) > logExtra {
		w.extraWaiting.Add(-1)
		w.extraDropped.Add(1)
		return
	}
	for {
		line.next = w.extra.Load()
		if w.extra.CompareAndSwap(line.next, line) {
			break
		}
	}
	w.notify()
}

// stop ends the writer once everything is written, or leaves it behind with a
// writer that stalls.
func (w *logWriter) stop(patience time.Duration) {
	w.stopping.Store(true)
	w.notify()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-w.ended:
	case <-t.C:
	}
}

func (w *logWriter) run() {
	defer close(w.ended)
	for {
		for w.drain() {
		}
		if w.stopping.Load() && !w.waiting() {
			return
		}
		w.asleep.Store(true)
		if (w.waiting() || w.stopping.Load()) && w.asleep.CompareAndSwap(true, false) {
			continue
		}
		<-w.wake
	}
}

// waiting reports whether there is something to write.
func (w *logWriter) waiting() bool {
	return w.extra.Load() != nil || slices.ContainsFunc(w.loops, func(l *Loop) bool { return !l.ring.empty() })
}

// drain writes what there is, up to a batch of each loop so that none has to wait
// for another, and reports whether there was anything.
func (w *logWriter) drain() (wrote bool) {
	for i, l := range w.loops {
		for len(w.batch) < logBatch {
			line, ok := l.ring.get(w.batch, &w.stamp)
			if !ok {
				break
			}
			w.batch, wrote = line, true
		}
		w.tellDropped(i, atomic.LoadUint64(&l.stats.LogDrops))
		w.write()
	}
	wrote = w.drainExtra() || wrote
	w.tellDropped(len(w.loops), w.extraDropped.Load())
	w.write()
	return wrote
}

func (w *logWriter) drainExtra() bool {
	var first *logLine
	for n := w.extra.Swap(nil); n != nil; {
		n, n.next, first = n.next, first, n
	}
	for n := first; n != nil; n = n.next {
		w.batch = endLine(append(w.stamp.append(w.batch, n.wall), n.text...))
		w.extraWaiting.Add(-1)
		if len(w.batch) >= logBatch {
			w.write()
		}
	}
	return first != nil
}

// tellDropped tells of lines lost since it last did.
func (w *logWriter) tellDropped(i int, dropped uint64) {
	n := dropped - w.reported[i]
	if n == 0 {
		return
	}
	w.reported[i] = dropped
	w.batch = w.stamp.append(w.batch, time.Now().Unix())
	w.batch = append(w.batch, "WARNING:core: "...)
	w.batch = append(strconv.AppendUint(w.batch, n, 10), " log lines dropped\n"...)
}

// write hands the batch over. There is nobody to tell of an error.
func (w *logWriter) write() {
	if len(w.batch) > 0 {
		if !w.control.Muted() {
			_, _ = w.out.Write(w.batch)
		}
		w.batch = w.batch[:0]
	}
}

// A logStamp begins a line as "Nov 23 17:29:00 [1234] ", formatted once a second.
type logStamp struct {
	pid  int
	wall int64
	text []byte
}

func (s *logStamp) append(dst []byte, wall int64) []byte {
	if wall != s.wall || s.text == nil {
		s.wall = wall
		s.text = time.Unix(wall, 0).AppendFormat(s.text[:0], time.Stamp)
		s.text = strconv.AppendInt(append(s.text, " ["...), int64(s.pid), 10)
		s.text = append(s.text, "] "...)
	}
	return append(dst, s.text...)
}
