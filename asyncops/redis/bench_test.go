package redis_test

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/redis"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/loop"
)

// A stream keeps so many commands under way until none are left.
type stream struct {
	r     *rig
	begun int
	ended int
	n     int
	done  chan struct{}
}

var benchKey = []byte("registrations:count:alice")

func (s *stream) next(l *loop.Loop) {
	s.begun++
	q := s.r.client.Command(l)
	q.ArgString("GET")
	q.Arg(benchKey)
	q.Begin(l, time.Minute, s)
}

func (s *stream) Resume(l *loop.Loop, op asyncops.Op, out asyncops.Outcome) {
	if out != asyncops.Completed {
		s.r.T.Error(out)
	}
	op.(*redis.Command).Free(l)
	if s.ended++; s.ended == s.n {
		close(s.done)
	}
	if s.begun < s.n {
		s.next(l)
	}
}

// CPU of this process and allocations per command, with so many under way at a time on
// one loop; redis-server's are not counted.
func BenchmarkGet(b *testing.B) {
	srv := redistest.Start(b)
	r := newRig(b, 1, redis.Config{}, srv.Addr())
	r.want("SET registrations:count:alice 3", "OK")
	for _, depth := range []int{1, 16, 256} {
		b.Run(fmt.Sprint("depth=", depth), func(b *testing.B) {
			b.ReportAllocs()
			s := &stream{r: r, n: b.N, done: make(chan struct{})}
			before := cpu()
			r.Group.Do(0, func(l *loop.Loop) {
				for range min(depth, b.N) {
					s.next(l)
				}
			})
			<-s.done
			b.ReportMetric(float64(cpu()-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpu is the time that this process has used.
func cpu() int64 {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &u)
	return u.Utime.Nano() + u.Stime.Nano()
}
