package pg_test

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/fastsips/fastsips/asyncops/pg"
	"github.com/fastsips/fastsips/internal/pgtest"
)

// BenchmarkQuery keeps a number of queries under way on one loop. CPU is ours,
// without the server's.
func BenchmarkQuery(b *testing.B) { benchmark(b, (*rig).chain) }

// BenchmarkPrepared is BenchmarkQuery with a value and a statement that the server
// has parsed.
func BenchmarkPrepared(b *testing.B) { benchmark(b, (*rig).chainBound) }

func benchmark(b *testing.B, chain func(r *rig, i, n int) <-chan struct{}) {
	srv := pgtest.Start(b)
	for _, n := range []int{1, 4, 16} {
		b.Run(fmt.Sprint("conns=4/inflight=", n), func(b *testing.B) {
			r := newRig(b, 1, pg.Config{URL: srv.URL, MaxConns: 4})
			r.open(4)
			<-chain(r, 0, 20)
			b.ReportAllocs()
			began := cpu(b)
			b.ResetTimer()
			var all []<-chan struct{}
			for range n {
				all = append(all, chain(r, 0, b.N/n+1))
			}
			for _, done := range all {
				<-done
			}
			b.ReportMetric(float64(cpu(b)-began)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpu returns the process's processor time in nanoseconds.
func cpu(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
