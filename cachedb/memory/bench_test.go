package memory_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/fastsips/fastsips/cachedb/memory"
)

// 100,000 keys of 20 bytes with values of 30; -cpu 1,2 shows one loop and two.
func BenchmarkTable(b *testing.B) {
	const keys = 100_000
	tab := memory.New(9, memory.NewBudget(plenty))
	names := make([][]byte, keys)
	value := []byte("sip:alice@192.0.2.1:5060;ob=yes")
	for i := range names {
		names[i] = fmt.Appendf(nil, "some-longer-key-%05d", i)
		tab.Store(0, names[i], value, 0)
	}
	run := func(name string, f func(key, scratch []byte)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				scratch, i := make([]byte, 20), rand.IntN(keys)
				for pb.Next() {
					if i += 7919; i >= keys {
						i -= keys
					}
					f(names[i], scratch)
				}
			})
		})
	}
	run("fetch", func(key, scratch []byte) { tab.Fetch(0, key, scratch) })
	run("store", func(key, _ []byte) { tab.Store(0, key, value, 0) })
	same := []byte("counter")
	run("add to one key", func(_, _ []byte) { tab.Add(0, same, 1, 0) })
	for _, key := range names {
		tab.Store(0, key, []byte("0"), 0)
	}
	run("add", func(key, _ []byte) { tab.Add(0, key, 1, 0) })
}
