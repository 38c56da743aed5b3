package e2e

import (
	"bufio"
	"fmt"
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

// fastsips's log goes into a pipe that nobody reads for a while, and each call writes
// more than a line: no call waits for it. What does not fit is dropped and counted. When
// the reader is gone altogether, calls do not even notice.
func TestStalledLog(t *testing.T) {
	t.Parallel()
	stall := 5 * time.Second
	if deep() {
		stall = time.Minute
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	addr := fmt.Sprintf("127.0.0.1:%d", siptest.FreePort(t))
	pid := startWithLog(t, writer, `
socket=udp:`+addr+`
maxbuffer=4194304
loadmodule "tm.so"
route {
	xlog("`+strings.Repeat("a long line that fills the pipe ", 60)+`\n");
	t_relay();
	xlog("relayed $ci\n");
}
onreply_route { xlog("`+strings.Repeat("and another one ", 120)+`\n"); }
`)
	alice, bob := siptest.Listen(t), siptest.Listen(t)
	awaitProxy(t, alice, addr, bob)
	for i, end := 0, time.Now().Add(stall); time.Now().Before(end); i++ {
		id := fmt.Sprint("stall", i)
		alice.Send(addr, request(alice, "INVITE", "sip:bob@"+bob.Addr(), id))
		m := await(bob, "INVITE", id)
		answer(bob, m, 180)
		await(alice, "180", id)
		answer(bob, m, 200, "Contact: <sip:bob@"+bob.Addr()+">")
		await(alice, "200", id)
	}

	// The reader wakes up: the log goes on, and says how much is missing.
	if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	relayed := 0
	for s := bufio.NewScanner(reader); s.Scan(); {
		line := s.Text()
		if strings.Contains(line, "relayed ") {
			relayed++
		}
		if strings.Contains(line, "statistics net ") {
			if strings.Contains(line, "LogDrops:0}") || !strings.Contains(line, "Panics:0 ") {
				t.Errorf("%s: want dropped lines, or the pipe was never full, and no panic", line)
			}
			break
		}
	}
	if relayed == 0 {
		t.Error("no line of the script came through")
	}

	reader.Close() // and is gone for good
	for i := range 20 {
		id := fmt.Sprint("gone", i)
		alice.Send(addr, request(alice, "MESSAGE", "sip:bob@"+bob.Addr(), id))
		answer(bob, await(bob, "MESSAGE", id), 200)
		await(alice, "200", id)
	}
}

// startWithLog starts the program with its log going to w, which it closes here, and
// returns the process id.
func startWithLog(t *testing.T, w *os.File, config string) int {
	t.Helper()
	b, err := sipprun.Build("./cmd/fastsips")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "fastsips.cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(b.Path(), "-f", file)
	cmd.Stderr = w
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		for _, sig := range []os.Signal{syscall.SIGTERM, syscall.SIGTERM, os.Kill} {
			cmd.Process.Signal(sig)
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("the proxy ended with %v", err)
				}
				return
			case <-time.After(patience):
			}
		}
	})
	return cmd.Process.Pid
}

// awaitProxy sends a MESSAGE until it arrives: nothing else tells that the sockets of
// a foreign process are bound.
func awaitProxy(t *testing.T, e *siptest.Endpoint, proxy string, callee *siptest.Endpoint) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		e.Send(proxy, request(e, "MESSAGE", "sip:x@"+callee.Addr(), "up"))
		if m := callee.Next(100 * time.Millisecond); m != nil {
			answer(callee, m, 200)
			await(e, "200", "up")
			return
		}
	}
	t.Fatal("the proxy does not come up")
}
