package proxy

// replyRank orders final responses: the lowest is forwarded (RFC 3261 §16.7 6,
// in OpenSIPS's finer order).
func replyRank(status int, cancelled bool) int {
	switch {
	case status == 487 && cancelled:
		return 0
	case status >= 600:
		return status - 300
	case status == 408:
		return 800
	case status == 503:
		return 801
	case status < 400:
		return status + 100
	}
	if n := resubmission(status); n >= 0 {
		return 500 + n
	}
	return status + 200
}

// replyRankRFC is RFC 3261 §16.7 6 to the letter: 6xx, else the lowest class. Within
// it, which is left to the proxy, those first that change how the request is sent
// again, after a CANCEL the 487, and a 503 last.
func replyRankRFC(status int, cancelled bool) int {
	class := status / 100 * 1000
	switch {
	case status >= 600:
		return status - 600
	case status == 487 && cancelled:
		return class
	case status == 503:
		return class + 999
	}
	if n := resubmission(status); n >= 0 {
		return class + 1 + n
	}
	return class + 10 + status%100
}

// resubmission returns the place of a status among the 4xx that "provide information
// affecting resubmission of this request", -1 for others.
func resubmission(status int) int {
	switch status {
	case 401:
		return 0
	case 407:
		return 1
	case 415:
		return 2
	case 420:
		return 3
	case 484:
		return 4
	}
	return -1
}
