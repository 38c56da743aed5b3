package prometheus

import (
	"math"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/metrics"
)

// The types of metrics.
const (
	counter   = "counter"
	gauge     = "gauge"
	histogram = "histogram"
)

// A family is all samples of one name: the text format wants them together.
type family struct {
	name, kind, help string
	samples          []sample
}

type sample struct {
	suffix string // _bucket
	labels string // a="b",c="d"
	value  string
}

// families are those of one answer, in the order of their first sample.
type families struct {
	byName map[string]*family
	list   []*family
	seen   map[string]bool // name, suffix and labels
}

func newFamilies() *families {
	return &families{byName: map[string]*family{}, seen: map[string]bool{}}
}

// add adds a sample. False: there is one of that name and labels, or the name is of
// another type.
func (f *families) add(name, kind, help string, s sample) bool {
	key := name + s.suffix + "{" + s.labels
	m := f.byName[name]
	if f.seen[key] || m != nil && m.kind != kind {
		return false
	}
	if m == nil {
		m = &family{name: name, kind: kind, help: help}
		f.byName[name] = m
		f.list = append(f.list, m)
	}
	f.seen[key] = true
	m.samples = append(m.samples, s)
	return true
}

// addInt adds a sample of a whole number.
func (f *families) addInt(name, kind, help, labels string, n int64) bool {
	return f.add(name, kind, help, sample{labels: labels, value: strconv.FormatInt(n, 10)})
}

// addHistogram adds a distribution of durations, in seconds, by powers of two.
func (f *families) addHistogram(name, help, labels string, d *metrics.Distribution) {
	comma := ""
	if labels != "" {
		comma = ","
	}
	var sum uint64
	for i, n := range d.Classes {
		if sum += n; i%4 == 3 && i < metrics.Buckets-1 {
			le := strconv.FormatFloat(float64(metrics.BucketBound(i))/1e9, 'g', -1, 64)
			f.add(name, histogram, help, sample{"_bucket", labels + comma + `le="` + le + `"`, strconv.FormatUint(sum, 10)})
		}
	}
	f.add(name, histogram, help, sample{"_bucket", labels + comma + `le="+Inf"`, strconv.FormatUint(d.N, 10)})
	seconds := strconv.FormatFloat(math.Round(float64(d.Sum))/1e9, 'g', -1, 64)
	f.add(name, histogram, help, sample{"_sum", labels, seconds})
	f.add(name, histogram, help, sample{"_count", labels, strconv.FormatUint(d.N, 10)})
}

// text writes the text format, version 0.0.4.
func (f *families) text() []byte {
	var b []byte
	for _, m := range f.list {
		if m.help != "" {
			b = append(b, "# HELP "+m.name+" "+escape(m.help, false)+"\n"...)
		}
		b = append(b, "# TYPE "+m.name+" "+m.kind+"\n"...)
		for _, s := range m.samples {
			b = append(b, m.name+s.suffix...)
			if s.labels != "" {
				b = append(b, "{"+s.labels+"}"...)
			}
			b = append(b, " "+s.value+"\n"...)
		}
	}
	return b
}

// label is name="value".
func label(name, value string) string {
	return name + `="` + escape(strings.ToValidUTF8(value, "?"), true) + `"`
}

func escape(text string, quotes bool) string {
	text = strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(text)
	if quotes {
		text = strings.ReplaceAll(text, `"`, `\"`)
	}
	return text
}

// nameOf makes a name of a text: what must not be in one becomes _. Labels may have no
// colon.
func nameOf(text string, colon bool) string {
	b := []byte(text)
	for i, c := range b {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == ':' && colon
		if !letter && !(c >= '0' && c <= '9' && i > 0) {
			b[i] = '_'
		}
	}
	return string(b)
}

// isName reports whether text is the name of a label.
func isName(text string) bool { return text != "" && nameOf(text, false) == text }
