package memlimit

// GCPercent is the GOGC that cmd/fastsips sets unless the environment says otherwise;
// docs/memory.md has the figures.
//
// The message path makes no garbage, so what a larger GOGC lets lie about is little, and a
// collection comes every two minutes anyway. It saves those of a heap that grows: from 4 MiB
// to 500 MiB four instead of seven, each of which takes longer than the one before.
const GCPercent = 200

// share is the part of the memory there is from which on the collector does all it can to stay
// below: the rest is for what is not Go's, above all sockets' buffers.
const share = 0.75

// Limit is the GOMEMLIMIT that fastsips sets where there are so many bytes.
func Limit(available int64) int64 { return int64(share * float64(available)) }
