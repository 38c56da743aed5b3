package e2e

import (
	"bytes"
	"net"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/siptest"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/modules/all"
	"github.com/fastsips/fastsips/modules/core"
	"github.com/fastsips/fastsips/modules/sl"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/script/syntax"
)

// blockModule has block(): a function that does what none may, it blocks its loop.
type blockModule struct{ release chan struct{} }

func (m *blockModule) Setup(e *module.Env) {
	e.Funcs = []*script.Func{script.Func0("block", "", script.All, m.block)}
}

func (m *blockModule) block(*script.Ctx) script.Ret {
	<-m.release
	return 1
}

// A logBuffer is a log that can be read meanwhile.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Write(p)
	select {
	case b.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

// await waits for a line that rx matches.
func (b *logBuffer) await(t *testing.T, rx string) {
	t.Helper()
	for end := time.After(patience); ; {
		b.mu.Lock()
		text := b.text.String()
		b.mu.Unlock()
		if regexp.MustCompile(rx).MatchString(text) {
			return
		}
		select {
		case <-b.more:
		case <-end:
			t.Fatalf("nothing like %s in the log:\n%s", rx, text)
		}
	}
}

// A loop that is held up is named, with the route, the line and the function, and what of
// the program it is in; an event is raised on another loop; it is counted; and the log
// says when the loop goes on. Other loops work meanwhile.
func TestWatchdogNamesTheCulprit(t *testing.T) {
	var d syntax.Diags
	port := strconv.Itoa(siptest.FreePort(t))
	text := `socket=udp:127.0.0.1:` + port + `
loop_stall_threshold=30
loadmodule "sl.so"
loadmodule "block.so"
route { route(slow); }
route[slow] {
	if ($rU == "block")
		block();
	sl_send_reply(200, "OK");
}
event_route[E_CORE_LOOP_STALL] { xlog("raised: $param(script) in $param(function)\n"); }
`
	block := &blockModule{release: make(chan struct{})}
	c := &proxy.Core{Settings: proxy.DefaultSettings()}
	loaded := module.Load(syntax.Parse("w.cfg", []byte(text), os.ReadFile, &d),
		module.Catalogue{"sl": sl.New, "block": func() module.Module { return block }}, core.New(), c, &d)
	if d.Errors() > 0 {
		d.Render(os.Stderr)
		t.Fatal("the script does not load")
	}
	log := &logBuffer{more: make(chan struct{}, 1)}
	g, err := loop.New(loop.Config{Loops: 2, LogWriter: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Stop)
	t.Cleanup(func() { loaded.Close() })
	p, err := all.Start(c, g, loaded)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	if err := loaded.Open(); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("udp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte("OPTIONS sip:block@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKw\r\nMax-Forwards: 70\r\n" +
		"From: <sip:a@example.com>;tag=a\r\nTo: <sip:b@example.com>\r\nCall-ID: w\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"))
	const where = `block\(\) in route\[slow\] at w\.cfg:8`
	log.await(t, `loop is stalled.*loop=\d.*`+where+`.*internal/e2e\.\(\*blockModule\)\.block`)
	log.await(t, `raised: `+where+` in internal/e2e\.\(\*blockModule\)\.block`)
	if n, _ := c.Stalls(); n != 1 {
		t.Errorf("%d stalls counted, want 1", n)
	}
	close(block.release)
	log.await(t, `loop moves again.*stalled_ms=\d+`)
}
