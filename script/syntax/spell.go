package syntax

import "strings"

// Nearest returns the candidate that x was probably meant to be, or "". About a
// third of the letters may be wrong, missing, superfluous or swapped; their case
// decides only between equals. If that does not, the alphabet does, so that
// messages do not depend on map order.
func Nearest(x string, candidates func(yield func(string) bool)) string {
	best, limit, exact := "", (len(x)+1)/3, 0
	candidates(func(c string) bool {
		d := distance(strings.ToLower(x), strings.ToLower(c), limit)
		if d > limit {
			return true
		}
		e := distance(x, c, len(x))
		if best == "" || d < limit || e < exact || e == exact && c < best {
			best, limit, exact = c, d, e
		}
		return true
	})
	return best
}

// distance counts the edits between a and b (insert, delete, replace, swap
// neighbours); anything above limit is reported as limit+1.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit+1)
}
