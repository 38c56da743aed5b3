package sipprun

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A Log collects the lines that a process writes. It may be read at any time.
type Log struct {
	mu      sync.Mutex
	lines   []string
	partial []byte
	changed chan struct{} // closed and replaced by each write
}

// NewLog returns an empty Log.
func NewLog() *Log { return &Log{changed: make(chan struct{})} }

// Write takes the next bytes of the process's output.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.partial = append(l.partial, b...)
	for {
		line, rest, ok := bytes.Cut(l.partial, []byte("\n"))
		if !ok {
			break
		}
		l.lines, l.partial = append(l.lines, string(line)), rest
	}
	close(l.changed)
	l.changed = make(chan struct{})
	return len(b), nil
}

// Lines returns the complete lines so far.
func (l *Log) Lines() []string {
	lines, _ := l.snapshot()
	return lines
}

func (l *Log) snapshot() ([]string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines[:len(l.lines):len(l.lines)], l.changed
}

// String returns the lines so far and an unfinished one.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(append(l.lines[:len(l.lines):len(l.lines)], string(l.partial)), "\n")
}

// Find returns the first line from number from on that contains substr, and the
// number of the line after it.
func (l *Log) Find(substr string, from int) (line string, next int, ok bool) {
	return find(l.Lines(), substr, from)
}

func find(lines []string, substr string, from int) (string, int, bool) {
	for i := from; i < len(lines); i++ {
		if strings.Contains(lines[i], substr) {
			return lines[i], i + 1, true
		}
	}
	return "", from, false
}

// Wait is [Log.Find] that waits for the line.
func (l *Log) Wait(substr string, from int, patience time.Duration) (string, int, error) {
	deadline := time.After(patience)
	for {
		lines, changed := l.snapshot()
		if line, next, ok := find(lines, substr, from); ok {
			return line, next, nil
		}
		select {
		case <-changed:
		case <-deadline:
			return "", from, fmt.Errorf("%q did not appear in the log within %v", substr, patience)
		}
	}
}
