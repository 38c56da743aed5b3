// Package prometheus is OpenSIPS's prometheus module: statistics in the text format that
// Prometheus asks for, under a root of httpd; and beyond OpenSIPS histograms of all that
// scripts wait for, by operation and backend.
package prometheus

import (
	"context"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/metrics"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/httpd"
	"github.com/fastsips/fastsips/proxy"
)

// How the group of a statistic is told, group_mode.
const (
	groupNowhere = iota
	groupInName
	groupInLabel
)

// A Module is one loaded prometheus.
type Module struct {
	root, prefix, delimiter string
	groupPrefix, groupLabel string
	groupMode               int
	wanted                  []string // names, "group:", "all"
	rules                   []rule

	stats *metrics.Stats
	group *loop.Group
	core  *proxy.Core
	ops   *asyncops.Set
}

// New returns the module.
func New() module.Module { return new(Module) }

var _ module.Starter = (*Module)(nil)

// Setup declares the parameters.
func (m *Module) Setup(e *module.Env) {
	e.Depends("to be asked", "httpd")
	p := &e.Params
	p.String(&m.root, "root", "metrics", "path, under httpd's address")
	p.String(&m.prefix, "prefix", "opensips", "what all names begin with")
	p.String(&m.delimiter, "delimiter", "_", "what is between the prefix, the group and the name")
	p.String(&m.groupPrefix, "group_prefix", "", "what the name of a group begins with")
	p.String(&m.groupLabel, "group_label", "group", "label of the group, with group_mode 2")
	p.IntRange(&m.groupMode, "group_mode", groupNowhere, groupNowhere, groupInLabel, "how the group of a statistic is told: 0 not at all, 1 in its name, 2 by a label")
	p.Func("statistics", "what is told: names, groups (core:) or all, with spaces; may be repeated. Of the group async: also the histograms", func(s string) error {
		m.wanted = append(m.wanted, strings.Fields(s)...)
		return nil
	})
	p.Func("labels", `makes labels of parts of names: group: /expression/name:label="value"/; may be repeated, the first that matches counts`, func(s string) error {
		r, err := parseRule(s)
		m.rules = append(m.rules, r)
		return err
	})
}

// Start registers the root.
func (m *Module) Start(e *module.Env) error {
	if !isName(m.groupLabel) {
		return errors.New("group_label is not the name of a label")
	}
	c := e.Shared.(*proxy.Core)
	m.stats, m.group, m.core, m.ops = e.Statistics(), c.Group, c, c.Ops
	if h, ok := e.Module("httpd").(*httpd.Module); ok { // tests of scripts do without it
		return h.Register(m.root, "prometheus", m.answer)
	}
	return nil
}

// textFormat is the Content-Type of the answer.
const textFormat = "text/plain; version=0.0.4; charset=utf-8"

func (m *Module) answer(_ context.Context, r *httpd.Request) httpd.Answer {
	switch {
	case r.Path != "":
		return httpd.Answer{Status: 404, Type: "text/plain", Body: []byte("Not Found\n")}
	case r.Method != "GET" && r.Method != "HEAD":
		return httpd.Answer{Status: 405, Type: "text/plain", Body: []byte("Method Not Allowed\n")}
	}
	return httpd.Answer{Type: textFormat, Body: m.collect().text()}
}

// collect reads all that is wanted.
func (m *Module) collect() *families {
	f := newFamilies()
	for _, name := range m.wanted {
		group, isGroup := strings.CutSuffix(name, ":")
		switch s := m.stats.Find(name); {
		case name == "all":
			m.addStats(f, m.stats.List())
			m.addAsync(f)
			m.addLoops(f)
			m.addSteering(f)
		case isGroup:
			m.addStats(f, m.stats.Group(group))
			if group == "async" {
				m.addAsync(f)
				m.addLoops(f)
				m.addSteering(f)
			}
		case s != nil:
			m.addStats(f, []*metrics.Stat{s})
		}
	}
	return f
}

func (m *Module) addStats(f *families, list []*metrics.Stat) {
	for _, s := range list {
		m.addStat(f, s)
	}
}

