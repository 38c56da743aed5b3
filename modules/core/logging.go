package core

import (
	"fmt"
	"io"
	"os"

	"github.com/fastsips/fastsips/module"
)

// Formats of log lines.
const (
	plainText = iota
	jsonText
	jsonCEE
)

var logFormats = []string{"plain_text", "json", "json_cee"}

// logging are the global parameters about where log lines go, and how they look.
type logging struct {
	prefix         string
	stderr, syslog sinkSettings
	jsonSize       int
	messageSize    int
	facility       int
	syslogName     string
	debugMode      bool
	forceColour    bool
}

// sinkSettings are the parameters of one place that lines go to.
type sinkSettings struct {
	on     bool
	filter int // of OpenSIPS's levels: more detailed lines are left out; 0: none is
	format int
}

func (g *logging) declare(p *module.Globals) {
	p.String(&g.prefix, "log_prefix", "", "text in front of every log line")
	p.Bool(&g.stderr.on, "stderror_enabled", true, "write the log to stderr")
	p.Bool(&g.syslog.on, "syslog_enabled", false, "write the log to the system's log, by /dev/log; what that has no room for is lost")
	p.Replaced("log_stderror", "it is stderror_enabled now; no also means syslog_enabled=yes", func(yes int) error {
		g.stderr.on, g.syslog.on = yes != 0, yes == 0
		return nil
	})
	p.IntRange(&g.stderr.filter, "stderror_level_filter", 0, -3, 4, "lines of a higher level do not go to stderr; 0: all do")
	p.IntRange(&g.syslog.filter, "syslog_level_filter", 0, -3, 4, "lines of a higher level do not go to the system's log; 0: all do")
	p.Choice(&g.stderr.format, "stderror_log_format", "how lines look on stderr", logFormats...)
	p.Choice(&g.syslog.format, "syslog_log_format", "how lines look in the system's log", logFormats...)
	p.IntRange(&g.jsonSize, "log_json_buf_size", 6144, 256, 1<<20, "bytes of a line in JSON; the message is cut to fit")
	p.IntRange(&g.messageSize, "log_msg_buf_size", 4096, 64, 1<<20, "bytes of the message in a line in JSON")
	g.facility, _ = module.LogFacility("LOG_DAEMON")
	p.Func("syslog_facility", "facility in the system's log, LOG_DAEMON if it is not set: LOG_LOCAL0 and so on", g.setFacility)
	p.Old("syslog_facility", "log_facility")
	p.String(&g.syslogName, "syslog_name", "", "name in the system's log; fastsips if it is not set")
	p.Old("syslog_name", "log_name")
	p.Bool(&g.forceColour, "xlog_force_color", false, "$C has its value also where the log does not go to stderr")
	p.Bool(&g.debugMode, "debug_mode", false, "log_level=4, stderror_enabled=1 and disable_core_dump=0, whatever else is set")
}

func (g *logging) setFacility(name string) error {
	n, ok := module.LogFacility(name)
	if !ok {
		return fmt.Errorf("%q is no facility of the system's log", name)
	}
	g.facility = n
	return nil
}

// LogWriter is what the loops' log lines are to be written to, given what stderr is: the
// parameters must have been set. It is for one goroutine. Lines with the beginning of one
// of special have its facility and level.
func (m *Module) LogWriter(stderr io.Writer, special ...LogLines) io.Writer {
	g := m.logging
	if g.debugMode {
		g.stderr.on = true
	}
	if g.stderr == (sinkSettings{on: true}) && !g.syslog.on && g.prefix == "" {
		return stderr
	}
	if g.syslogName == "" {
		g.syslogName = "fastsips"
	}
	return &logSink{logging: g, special: special, stderr: stderr, sys: sysLog{path: sysLogSocket}, pid: os.Getpid()}
}

// LogLines are lines with a facility and a level of their own: the module's that writes
// them.
type LogLines struct {
	Beginning string
	Facility  int // -1: that of other lines
	Level     int
}
