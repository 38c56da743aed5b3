package core

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/script/syntax"
)

// core loads a configuration of global parameters alone.
func coreOf(t *testing.T, text string) *Module {
	t.Helper()
	var d syntax.Diags
	m := New()
	module.Load(syntax.Parse("t.cfg", []byte(text+"\nroute { exit; }"), nil, &d), nil, m, nil, &d)
	if d.Errors() > 0 {
		t.Fatal(d.List)
	}
	return m
}

const someLines = "Nov  3 07:29:05 [1234] ERROR:core: bad\nNov  3 07:29:06 [1234] INFO:script: two\nlines\n"

// Without parameters the lines go to stderr as they are.
func TestPlainLog(t *testing.T) {
	var out bytes.Buffer
	if w := coreOf(t, "").LogWriter(&out); w != &out {
		t.Errorf("there is a %T between", w)
	}
	w := coreOf(t, "stderror_enabled=no").LogWriter(&out)
	if w.Write([]byte(someLines)); out.Len() > 0 {
		t.Errorf("written: %s", &out)
	}
}

// A line that does not begin with a time belongs to the one before.
func TestLogFilterAndPrefix(t *testing.T) {
	var out bytes.Buffer
	w := coreOf(t, "log_prefix=\"a\"").LogWriter(&out)
	w.(*logSink).pid = 1234
	w.Write([]byte(someLines))
	if want := "Nov  3 07:29:05 [1234] a:ERROR:core: bad\nNov  3 07:29:06 [1234] a:INFO:script: two\nNov  3 07:29:06 [1234] a:lines\n"; out.String() != want {
		t.Errorf("got\n%s", &out)
	}
	out.Reset()
	coreOf(t, "stderror_level_filter=1").LogWriter(&out).Write([]byte(someLines))
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "bad") {
		t.Errorf("got\n%s", got)
	}
}

// Whatever a message holds, a line in JSON is a document.
func TestLogJSON(t *testing.T) {
	var out bytes.Buffer
	w := coreOf(t, "stderror_log_format=\"json\"").LogWriter(&out)
	text := "Nov  3 07:29:05 [1234] NOTICE:a \"b\" \\ \x01\x7f\xff\t€\n"
	w.Write([]byte(text))
	var doc struct{ Time, Level, Module, Message string }
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err, out.String())
	}
	if doc.Time != "Nov  3 07:29:05" || doc.Level != "NOTICE" || doc.Module != "script" || doc.Message != "a \"b\" \\ \x01\x7f\ufffd\t€" {
		t.Errorf("%+v", doc)
	}
}

// A system log gets datagrams with facility, severity and name; one that is not there
// costs nothing, and is found again.
func TestSysLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	var out bytes.Buffer
	w := coreOf(t, "stderror_enabled=no\nsyslog_enabled=yes\nsyslog_facility=LOG_LOCAL3\nsyslog_name=\"edge\"\nsyslog_level_filter=2\nlog_prefix=\"p\"").LogWriter(&out).(*logSink)
	w.pid, w.sys.path = 1234, path
	w.Write([]byte(someLines))
	if w.sys.lost != 1 {
		t.Errorf("%d lines lost", w.sys.lost)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w.sys.tried = time.Time{}
	w.Write([]byte(someLines))
	b := make([]byte, 1000)
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := conn.Read(b)
	if want := "<155>Nov  3 07:29:05 edge[1234]: p:ERROR:core: bad"; err != nil || string(b[:n]) != want {
		t.Errorf("got %q, %v", b[:n], err)
	}
	for range 700 { // nobody reads: what does not fit is lost, and nothing waits
		w.sys.send(b[:n])
	}
	if w.sys.lost == 1 {
		t.Error("nothing was lost")
	}
	if out.Len() > 0 {
		t.Errorf("on stderr: %s", &out)
	}
	_ = os.Remove(path)
}

// syslog_log_format and syslog_level_filter are for the system's log alone, and a process
// without syslog_name is fastsips there.
func TestSysLogFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var out bytes.Buffer
	w := coreOf(t, "syslog_enabled=yes\nsyslog_log_format=\"json\"\nsyslog_level_filter=2").LogWriter(&out).(*logSink)
	w.pid, w.sys.path = 1234, path
	w.Write([]byte("Nov  3 07:29:06 [1234] INFO:script: two\nNov  3 07:29:05 [1234] ERROR:core: bad\n"))
	b := make([]byte, 1000)
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, err := conn.Read(b)
	if got := string(b[:n]); err != nil || !strings.HasPrefix(got, "<27>Nov  3 07:29:05 fastsips[1234]: {\"time\": ") || !strings.HasSuffix(got, "\"message\": \"bad\"}") {
		t.Errorf("got %s, %v", got, err)
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || strings.Contains(got, "{") {
		t.Errorf("on stderr %s", got)
	}
}

// log_stderror=no of old: to the system's log instead of stderr.
func TestLogStderror(t *testing.T) {
	m := coreOf(t, "log_stderror=no")
	if m.stderr.on || !m.syslog.on {
		t.Error(m.logging)
	}
	if m = coreOf(t, "log_stderror=yes"); !m.stderr.on || m.syslog.on {
		t.Error(m.logging)
	}
}

// Lines with the beginning that a module has named have its facility and level: acc's
// log_facility and log_level.
func TestLinesApart(t *testing.T) {
	apart := LogLines{Beginning: "ACC: ", Facility: 17, Level: 3} // LOG_LOCAL1, INFO
	s := coreOf(t, "syslog_enabled=yes\nstderror_log_format=\"json\"").LogWriter(new(bytes.Buffer), apart).(*logSink)
	s.sys.path = filepath.Join(t.TempDir(), "log")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: s.sys.path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s.Write([]byte("Nov  3 07:29:05 [1234] ACC: call missed: x\nNov  3 07:29:06 [1234] ERROR:core: bad\n"))
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	for _, want := range []string{"<142>", "<27>"} { // 17*8+6, 3*8+3
		b := make([]byte, 1024)
		n, err := c.Read(b)
		if err != nil || !strings.HasPrefix(string(b[:n]), want) {
			t.Errorf("got %q, %v; want %s", b[:n], err, want)
		}
	}
	if got := s.stderr.(*bytes.Buffer).String(); !strings.Contains(got, `"level": "INFO", "module": "ACC"`) {
		t.Errorf("got %s", got)
	}
}
