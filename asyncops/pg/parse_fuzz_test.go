package pg

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/db"
	"github.com/fastsips/fastsips/internal/looptest"
	"github.com/fastsips/fastsips/loop"
	"golang.org/x/sys/unix"
)

// frame writes a message of the server.
func frame(kind byte, body ...byte) []byte {
	b := binary.BigEndian.AppendUint32([]byte{kind}, uint32(4+len(body)))
	return append(b, body...)
}

func join(frames ...[]byte) (b []byte) {
	for _, f := range frames {
		b = append(b, f...)
	}
	return b
}

var (
	ready    = frame('Z', 'I')
	oneInt   = frame('T', 0, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 4, 255, 255, 255, 255, 0, 0)
	row42    = frame('D', 0, 1, 0, 0, 0, 2, '4', '2')
	rowNull  = frame('D', 0, 1, 255, 255, 255, 255)
	rowLarge = frame('D', append([]byte{0, 1, 0, 0, 16, 0}, make([]byte, 4096)...)...)
	tag      = frame('C', []byte("SELECT 2\x00")...)
	refusal  = frame('E', []byte("SERROR\x00C42601\x00Mno\x00\x00")...)
	notice   = frame('N', make([]byte, 2000)...)
	answer2  = join(oneInt, row42, rowNull, tag, ready)
	parsed   = join(frame('3'), frame('1'), frame('t', 0, 1, 0, 0, 0, 23))
	status   = frame('S', []byte("TimeZone\x00UTC\x00")...)
	stale    = frame('E', []byte("SERROR\x00C26000\x00Mno\x00\x00")...)
	prepares = join(parsed, oneInt, frame('2'), status, row42, tag, ready)
	executes = join(frame('2'), row42, notice, rowNull, tag, ready)
	allSeeds = [][]byte{answer2, join(refusal, ready), join(oneInt, row42, refusal, ready), join(notice, frame('I'), ready),
		join(oneInt, rowLarge, rowLarge, tag, ready), join(answer2, answer2), frame('G', 0, 0, 0), {'Z', 0, 0, 0, 3},
		prepares, join(prepares, executes), join(executes, executes), join(parsed, refusal, ready), join(parsed, frame('n'), frame('2'), tag, ready),
		join(stale, ready, prepares), join(stale, ready, stale, ready, answer2, answer2), join(executes, frame('s')), join(frame('2'), oneInt, ready),
		frame('D', 0, 2, 0, 0), frame('T', 0, 9), {'D', 127, 255, 255, 255, 0, 0}, {'T', 63, 255, 255, 255, 0}}
)

// dry is a connection without a server: what it receives is fed by the test.
type dry struct {
	db   *DB
	outs []string
}

func (d *dry) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	q := op.(*Query)
	s := fmt.Sprint(out, " ", q.Rows(), "x", q.Cols(), " ", q.Affected())
	for r := range q.Rows() {
		for c := range q.Cols() {
			b, null := q.Value(r, c)
			s += fmt.Sprintf(" %q %v", b, null)
		}
	}
	state, message := q.Err()
	d.outs = append(d.outs, fmt.Sprintf("%s %q %q", s, state, message))
	q.Free(l)
}

// How the queries of a feed are sent.
const (
	simple = iota
	bound  // parsed, the first without a name and the second with one
	byName // executed by the name of a statement that was parsed before
	ways
)

// feed gives the pieces to a connection with two queries under way, and tells
// how they ended.
func (d *dry) feed(t *testing.T, l *loop.Loop, way int, pieces ...[]byte) string {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(fds[1]) }() // the peer only has to exist
	d.outs = nil
	p, c := d.db.pools.On(l), &conn{fd: fds[0]}
	if c.watch, err = l.Watch(c.fd, 0, c); err != nil {
		t.Fatal(err)
	}
	c.pool = p
	p.conns = append(p.conns, c)
	p.breaker.Success() // whatever happened to the one before
	p.memory, p.nameless, p.namesLost = memory{seed: p.memory.seed}, false, 0
	if way == byName {
		st := &statement{text: "SELECT", ready: true}
		st.cols.describe(oneInt[headerLen:])
		c.statements.Put([]byte("SELECT"), st, 1)
	}
	for range 2 {
		p.idle = append(p.idle[:0], c)
		q := d.db.Query(l)
		q.SetText([]byte("SELECT"))
		if way != simple {
			q.Bind(db.IntArg(1))
		}
		q.SetBounds(10, 5000)
		q.Begin(l, time.Minute, d)
	}
	p.idle = p.idle[:0]
	for _, b := range pieces {
		for len(b) > 0 && !c.closed {
			c.makeRoom()
			n := copy(c.rbuf[c.w:], b)
			c.w += n
			b = b[n:]
			c.parse(l)
		}
	}
	early := c.closed
	c.close(l, errClosed)
	return fmt.Sprint(d.outs, " closed ", early)
}

// Whatever a server sends, it means the same in one piece as in two, each query
// ends exactly once, and no memory beyond the bounds is used.
func FuzzAnswer(f *testing.F) {
	for _, b := range allSeeds {
		for way := range ways {
			f.Add(b, len(b)/2, way)
		}
	}
	r := looptest.New(f, 1)
	db, err := New(r.Group, r.Ops, Config{URL: "postgres://u@127.0.0.1:1/d"}, slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	d := &dry{db: db}
	db.dialers.Close() // nobody connects or cancels
	db.cancels.Close()
	r.Start()
	f.Fuzz(func(t *testing.T, b []byte, at, way int) {
		at, way = max(0, min(at, len(b))), int(uint(way)%ways)
		r.Group.Do(0, func(l *loop.Loop) {
			whole, n := d.feed(t, l, way, b), len(d.outs)
			parts := d.feed(t, l, way, b[:at], b[at:])
			if whole != parts {
				t.Errorf("whole: %s\nparts: %s", whole, parts)
			}
			if n != 2 || len(d.outs) != 2 {
				t.Errorf("%d and %d queries ended, want 2 each", n, len(d.outs))
			}
		})
	})
}
