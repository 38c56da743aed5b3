package sipprun

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// parseStats reads the last line of a file that SIPp's -trace_stat wrote: names in
// the first line, fields parted by semicolons, cumulative ones marked (C).
func parseStats(b []byte) (Stats, error) {
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = ';', -1, true
	rows, err := r.ReadAll()
	if err != nil {
		return Stats{}, err
	}
	if len(rows) < 2 {
		return Stats{}, fmt.Errorf("statistics of %d lines", len(rows))
	}
	t := statTable{names: rows[0], values: rows[len(rows)-1]}
	s := Stats{
		Created:         t.count("TotalCallCreated"),
		Successful:      t.count("SuccessfulCall(C)"),
		Failed:          t.count("FailedCall(C)"),
		Unexpected:      t.count("FailedUnexpectedMessage(C)") + t.count("OutOfCallMsgs(C)") + t.count("DeadCallMsgs(C)"),
		Timeouts:        t.count("FailedMaxUDPRetrans(C)") + t.count("FailedTimeoutOnRecv(C)"),
		Retransmissions: t.count("Retransmissions(C)"),
		Connections:     t.count("FailedTcpConnect(C)") + t.count("FailedTcpClosed(C)") + t.count("FailedCannotSendMessage(C)"),
		Elapsed:         t.duration("ElapsedTime(C)"),
	}
	for i := range s.Counted {
		if name := fmt.Sprintf("GenericCounter%d(C)", i+1); slices.Contains(t.names, name) {
			s.Counted[i] = t.count(name)
		}
	}
	if slices.Contains(t.names, "ResponseTimesetup(C)") {
		s.Setup = t.duration("ResponseTimesetup(C)")
	}
	return s, t.err
}

// A statTable is one line of statistics; its first error sticks.
type statTable struct {
	names, values []string
	err           error
}

func (t *statTable) field(name string) string {
	i := slices.Index(t.names, name)
	if i < 0 || i >= len(t.values) {
		if t.err == nil {
			t.err = fmt.Errorf("statistics without %s", name)
		}
		return "0"
	}
	return t.values[i]
}

func (t *statTable) count(name string) int {
	n, err := strconv.Atoi(t.field(name))
	if err != nil && t.err == nil {
		t.err = fmt.Errorf("%s: %w", name, err)
	}
	return n
}

// duration reads hh:mm:ss or hh:mm:ss:µs.
func (t *statTable) duration(name string) time.Duration {
	var d time.Duration
	units := []time.Duration{time.Hour, time.Minute, time.Second, time.Microsecond}
	for i, part := range strings.Split(t.field(name), ":") {
		n, err := strconv.Atoi(part)
		if (err != nil || i >= len(units)) && t.err == nil {
			t.err = fmt.Errorf("%s: not a time: %q", name, t.field(name))
		}
		if i < len(units) {
			d += time.Duration(n) * units[i]
		}
	}
	return d
}
