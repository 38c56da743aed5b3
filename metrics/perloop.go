package metrics

// PerLoop makes a T, usually a struct of Counters and Gauges, for each loop. They
// do not share cache lines.
func PerLoop[T any](loops int) []*T {
	type padded struct {
		v T
		_ [64]byte
	}
	all := make([]*T, loops)
	for i := range all {
		all[i] = &new(padded).v
	}
	return all
}
