package sqlite

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

// A chain makes one query after the other on a loop, without leaving it.
type chain struct {
	r    *rig
	text []byte
	left int
	done chan struct{}
}

func (c *chain) begin(l *loop.Loop) {
	q := c.r.db.Query(l)
	q.SetText(c.text)
	if _, out, pending := q.Begin(l, 0, c); !pending {
		c.Resume(l, q, out)
	}
}

func (c *chain) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	if out != asyncops.Completed {
		c.r.t.Error(out)
	}
	op.(*Query).Free(l)
	if c.left--; c.left > 0 {
		c.begin(l)
		return
	}
	c.done <- struct{}{}
}

func BenchmarkQuery(b *testing.B) {
	r := newRig(b, 1, Config{})
	r.exec(seed)
	for name, text := range map[string]string{
		"read":  "SELECT setid FROM subscribers WHERE username = 'alice'",
		"write": "UPDATE subscribers SET setid = setid + 1 WHERE username = 'alice'",
	} {
		b.Run("op="+name, func(b *testing.B) {
			c := &chain{r: r, text: []byte(text), left: b.N, done: make(chan struct{})}
			b.ReportAllocs()
			r.g.Do(0, c.begin)
			<-c.done
		})
	}
}
