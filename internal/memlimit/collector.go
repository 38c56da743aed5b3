package memlimit

// What cmd/fastsips tells the garbage collector unless the environment says otherwise, and
// what `fastsips tune` says that it does. docs/memory.md has the figures.
//
// The message path makes no garbage, so what a larger GOGC lets lie about is little, and a
// collection comes every two minutes anyway. It saves those of a heap that grows: from 4 MiB
// to 500 MiB four instead of seven, each of which takes longer than the one before.
const GCPercent = 200

// Limit is the value for GOMEMLIMIT where there are so many bytes of memory: three quarters
// of them. The rest is for what is not Go's, above all sockets' buffers.
func Limit(there int64) int64 { return there / 4 * 3 }
