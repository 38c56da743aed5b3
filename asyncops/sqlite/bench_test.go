package sqlite

import (
	"testing"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
)

func BenchmarkQuery(b *testing.B) {
	r := newRig(b, 1, Config{})
	r.exec(seed)
	for name, text := range map[string]string{
		"read":  "SELECT setid FROM subscribers WHERE username = 'alice'",
		"write": "UPDATE subscribers SET setid = setid + 1 WHERE username = 'alice'",
	} {
		b.Run("op="+name, func(b *testing.B) {
			b.ReportAllocs()
			<-r.Chain(0, b.N, func(l *loop.Loop, w asyncops.Waiter) (asyncops.Token, asyncops.Outcome, bool) {
				q := r.db.Query(l)
				q.SetText([]byte(text))
				return q.Begin(l, 0, w)
			}, func(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
				if out != asyncops.Completed {
					b.Error(out)
				}
				op.(*Query).Free(l)
			})
		})
	}
}
