package acc

import (
	"strconv"

	"github.com/fastsips/fastsips/loop"
)

// How the lines of each kind begin.
var beginnings = [...]string{
	answeredRecord: "ACC: transaction answered: ",
	missedRecord:   "ACC: call missed: ",
	requestRecord:  "ACC: request accounted: ",
	endedRecord:    "ACC: call ended: ",
}

// logLine writes a line of the log, as OpenSIPS words it.
func (m *Module) logLine(l *loop.Loop, r *record) {
	if m.logLevel > m.core.Proxy().LogLevel() {
		return
	}
	s := m.scratch.On(l)
	b := append(s.line[:0], beginnings[r.kind]...)
	if r.kind == endedRecord {
		b = number(b, "created=", r.created)
		b = number(b, ";call_start_time=", r.at)
		b = number(b, ";duration=", r.duration)
		b = number(b, ";ms_duration=", r.milliseconds)
		b = number(b, ";setuptime=", r.setup)
	} else {
		b = number(b, "timestamp=", r.at)
		if r.cdr {
			b = number(b, ";created=", r.created)
			b = number(b, ";setuptime=", r.setup)
		}
	}
	b = text(b, "method", r.method)
	b = text(b, "from_tag", r.fromTag)
	b = text(b, "to_tag", r.toTag)
	b = text(b, "call_id", r.callID)
	b = text(b, "code", r.codeText())
	b = text(b, "reason", r.reason)
	if r.a != nil {
		for _, f := range m.extra.log {
			b = text(b, f.name, r.a.extra[f.tag].text)
		}
		for _, leg := range r.a.legs[:r.a.nlegs] {
			for _, f := range m.leg.log {
				b = text(b, f.name, leg[f.tag].text)
			}
		}
	}
	s.line = append(b, '\n')
	l.Log(m.logLevel, s.line)
}

func number(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(append(b, name...), n, 10)
}

// text appends a value. What could end the line, and begin another of somebody's own making,
// becomes a space.
func text(b []byte, name string, value []byte) []byte {
	b = append(append(append(b, ';'), name...), '=')
	at := len(b)
	b = append(b, value...)
	for i, c := range b[at:] {
		if c < ' ' {
			b[at+i] = ' '
		}
	}
	return b
}
