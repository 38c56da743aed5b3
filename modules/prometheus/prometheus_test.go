package prometheus_test

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/asyncops/sleep"
	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/httpd"
	"github.com/fastsips/fastsips/modules/prometheus"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
)

// fake has statistics.
type fake struct{}

func (fake) Setup(e *module.Env) {
	stat := func(group, name string, n int64, fixed bool) *metrics.Stat {
		return &metrics.Stat{Group: group, Name: name, Doc: "of a \\ test\nof two lines", Fixed: fixed, FullOnly: true, Read: func() int64 { return n }}
	}
	e.Stats = []*metrics.Stat{stat("one", "hits", 7, false), stat("one", "now-open", -3, true), stat("two", "hits", 8, true), stat("two", "gw1_calls", 4, false), stat("two", "gw2_calls", 5, false)}
}

// scrape starts a proxy's management with these parameters, has an operation time out on
// its loop, and asks for the metrics.
func scrape(t *testing.T, params string) samples {
	t.Helper()
	port := strconv.Itoa(siptest.FreePort(t))
	var d syntax.Diags
	g, err := loop.New(loop.Config{Loops: 2, LogWriter: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	c := &proxy.Core{Settings: proxy.DefaultSettings(), Group: g, Ops: asyncops.NewSet(g, time.Second)}
	text := "loadmodule \"fake.so\"\nloadmodule \"httpd.so\"\nloadmodule \"prometheus.so\"\nmodparam(\"httpd\", \"port\", " + port + ")\n" + params + "\nroute { exit; }"
	run := module.Load(syntax.Parse("t.cfg", []byte(text), nil, &d), module.Catalogue{
		"httpd": httpd.New, "prometheus": prometheus.New, "fake": func() module.Module { return fake{} }}, core.New(), c, &d)
	if d.Errors() > 0 {
		d.Render(os.Stderr)
		t.Fatal("does not load")
	}
	var server *httpd.Module
	for _, in := range run.Modules {
		if s, ok := in.Module.(module.Starter); ok && in.Name != module.CoreName {
			if err := s.Start(in.Env); err != nil {
				t.Fatal(err)
			}
		}
		if in.Name == "httpd" {
			server = in.Module.(*httpd.Module)
		}
	}
	pauses := sleep.New(g, c.Ops)
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	for _, in := range run.Modules {
		if in.Name == "httpd" {
			if err := server.Open(in.Env); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Cleanup(func() { server.Close() })
	ended := make(waiter)
	g.Do(1, func(l *loop.Loop) { c.Ops.On(l).Begin(l, pauses.Op(l, time.Hour), time.Millisecond, ended) })
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing timed out")
	}
	resp, err := http.Get("http://127.0.0.1:" + port + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || !strings.HasPrefix(ct, "text/plain; version=0.0.4") {
		t.Errorf("%s, %s", resp.Status, ct)
	}
	return parse(t, resp.Body)
}

type waiter chan struct{}

func (w waiter) Resume(*loop.Loop, asyncops.Op, asyncops.Outcome) { close(w) }

// samples are the values by name{labels}, and the types by name.
type samples struct {
	value map[string]float64
	kind  map[string]string
}

// What the text format (version 0.0.4) says of its lines.
var (
	helpLine   = regexp.MustCompile(`^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\]|\\\\|\\n)*$`)
	typeLine   = regexp.MustCompile(`^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$`)
	sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*")*)\})? (\S+)$`)
)

// parse reads the text format: "all lines for a given metric must be provided as one single
// group", "only one TYPE line may exist for a given metric name", before its samples; "each
// line must have a unique combination of a metric name and labels"; a histogram's buckets
// do not decrease, and its last, le="+Inf", is its _count.
func parse(t *testing.T, r io.Reader) samples {
	t.Helper()
	s := samples{map[string]float64{}, map[string]string{}}
	family, last := "", -1.0
	for lines := bufio.NewScanner(r); lines.Scan(); {
		line := lines.Text()
		if helpLine.MatchString(line) {
			continue
		}
		if m := typeLine.FindStringSubmatch(line); m != nil {
			if s.kind[m[1]] != "" {
				t.Errorf("%s has two types", m[1])
			}
			family, last, s.kind[m[1]] = m[1], -1, m[2]
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no line of the format: %s", line)
			continue
		}
		v, err := strconv.ParseFloat(m[3], 64)
		key := m[1] + "{" + m[2] + "}"
		if _, twice := s.value[key]; err != nil || twice {
			t.Errorf("twice, or no value: %s", line)
		}
		s.value[key] = v
		base := m[1]
		if s.kind[family] == "histogram" {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				base = strings.TrimSuffix(base, suffix)
			}
			if strings.HasSuffix(m[1], "_bucket") {
				if v < last {
					t.Errorf("a bucket has less than the one before: %s", line)
				}
				if last = v; strings.Contains(m[2], `le="+Inf"`) {
					last = math.Inf(-1)
				}
			}
		}
		if base != family {
			t.Errorf("%s is not among %s", line, family)
		}
	}
	return s
}

func (s samples) want(t *testing.T, key string, n float64) {
	t.Helper()
	if got, ok := s.value[key]; !ok || got != n {
		t.Errorf("%s is %v (%v), want %v", key, got, ok, n)
	}
}

// The group of a statistic: 0 not at all (but where two groups have the same name), 1 in the
// name, 2 as a label. A name may have no "-".
func TestGroupModes(t *testing.T) {
	s := scrape(t, `modparam("prometheus", "statistics", "one: two:")`)
	s.want(t, "opensips_hits{}", 7)
	s.want(t, "opensips_two_hits{}", 8)
	s.want(t, "opensips_now_open{}", -3)
	if s.kind["opensips_hits"] != "counter" || s.kind["opensips_now_open"] != "gauge" {
		t.Errorf("types %v", s.kind)
	}
	s = scrape(t, `modparam("prometheus", "statistics", "one:hits nothing:at_all")
modparam("prometheus", "group_mode", 1)
modparam("prometheus", "prefix", "sip")
modparam("prometheus", "group_prefix", "g")
modparam("prometheus", "delimiter", "-")`)
	s.want(t, "sip_gone_hits{}", 7)
	s = scrape(t, `modparam("prometheus", "statistics", "one:")
modparam("prometheus", "statistics", "one:hits two:gw1_calls")
modparam("prometheus", "group_mode", 2)
modparam("prometheus", "group_label", "grp")`)
	s.want(t, `opensips_hits{grp="one"}`, 7)
	s.want(t, `opensips_gw1_calls{grp="two"}`, 4)
}

// labels: the name of a statistic is parted into a name and labels; what does not match, or
// gives no labels, stays as it is.
func TestLabels(t *testing.T) {
	s := scrape(t, `modparam("prometheus", "statistics", "one: two:")
modparam("prometheus", "labels", "two: /^(.*)_calls$/calls:gateway=\"\1\"/")
modparam("prometheus", "labels", "one: /^hits$/no labels/")`)
	s.want(t, `opensips_calls{gateway="gw1"}`, 4)
	s.want(t, `opensips_calls{gateway="gw2"}`, 5)
	s.want(t, "opensips_hits{}", 7)
}

// The group async has histograms of operations by op and backend, and the loops' counters.
func TestHistograms(t *testing.T) {
	s := scrape(t, `modparam("prometheus", "statistics", "async:")`)
	const sleeps = `op="sleep",backend=""`
	s.want(t, `opensips_async_operations_total{`+sleeps+`,outcome="timed_out"}`, 1)
	s.want(t, `opensips_async_operations_in_flight{`+sleeps+`}`, 0)
	s.want(t, `opensips_async_operation_seconds_count{`+sleeps+`}`, 1)
	s.want(t, `opensips_async_operation_seconds_bucket{`+sleeps+`,le="+Inf"}`, 1)
	s.want(t, `opensips_async_operation_seconds_bucket{`+sleeps+`,le="3.2768e-05"}`, 0)
	s.want(t, `opensips_async_deadline_lateness_seconds_count{}`, 1)
	s.want(t, `opensips_async_deadline_lateness_beyond_lag_seconds_count{}`, 1)
	for i := range 2 {
		if n, ok := s.value[fmt.Sprintf(`opensips_loop_wakeups_total{loop="%d"}`, i)]; !ok || i == 1 && n == 0 {
			t.Errorf("loop %d has %v wake-ups", i, n)
		}
	}
	if len(scrape(t, `modparam("prometheus", "statistics", "all")`).value) < 100 {
		t.Error("all is not much")
	}
}
