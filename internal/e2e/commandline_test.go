package e2e

import (
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// taggedScript logs what a preprocessor makes of STAMP.
const taggedScript = `
socket=udp:[proxy]
loadmodule "sl.so"
route {
	$avp(old) = "STAMP";
	xlog("VERSION stamp=[$avp(old)]\n");
	sl_send_reply(200, "OK");
}
`

// A reload reads the file "in the manner of the start": it goes through the command of -p,
// and with --strict what only earlier versions write so is refused.
func TestReloadReadsAsTheStart(t *testing.T) {
	version := func(name string) string { return strings.ReplaceAll(taggedScript, "VERSION", name) }
	old := strings.ReplaceAll(version("third"), "$avp(old)", "$avp(s:old)")
	strict := siptest.StartProxy(t, version("first"), "-p", "sed s/STAMP/filtered/", "--strict")
	sendOptions(t, strict.Address(), "first")
	strict.WaitLog("first stamp=[filtered]", time.Minute)
	if err := strict.Reload(version("second")); err != nil {
		t.Fatal(err)
	}
	sendOptions(t, strict.Address(), "second")
	strict.WaitLog("second stamp=[filtered]", time.Minute)
	if err := strict.Reload(old); err == nil || !strings.Contains(err.Error(), "s:old") {
		t.Errorf("with --strict: %v", err)
	}

	lax := siptest.StartProxy(t, version("first"))
	if err := lax.Reload(old); err != nil {
		t.Errorf("without --strict: %v", err)
	}
	sendOptions(t, lax.Address(), "third")
	lax.WaitLog("third stamp=[STAMP]", time.Minute)
}

// sendOptions sends a request and returns the socket that its responses come to.
func sendOptions(t *testing.T, to, callID string) net.Conn {
	t.Helper()
	c, err := net.Dial("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	at := c.LocalAddr().String()
	if _, err := c.Write([]byte("OPTIONS sip:" + to + " SIP/2.0\r\nVia: SIP/2.0/UDP " + at + ";branch=z9hG4bK" + callID + "\r\nMax-Forwards: 70\r\n" +
		"From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: " + callID + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	return c
}

const slowScript = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "cfgutils.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
route {
	xlog("waits\n");
	sleep(1);
	t_reply(200, "OK");
}
`

// fastsips mi kill: "End fastsips as SIGTERM does: what is under way is finished", the
// command gets its answer, and the status is 0.
func TestKillByManagement(t *testing.T) {
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: b.Path(), Dir: t.TempDir(), Config: slowScript})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Signal(syscall.SIGKILL)
	c := sendOptions(t, p.Addr, "kill")
	if _, _, err := p.Wait("waits", 0, time.Minute); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(b.Path(), "mi", "-fifo", filepath.Join(p.Dir, "mi"), "-reply-dir", p.Dir, "kill").CombinedOutput()
	if string(out) != "\"OK\"\n" || err != nil {
		t.Errorf("%s, %v", out, err)
	}
	select {
	case <-p.Done():
	case <-time.After(time.Minute):
		t.Fatal("the proxy goes on")
	}
	if err := p.Stop(); err == nil || !strings.Contains(err.Error(), "ended by itself: exit status 0") {
		t.Error(err)
	}
	c.SetReadDeadline(time.Now().Add(time.Minute))
	reply := make([]byte, 2000)
	for text := ""; !strings.HasPrefix(text, "SIP/2.0 200 "); {
		n, err := c.Read(reply)
		if err != nil {
			t.Fatalf("the request was not answered: %v", err)
		}
		text = string(reply[:n])
	}
}
