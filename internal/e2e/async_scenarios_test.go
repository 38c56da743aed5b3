package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

// What happens to a call while its script is suspended: each scenario is a
// promise to the users of async.
func TestAsyncScenarios(t *testing.T) { siptest.RunDir(t, "testdata/async/*.txt", with(nil)) }

// The same in virtual time.
func TestAsyncScenariosVirtually(t *testing.T) { siptest.RunDirVirtual(t, "testdata/async/*.txt") }

// The first park of a plain call sends no 100 at once; 200 ms later RFC 3261
// §17.2.1 demands one. An async statement sends it at once.
func TestTryingOfParkedCall(t *testing.T) {
	t.Parallel()
	p := start(t, `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "cfgutils.so"
loadmodule "signaling.so"
route {
	switch ($rU) {
	case "short":
		usleep(50000);
		break;
	case "long":
		usleep(700000);
		break;
	case "async":
		async(usleep(700000), answer);
	}
	route(answer);
}
route[answer] { send_reply(480, "Gone"); }
`, nil, "-n", "1")
	c := newCaller(t, p.Addr)
	calls := map[string]*call{}
	for _, user := range []string{"short", "long", "async"} {
		calls[user] = c.invite(user)
	}
	for user, k := range calls {
		if m := k.ended(patience); m == nil || m.Status() != 480 {
			t.Fatalf("%s: answered with %v", user, m)
		}
	}
	if k := calls["short"]; !k.trying.IsZero() && k.took() < 200*time.Millisecond {
		t.Errorf("short: a 100 after %v", k.trying.Sub(k.sent))
	}
	// The loop's clock ticks in milliseconds and may be one behind.
	if k := calls["long"]; k.trying.IsZero() || k.trying.Sub(k.sent) < 198*time.Millisecond {
		t.Errorf("long: a 100 after %v, want one after 200ms", k.trying.Sub(k.sent))
	}
	if calls["async"].trying.IsZero() {
		t.Error("async: no 100")
	}
}

// Without tm there is nothing that could keep a suspended request: async and
// launch are refused at the start, in words that say what is missing. The same
// script without them is fine.
func TestAsyncNeedsTM(t *testing.T) {
	t.Parallel()
	const script = `
socket=udp:127.0.0.1:5060
loadmodule "cfgutils.so"
route { CALL }
route[resumed] { exit; }
`
	for call, want := range map[string]string{
		`async(usleep(1), resumed);`:    "tm",
		`async(resumed) { usleep(1); }`: "tm",
		`launch(usleep(1), resumed);`:   "tm",
		`usleep(1);`:                    "",
	} {
		status, out := check(t, strings.Replace(script, "CALL", call, 1))
		switch {
		case want == "" && status != 0:
			t.Errorf("%s: exit status %d\n%s", call, status, out)
		case want != "" && (status != 255 || !strings.Contains(out, `loadmodule "tm.so"`) || !strings.Contains(out, ":4:9:")):
			t.Errorf("%s: exit status %d, want 255 and a diagnostic at 4:9 that names tm\n%s", call, status, out)
		}
		status, out = check(t, strings.Replace(script, "CALL", call, 1)+"loadmodule \"tm.so\"\n")
		if status != 0 {
			t.Errorf("%s with tm: exit status %d\n%s", call, status, out)
		}
	}
}

// check runs fastsips -c on a script.
func check(t *testing.T, script string) (status int, output string) {
	t.Helper()
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "fastsips.cfg")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(b.Path(), "-c", "-f", file).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		return exit.ExitCode(), string(out)
	case err != nil:
		t.Fatal(err)
	}
	return 0, string(out)
}

// SIGTERM while runs are suspended: they go on and end, what is new gets 503, and
// then the process ends by itself.
func TestDrainWaitsForSuspendedRuns(t *testing.T) {
	t.Parallel()
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: b.Path(), Dir: t.TempDir(), Config: `
log_level=3
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "cfgutils.so"
loadmodule "signaling.so"
route {
	if ($rm == "ACK")
		exit;
	xlog("begins\n");
	async(sleep(1), answer);
}
route[answer] { send_reply(480, "Gone"); }
`})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Stop() }() // it ends by itself, which Stop calls an error
	c := newCaller(t, p.Addr)
	early := c.invite("early")
	if _, _, err := p.Wait("NOTICE:begins", 0, patience); err != nil {
		t.Fatal(err)
	}
	if err := p.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for { // until the signal has been taken
		late := c.invite("late").ended(100 * time.Millisecond)
		if late != nil && late.Status() == 503 {
			break
		}
		if early.ended(0) != nil {
			t.Fatal("no call was refused while a run was suspended")
		}
	}
	if m := early.ended(patience); m == nil || m.Status() != 480 {
		t.Errorf("the suspended call was answered with %v", m)
	}
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Error("the proxy did not end")
	}
	if line, _, found := p.Find("CRITICAL", 0); found {
		t.Error(line)
	}
}

// What was launched holds up a stop as well, for drain_time.
func TestDrainWaitsForLaunched(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		drain string
		heard bool
	}{{"10", true}, {"0", false}} {
		b, err := sipprun.Build("./cmd/fastsips")
		if err != nil {
			t.Fatal(err)
		}
		p, err := sipprun.StartProxy(sipprun.ProxyConfig{Binary: b.Path(), Dir: t.TempDir(), Config: `
log_level=3
drain_time=` + c.drain + `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "cfgutils.so"
route {
	launch(sleep(2), ended);
	sl_send_reply(480, "Gone");
	xlog("begins\n");
}
route[ended] { xlog("ends $rc\n"); }
`})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = p.Stop() }() // it ends by itself, which Stop calls an error
		alice := siptest.Listen(t)
		alice.Send(p.Addr, request(alice, "OPTIONS", "sip:x@example.com", "launch"))
		if _, _, err := p.Wait("NOTICE:begins", 0, patience); err != nil {
			t.Fatal(err)
		}
		if err := p.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.Done():
		case <-time.After(patience):
			t.Fatal("the proxy did not end")
		}
		if _, _, found := p.Find("NOTICE:ends 1", 0); found != c.heard {
			t.Errorf("drain_time=%s: the report route ran: %v", c.drain, found)
		}
	}
}
