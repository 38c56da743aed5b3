package siptest

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// The stand-in for a proxy is this test binary, started again with this variable.
// Its value says how it behaves.
const standIn = "SIPTEST_STAND_IN"

func TestMain(m *testing.M) {
	if how := os.Getenv(standIn); how != "" {
		os.Exit(beProxy(how))
	}
	os.Exit(m.Run())
}

// beProxy takes the options of fastsips, binds the sockets of the script and
// waits for SIGTERM.
func beProxy(how string) int {
	fs := flag.NewFlagSet("fastsips", flag.ExitOnError)
	file := fs.String("f", "", "")
	fs.Bool("F", false, "")
	loops := fs.Int("n", 0, "")
	fs.Parse(os.Args[1:])
	script, err := os.ReadFile(*file)
	if err != nil || how == "refuse" {
		fmt.Fprintln(os.Stderr, "CRITICAL: bad configuration")
		return 255
	}
	for _, m := range regexp.MustCompile(`socket=udp:(\S+)`).FindAllSubmatch(script, -1) {
		pc, err := net.ListenPacket("udp", string(m[1]))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer pc.Close()
	}
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, syscall.SIGTERM)
	fmt.Fprintf(os.Stderr, "loops %d\nready\n", *loops)
	switch how {
	case "panic":
		fmt.Fprintln(os.Stderr, "panic: BUG: oops")
	case "die":
		return 0
	case "drain":
		<-sig // the first one lets calls finish
	}
	<-sig
	fmt.Fprintln(os.Stderr, "bye")
	if how == "status" {
		return 3
	}
	return 0
}

func standInConfig(t *testing.T, how, text string, args ...string) sipprun.ProxyConfig {
	t.Helper()
	return sipprun.ProxyConfig{
		Binary: os.Args[0], Args: args, Config: text, Dir: t.TempDir(), StopWithin: 2 * time.Second,
		Env: []string{standIn + "=" + how, "GORACE=atexit_sleep_ms=0"}, // else the race detector ends with a second's sleep
	}
}

func TestStartProxy(t *testing.T) {
	t.Parallel()
	cfg := standInConfig(t, "normal", "socket=udp:[proxy]\nsocket=udp:[proxy2]\n", "-n", "3")
	p := StartProxyConfig(t, cfg)
	if len(p.Addrs) != 2 || p.Addr != p.Addrs[0] || p.Address() != p.Addr {
		t.Errorf("addresses %v, first %s", p.Addrs, p.Addr)
	}
	if pc, err := net.ListenPacket("udp", p.Addr); err == nil {
		pc.Close()
		t.Errorf("%s is not bound", p.Addr)
	}
	p.WaitLog("loops 3", patience)
	p.WaitLog("ready", patience)
	if cpu, err := p.CPU(); err != nil || cpu <= 0 {
		t.Errorf("CPU %v, %v", cpu, err)
	}
	p.Stop()
	if log := p.Log(); log[len(log)-1] != "bye" {
		t.Errorf("log %q: no orderly end", log)
	}
}

// How a process ends decides what Stop says.
func TestProxyThatEndsBadly(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]string{
		"normal": "",
		"drain":  "", // a second SIGTERM ends it
		"panic":  `logged "panic: BUG: oops"`,
		"status": "exit status 3",
		"die":    "ended by itself",
	} {
		run, err := sipprun.StartProxy(standInConfig(t, how, "socket=udp:[proxy]\n"))
		if how == "die" && err != nil {
			continue // it was quicker than the look at its sockets
		}
		if err != nil {
			t.Errorf("%s: %v", how, err)
			continue
		}
		if _, _, err := run.Wait("ready", 0, patience); err != nil {
			t.Errorf("%s: %v", how, err)
		}
		if how == "die" {
			<-run.Done()
		}
		err = run.Stop()
		if got := fmt.Sprint(err); err == nil && want != "" || err != nil && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: Stop said %v, want %q", how, err, want)
		}
	}
}

func TestProxyThatDoesNotStart(t *testing.T) {
	t.Parallel()
	_, err := sipprun.StartProxy(standInConfig(t, "refuse", "socket=udp:[proxy]\n"))
	if err == nil || !strings.Contains(err.Error(), "ended before it listened") || !strings.Contains(err.Error(), "bad configuration") {
		t.Errorf("error %v, want what happened and the log", err)
	}
}

// A proxy that is given no folder has a temporary one, which goes with it, also if it does not start.
func TestProxyWithoutFolder(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	for _, how := range []string{"normal", "refuse"} {
		cfg := standInConfig(t, how, "socket=udp:[proxy]\n")
		cfg.Dir = ""
		p, err := sipprun.StartProxy(cfg)
		if (err == nil) != (how == "normal") {
			t.Fatalf("%s: %v", how, err)
		}
		if err == nil {
			if _, err := os.Stat(p.Dir); err != nil || !strings.HasPrefix(p.Dir, tmp) {
				t.Errorf("its folder is %s: %v", p.Dir, err)
			}
			if err := p.Stop(); err != nil {
				t.Error(err)
			}
		}
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("%s: left over: %v, %v", how, left, err)
		}
	}
}
