package ua

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"strings"
	"sync"
	"time"
)

// remembered is how many messages a ladder compares with to find
// retransmissions.
const remembered = 1024

// A ladder prints one line for each message as it passes the socket. It may be
// used by several goroutines.
type ladder struct {
	w       io.Writer
	verbose bool

	mu    sync.Mutex
	start time.Time // of the first message
	seed  maphash.Seed
	seen  [remembered]uint64 // hashes of the last messages, a ring
	next  int
}

func newLadder(w io.Writer, verbose bool) *ladder {
	return &ladder{w: w, verbose: verbose, seed: maphash.MakeSeed()}
}

// The directions.
const (
	out = "-->"
	in  = "<--"
)

// message prints b, which goes to or comes from peer.
func (l *ladder) message(dir, peer string, b []byte) {
	if len(bytes.Trim(b, "\r\n\x00")) == 0 {
		return // a keep-alive, RFC 5626 §3.5.1
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	again := ""
	if l.repeated(dir, b) {
		again = "  (retransmission)"
	}
	fmt.Fprintf(l.w, "%8.3f  %s  %-21s  %s%s\n", l.offset(), dir, peer, title(b), again)
	if l.verbose {
		for line := range strings.Lines(string(b)) {
			fmt.Fprintf(l.w, "    %s %s\n", dir[:1]+dir[2:], strings.TrimRight(line, "\r\n"))
		}
	}
}

// note prints a remark between the messages.
func (l *ladder) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, "%8.3f  %s\n", l.offset(), fmt.Sprintf(format, args...))
}

func (l *ladder) offset() float64 {
	if l.start.IsZero() {
		l.start = time.Now()
	}
	return time.Since(l.start).Seconds()
}

// repeated reports whether the same bytes went the same way before: only a
// retransmission does that, since everything else has a branch of its own.
func (l *ladder) repeated(dir string, b []byte) bool {
	h := maphash.Bytes(l.seed, b) ^ maphash.String(l.seed, dir)
	for _, s := range l.seen {
		if s == h {
			return true
		}
	}
	l.seen[l.next%remembered] = h
	l.next++
	return false
}

// title is what a ladder says of a message: method and Request-URI, or status,
// reason and the method that it answers. It takes any bytes.
func title(b []byte) string {
	first, rest, _ := strings.Cut(string(b), "\n")
	first = strings.TrimRight(first, "\r")
	if status, ok := strings.CutPrefix(first, "SIP/2.0 "); ok {
		return strings.TrimSpace(status) + " (" + cseqMethod(rest) + ")"
	}
	return strings.TrimSuffix(first, " SIP/2.0")
}

// cseqMethod finds the method of the CSeq header among header lines.
func cseqMethod(lines string) string {
	for line := range strings.Lines(lines) {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "CSeq") {
			if f := strings.Fields(value); len(f) == 2 {
				return f[1]
			}
		}
	}
	return "?"
}
