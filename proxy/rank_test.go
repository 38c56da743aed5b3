package proxy

import "testing"

// RFC 3261 §16.7 6, in OpenSIPS's order: 6xx, 3xx, the 4xx that "provide information
// affecting resubmission", other 4xx, 5xx, the time-out, 503; the lower status within each.
// After a CANCEL 487 comes before all.
func TestReplyRank(t *testing.T) {
	order := []int{600, 603, 699, 300, 302, 399, 401, 407, 415, 420, 484, 400, 404, 486, 487, 499, 500, 502, 504, 599, 408, 503}
	for i := range order[1:] {
		if better, worse := order[i], order[i+1]; replyRank(better, false) >= replyRank(worse, false) {
			t.Errorf("%d is not better than %d", better, worse)
		}
	}
	for _, status := range order {
		if status != 487 && replyRank(487, true) >= replyRank(status, true) {
			t.Errorf("after a CANCEL %d is as good as 487", status)
		}
	}
}

// reply_order="rfc3261": "If there are no 6xx class final responses ... the proxy SHOULD
// choose from the lowest response class", whichever within it; §16.7 6 has the 4xx first that
// affect resubmission, and says that a 503 is best not forwarded. So a 408 is before 5xx.
func TestReplyRankRFC(t *testing.T) {
	order := []int{600, 603, 699, 300, 302, 399, 401, 407, 415, 420, 484, 400, 404, 408, 486, 487, 499, 500, 502, 504, 599, 503}
	for i := range order[1:] {
		if better, worse := order[i], order[i+1]; replyRankRFC(better, false) >= replyRankRFC(worse, false) {
			t.Errorf("%d is not better than %d", better, worse)
		}
	}
	for _, status := range order {
		if want := status/100 == 4 && status != 487 || status/100 == 5; replyRankRFC(487, true) < replyRankRFC(status, true) != want {
			t.Errorf("after a CANCEL 487 is better than %d: %v", status, !want)
		}
	}
}

// The best one is chosen among the branches since the last failure route, and only those
// that have a final response which is no 2xx.
func TestBest(t *testing.T) {
	tx := &Transaction{branches: []*branch{
		{state: branchDone, status: 404},
		{state: branchDone, status: 486},
		{state: branchSent, status: 180},
		{state: branchDropped},
		{state: branchDone, status: 480},
		{state: branchDone, status: 200},
	}}
	for firstNew, want := range []int{0, 4, 4, 4, 4, -1, -1} {
		tx.firstNew = firstNew
		if got := tx.best(replyRank, 0); got != want {
			t.Errorf("from branch %d on: %d, want %d", firstNew, got, want)
		}
	}
}
