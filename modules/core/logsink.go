package core

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A logSink takes the lines of the loops apart and writes them where, and how, the
// configuration wants them. It runs on the goroutine that writes the log, and nothing else
// waits for that.
type logSink struct {
	logging
	special []LogLines
	stderr  io.Writer
	sys     sysLog
	pid     int
	last    logLine
	out     []byte
}

// A logLine is a line such as "Nov  3 07:29:05 [1234] INFO:core: text".
type logLine struct {
	stamp    string // "Nov  3 07:29:05"
	level    int
	facility int    // -1: that of all
	name     string // INFO
	text     []byte // INFO:core: text
}

// stampLen is the length of time.Stamp.
const stampLen = len("Jan _2 15:04:05")

// Write takes whole lines. One that does not begin with a time belongs to the line before.
func (s *logSink) Write(p []byte) (int, error) {
	s.out = s.out[:0]
	for line := range bytes.Lines(p) {
		if l, ok := readLine(bytes.TrimSuffix(line, []byte{'\n'})); ok {
			s.apart(&l)
			s.last = l
		} else {
			s.last.text = bytes.TrimSuffix(line, []byte{'\n'})
		}
		s.line(&s.last)
	}
	if len(s.out) > 0 {
		_, _ = s.stderr.Write(s.out)
	}
	return len(p), nil
}

func (s *logSink) line(l *logLine) {
	if s.logging.stderr.wants(l.level) {
		s.out = append(s.show(s.out, s.logging.stderr.format, l, true), '\n')
	}
	if s.syslog.wants(l.level) {
		at := len(s.out)
		facility := s.facility
		if l.facility >= 0 {
			facility = l.facility
		}
		s.out = strconv.AppendInt(append(s.out, '<'), int64(facility<<3|severity(l.level)), 10)
		s.out = append(append(append(s.out, '>'), l.stamp...), ' ')
		s.out = strconv.AppendInt(append(append(s.out, s.syslogName...), '['), int64(s.pid), 10)
		s.out = s.show(append(s.out, "]: "...), s.syslog.format, l, false)
		s.sys.send(s.out[at:])
		s.out = s.out[:at]
	}
}

// apart gives a line that has them a level and a facility of its own.
func (s *logSink) apart(l *logLine) {
	for _, x := range s.special {
		if !bytes.HasPrefix(l.text, []byte(x.Beginning)) {
			continue
		}
		l.level, l.facility = x.Level, x.Facility
		for _, known := range logLevels {
			if known.level == x.Level {
				l.name = known.name
			}
		}
	}
}

func (c *sinkSettings) wants(level int) bool { return c.on && (c.filter == 0 || level <= c.filter) }

// readLine takes one line apart; ok is false if it does not begin with a time.
func readLine(b []byte) (l logLine, ok bool) {
	if len(b) < stampLen+4 || b[stampLen] != ' ' || b[stampLen+1] != '[' || b[9] != ':' || b[12] != ':' {
		return l, false
	}
	_, text, ok := bytes.Cut(b, []byte("] "))
	l = logLine{stamp: string(b[:stampLen]), text: text, facility: -1}
	word, _, _ := bytes.Cut(text, []byte{':'})
	l.name = string(word)
	for _, known := range logLevels {
		if known.name == l.name {
			l.level = known.level
			return l, ok
		}
	}
	l.name, l.level = "NOTICE", 2
	return l, ok
}

var logLevels = []struct {
	name            string
	level, severity int
}{
	{"ALERT", -3, 1}, {"CRITICAL", -2, 2}, {"ERROR", -1, 3}, {"WARNING", 1, 4}, {"NOTICE", 2, 5}, {"INFO", 3, 6}, {"DBG", 4, 7},
}

// severity of syslog(3) for a level.
func severity(level int) int {
	for _, l := range logLevels {
		if level <= l.level {
			return l.severity
		}
	}
	return 7
}

// show appends a line in one of the formats.
func (s *logSink) show(dst []byte, format int, l *logLine, stamp bool) []byte {
	if format != plainText {
		return s.showJSON(dst, format, l)
	}
	if stamp {
		dst = append(append(dst, l.stamp...), " ["...)
		dst = append(strconv.AppendInt(dst, int64(s.pid), 10), "] "...)
	}
	if s.prefix != "" {
		dst = append(append(dst, s.prefix...), ':')
	}
	return append(dst, l.text...)
}

// showJSON appends a JSON document, in the second form that of the Common Event Expression.
func (s *logSink) showJSON(dst []byte, format int, l *logLine) []byte {
	at := len(dst)
	module, message := s.parts(l)
	pid := strconv.Itoa(s.pid)
	field := func(name, value string) { dst = appendString(append(appendString(dst, name), ": "...), value) }
	if format == jsonCEE {
		dst = append(dst, "@cee: {"...)
		field("time", l.stamp)
		dst = append(dst, `, "proc": {`...)
		field("id", pid)
		dst = append(dst, "}, "...)
		field("pri", l.name)
		dst = append(dst, ", "...)
		field("subsys", module)
		dst = append(dst, `, "native": {`...)
		field("log_prefix", s.prefix)
		dst = append(dst, "}, "...)
		dst = append(appendString(dst, "msg"), ": "...)
	} else {
		dst = append(dst, '{')
		field("time", l.stamp)
		dst = append(append(append(dst, ", \"pid\": "...), pid...), ", "...)
		field("level", l.name)
		dst = append(dst, ", "...)
		field("module", module)
		dst = append(dst, ", "...)
		field("prefix", s.prefix)
		dst = append(dst, ", "...)
		dst = append(appendString(dst, "message"), ": "...)
	}
	dst = appendString(dst, cut(message, min(s.messageSize, max(s.jsonSize-(len(dst)-at)-3, 0))))
	return append(dst, '}')
}

// parts takes the level and the module off a text; what a script writes has none.
func (s *logSink) parts(l *logLine) (module, message string) {
	text := strings.TrimPrefix(string(l.text), l.name+":")
	name, rest, ok := strings.Cut(text, ": ")
	if ok && name != "" && !strings.ContainsAny(name, " \"=") {
		return name, rest
	}
	return "script", text
}

// cut shortens a text to n bytes, and not within a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// appendString appends a JSON string; what is no UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, '\\', 'n')
		case r == '\t':
			dst = append(dst, '\\', 't')
		case r < ' ' || r == 0x7f:
			const hex = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}
