package e2e

import (
	"bufio"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// samples are what module prometheus answers, by name{labels}.
type samples map[string]float64

// scrape asks module prometheus; addr is httpd's.
func scrape(tb testing.TB, addr string) samples {
	tb.Helper()
	c := http.Client{Timeout: patience}
	defer c.CloseIdleConnections()
	resp, err := c.Get("http://" + addr + "/metrics")
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	s := samples{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		at := strings.LastIndexByte(lines.Text(), ' ')
		if at < 0 || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		name, value := lines.Text()[:at], lines.Text()[at+1:]
		if !strings.HasSuffix(name, "}") {
			name += "{}"
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			tb.Fatalf("%s: %v", lines.Text(), err)
		}
		s[name] = n
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return s
}

// quantile returns the bound of the class in which the share q of a histogram lies, as in
// metrics.Distribution, and how many it has counted. Labels are those before le.
func (s samples) quantile(tb testing.TB, name, labels string, q float64) (d time.Duration, n int) {
	tb.Helper()
	all, ok := s[fmt.Sprintf("%s_count{%s}", name, labels)]
	if !ok {
		tb.Fatalf("prometheus has no %s{%s}", name, labels)
	}
	if labels != "" {
		labels += ","
	}
	head, least := fmt.Sprintf(`%s_bucket{%sle="`, name, labels), 1e9
	for sample, sum := range s {
		bound, ok := strings.CutPrefix(sample, head)
		if !ok {
			continue
		}
		seconds, err := strconv.ParseFloat(strings.TrimSuffix(bound, `"}`), 64)
		if err != nil {
			tb.Fatal(err)
		}
		if sum > 0 && sum >= q*all {
			least = min(least, seconds)
		}
	}
	return time.Duration(least * 1e9), int(all)
}