// addStat adds one. If its name is taken by one of another group, the group comes into
// the name.
func (m *Module) addStat(f *families, s *metrics.Stat) {
	kind := counter
	if s.Fixed {
		kind = gauge
	}
	local, labels := s.Name, ""
	for i := range m.rules {
		if r := &m.rules[i]; r.group == s.Group {
			if name, found, ok := r.apply(s.Name); ok {
				local, labels = name, found
				break
			}
		}
	}
	grouped := m.groupPrefix + s.Group
	if m.groupMode == groupInLabel {
		labels = join(labels, label(m.groupLabel, grouped))
	}
	long := m.name(grouped, local)
	if m.groupMode != groupInName && f.addInt(m.name(local), kind, s.Doc, labels, s.Value()) {
		return
	}
	f.addInt(long, kind, s.Doc, labels, s.Value())
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "," + b
}

// name puts parts together behind the prefix.
func (m *Module) name(parts ...string) string {
	if m.prefix != "" {
		parts = append([]string{m.prefix}, parts...)
	}
	return nameOf(strings.Join(parts, m.delimiter), true)
}

// addAsync adds what each backend has come to.
func (m *Module) addAsync(f *families) {
	for _, b := range m.ops.Backends() {
		u := b.Usage()
		labels := label("op", b.Op()) + "," + label("backend", b.Name())
		ended := func(outcome string, n uint64) {
			f.addInt(m.name("async_operations_total"), counter, "operations that have ended", labels+","+label("outcome", outcome), int64(n))
		}
		ended("completed", u.Completed)
		ended("failed", u.Failed)
		ended("timed_out", u.TimedOut)
		ended("abandoned", u.Abandoned)
		ended("overloaded", u.Overloaded)
		ended("unavailable", u.Unavailable)
		f.addInt(m.name("async_operations_in_flight"), gauge, "operations that have not ended", labels, int64(u.InFlight()))
		f.addInt(m.name("async_operations_queued"), gauge, "of those: waiting for a connection or a place", labels, u.Queued)
		f.addInt(m.name("async_breakers"), gauge, "loops to which the backend is known to be down", labels, u.Down)
		f.addInt(m.name("async_breaker_openings_total"), counter, "times that a loop found the backend to be down", labels, int64(u.Opened))
		f.addHistogram(m.name("async_operation_seconds"), "time from the beginning of an operation to its end", labels, &u.Latency)
	}
	late := m.ops.Lateness()
	f.addHistogram(m.name("async_deadline_lateness_seconds"), "time from the deadline of an operation to when its waiter was told", "", &late)
	beyond := m.ops.LatenessBeyondLag()
	f.addHistogram(m.name("async_deadline_lateness_beyond_lag_seconds"), "of that, since the loop came to its timers: see loop_lag_seconds", "", &beyond)
}

// addLoops adds the loops' counters.
func (m *Module) addLoops(f *families) {
	for i := range m.group.Len() {
		s := m.group.LoopStats(i)
		labels := label("loop", strconv.Itoa(i))
		v := reflect.ValueOf(s)
		for j := range v.NumField() {
			field := v.Type().Field(j).Name
			name, kind := "loop_"+metrics.FieldName(field)+"_total", counter
			if field == "StreamHeld" {
				name, kind = "loop_stream_held_bytes", gauge
			}
			f.addInt(m.name(name), kind, "see docs/operations.md", labels, int64(v.Field(j).Uint()))
		}
		if p := m.core.Proxy(); p != nil {
			f.addInt(m.name("loop_steered_total"), counter, "datagrams that came to their owner's socket", labels, int64(p.Transport().Counters(i).Steered.Load()))
		}
		lag := m.group.Lag(i)
		f.addHistogram(m.name("loop_lag_seconds"), "how much later than it was due the loop came to a timer", labels, &lag)
	}
}

// addSteering tells how the kernel chooses among the sockets of each UDP listener.
func (m *Module) addSteering(f *families) {
	p := m.core.Proxy()
	if p == nil {
		return
	}
	for _, ls := range p.Transport().Listeners() {
		if how, is := ls.Steering(); is {
			labels := label("socket", ls.String()) + "," + label("by", how.Active.String())
			f.addInt(m.name("steering"), gauge, "1: what has the kernel choose a socket by the Call-ID", labels, 1)
		}
	}
}
