package sipprun

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func needSipp(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("sipp"); err != nil {
		t.Skip("needs sipp (Debian: apt-get install sip-tester)")
	}
}

// The two sides of a call understand each other without a proxy between them.
func TestCallsWithoutAProxy(t *testing.T) {
	needSipp(t)
	for _, pair := range []struct{ uac, uas string }{
		{"uac_call.xml", "uas_call.xml"},
		{"uac_options.xml", "uas_options.xml"},
		{"uac_cancel.xml", "uas_ring.xml"},
	} {
		port, err := FreePort()
		if err != nil {
			t.Fatal(err)
		}
		callee := fmt.Sprintf("127.0.0.1:%d", port)
		res, err := Calls(context.Background(), CallsConfig{
			Proxy: callee, Callee: callee, Rate: 100, Count: 20, Users: []string{"alice", "bob"},
			Hold: 10 * time.Millisecond, UAC: pair.uac, UAS: pair.uas, Dir: t.TempDir(),
		})
		if err != nil {
			t.Fatalf("%s: %v", pair.uac, err)
		}
		if err := res.Clean(); err != nil {
			t.Errorf("%s: %v", pair.uac, err)
		}
	}
}

// A scenario that meets something else than it expects is not clean.
func TestUnexpectedMessagesAreCounted(t *testing.T) {
	needSipp(t)
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	callee := fmt.Sprintf("127.0.0.1:%d", port)
	res, err := Calls(context.Background(), CallsConfig{
		Proxy: callee, Callee: callee, Rate: 100, Count: 3, UAC: "uac_503.xml", Dir: t.TempDir(),
	})
	if err != nil {
		t.Log(err) // the callee is left with calls that nobody ends
	}
	if res.UAC.Failed != 3 || res.UAC.Unexpected < 3 || res.UAC.Errors == "" {
		t.Errorf("180 where 503 is due: %+v", res.UAC)
	}
	if res.Clean() == nil {
		t.Error("Clean found nothing wrong")
	}
}

func TestParseStats(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "stat.csv"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseStats(b)
	if err != nil {
		t.Fatal(err)
	}
	want := Stats{Created: 400, Successful: 397, Failed: 3, Unexpected: 2 + 4 + 5, Timeouts: 1, Retransmissions: 6,
		Elapsed: 2 * time.Second, Setup: time.Millisecond}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, bad := range []string{"", "A;B\n", "TotalCallCreated\nx\n"} {
		if _, err := parseStats([]byte(bad)); err == nil {
			t.Errorf("parseStats(%q) found nothing wrong", bad)
		}
	}
}

func TestExpand(t *testing.T) {
	text, err := Expand(ProxyConfig{Dir: "/d", Vars: map[string]string{"bob": "127.0.0.1:9"},
		Config: "socket=udp:[proxy]\nsocket=udp:[proxy2]\n# [proxy] [dir]/x [bob] $(avp(x)[0])\n"}, freeAddress)
	if err != nil {
		t.Fatal(err)
	}
	addrs, ports, err := sockets(text)
	if err != nil || len(addrs) != 2 || ports[0] == ports[1] {
		t.Fatalf("sockets %v, %v of\n%s", addrs, err, text)
	}
	if want := fmt.Sprintf("# %s /d/x 127.0.0.1:9 $(avp(x)[0])\n", addrs[0]); !strings.HasSuffix(text, want) {
		t.Errorf("%q does not end in %q", text, want)
	}
	if _, _, err := sockets("route { exit; }"); err == nil {
		t.Error("a script without a socket is taken")
	}
}

func TestLog(t *testing.T) {
	l := NewLog()
	fmt.Fprint(l, "one\ntw")
	if _, _, ok := l.Find("tw", 0); ok {
		t.Error("an unfinished line was found")
	}
	go fmt.Fprint(l, "o\n")
	line, next, err := l.Wait("tw", 0, 10*time.Second)
	if line != "two" || next != 2 || err != nil {
		t.Errorf("%q, %d, %v", line, next, err)
	}
	if _, _, err := l.Wait("one", next, time.Millisecond); err == nil {
		t.Error("a line before the starting point was found")
	}
}

// The process under test here is this test binary itself, which holds the socket.
func TestAwaitBound(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := pc.LocalAddr().(*net.UDPAddr).Port
	if err := awaitBound(os.Getpid(), []int{port}, nil, 10*time.Second); err != nil {
		t.Error(err)
	}
	pc.Close()
	if err := awaitBound(os.Getpid(), []int{port}, nil, 5*pollEvery); err == nil {
		t.Error("a closed socket counts as bound")
	}
	dead := make(chan struct{})
	close(dead)
	if err := awaitBound(os.Getpid(), []int{port}, dead, time.Minute); err == nil {
		t.Error("the end of the process goes unnoticed")
	}
}
