package core

import (
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/module"
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script/syntax"
	"github.com/fastsips/fastsips/transport"
)

// started is what the global parameters make of the settings.
func started(t *testing.T, text string) *proxy.Settings {
	t.Helper()
	var d syntax.Diags
	group, err := loop.NewVirtual(loop.Config{Loops: 1}, func(_, _ loop.Addr, _ []byte) {})
	if err != nil {
		t.Fatal(err)
	}
	shared := &proxy.Core{Settings: proxy.DefaultSettings(), Group: group.Group(), Ops: asyncops.NewSet(group.Group(), time.Second)}
	l := module.Load(syntax.Parse("t.cfg", []byte(text+"\nroute { exit; }"), nil, &d), nil, New(), shared, &d)
	if d.Errors() > 0 {
		t.Fatal(d.List)
	}
	if err := l.Start(); err != nil {
		t.Fatal(err)
	}
	return &shared.Settings
}

func TestPacketSettings(t *testing.T) {
	if ip := started(t, "").IP; ip.TOS != 0x10 || !ip.NoMulticastLoop || ip.HasMulticastTTL {
		t.Errorf("by default %+v", ip)
	}
	if ip := started(t, "tos=IPTOS_RELIABILITY\nmcast_ttl=0\nmcast_loopback=yes").IP; ip.TOS != 4 || ip.NoMulticastLoop || !ip.HasMulticastTTL || ip.MulticastTTL != 0 {
		t.Errorf("%+v", ip)
	}
	s := started(t, "socket=udp:127.0.0.1:5060 tos 0x20 frag\nsocket=udp:127.0.0.1:5062 TOS IPTOS_MINCOST\nsocket=udp:127.0.0.1:5064")
	if a := s.Listeners; a[0].TOS != 32 || !a[0].Frag || a[1].TOS != 2 || a[1].Frag || a[2].TOS != 0 {
		t.Errorf("%+v", a)
	}
}

// port= of OpenSIPS 1.x is that of sockets without one.
func TestOldPort(t *testing.T) {
	s := started(t, "port=5070\nlisten=udp:127.0.0.1\nlisten=udp:127.0.0.1:5090")
	if a, b := s.Listeners[0].Binds[0].Port(), s.Listeners[1].Binds[0].Port(); a != 5070 || b != 5090 {
		t.Errorf("ports %d and %d", a, b)
	}
}

// What can be known when the configuration is read is told with its place.
func TestBadSockets(t *testing.T) {
	for text, want := range map[string]string{
		"socket=tls:127.0.0.1:5061":                  "there is no protocol tls yet",
		"socket=udp:127.0.0.1:5061 tos many":         "tos must be",
		"socket=udp:127.0.0.1:5061 use_wokers 2":     "did you mean use_workers?",
		"server_header=\"My proxy\"":                 "name of the header is missing",
		"server_header=\"Server: a\nVia: b\"":        "must be one line",
		"syslog_facility=LOG_LOCAL9":                 "no facility",
		"socket=udp:127.0.0.1:5061 use_workers 0":    "use_workers must be from 1 to 1024",
		"socket=udp:127.0.0.1:5061 use_workers many": "use_workers must be from 1 to 1024",
		"loops=1025":                               "must be from 0 to 1024",
		"udp_workers=0":                            "must be from 1 to 1024",
		"udp_workers=4 use_scaling_profile P":      "use_auto_scaling_profile and a name",
		"udp_workers=x use_auto_scaling_profile P": "must be a number",
		"cpu_affinity=\"a\"":                       "no list of processors",
		"cpu_affinity=\"\"":                        "must name a CPU",
		"tos=300":                                  "must be a number from 0 to 255",
		"tos=IPTOS_X":                              "must be a number from 0 to 255 or IPTOS_LOWDELAY",
		"stderror_log_format=\"xml\"":              "must be plain_text or json or json_cee",
		"port=0":                                   "must be from 1",
	} {
		var d syntax.Diags
		module.Load(syntax.Parse("t.cfg", []byte(text+"\nroute { exit; }"), nil, &d), nil, New(), nil, &d)
		found := false
		for _, g := range d.List {
			found = found || g.Severity == syntax.Error && g.Line == 1 && strings.Contains(g.Msg+g.Hint, want)
		}
		if !found {
			t.Errorf("%s: %+v", text, d.List)
		}
	}
}

// workdir, open_files_limit and disable_core_dump act on the process: on one of its own
// here.
func TestProcessLimits(t *testing.T) {
	dir := os.Getenv("FASTSIPS_TEST_DIR")
	if dir == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestProcessLimits$")
		cmd.Env = append(os.Environ(), "FASTSIPS_TEST_DIR="+t.TempDir())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	low := unix.Rlimit{Cur: 64, Max: 200}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	started(t, "workdir=\""+dir+"\"\nopen_files_limit=128\ndisable_core_dump=yes")
	var files, core unix.Rlimit
	unix.Getrlimit(unix.RLIMIT_NOFILE, &files)
	unix.Getrlimit(unix.RLIMIT_CORE, &core)
	if wd, _ := os.Getwd(); wd != dir || files.Cur != 128 || core.Cur != 0 {
		t.Errorf("in %s with %d files and %d bytes of core", wd, files.Cur, core.Cur)
	}
}

// What no call can show reaches those who act on it: sockets, the resolver, databases.
func TestParametersAreHandedOver(t *testing.T) {
	for text, of := range map[string]func(s *proxy.Settings) bool{
		"maxbuffer=70000":               func(s *proxy.Settings) bool { return s.RecvBuf == 70000 },
		"tcp_socket_backlog=33":         func(s *proxy.Settings) bool { return s.TCP.Backlog == 33 },
		"tcp_keepalive=0":               func(s *proxy.Settings) bool { return !s.TCP.KeepAlive },
		"tcp_keepcount=3":               func(s *proxy.Settings) bool { return s.TCP.KeepCount == 3 },
		"tcp_keepidle=30":               func(s *proxy.Settings) bool { return s.TCP.KeepIdle == 30 },
		"tcp_keepinterval=10":           func(s *proxy.Settings) bool { return s.TCP.KeepInterval == 10 },
		"tcp_max_msg_time=9":            func(s *proxy.Settings) bool { return s.TCP.Limits.Message == 9*time.Second },
		"tcp_connect_timeout=7":         func(s *proxy.Settings) bool { return s.TCP.Limits.Connect == 7*time.Millisecond },
		"dns_try_ipv6=yes":              func(s *proxy.Settings) bool { return s.TryIPv6 },
		"dns_retr_time=4":               func(s *proxy.Settings) bool { return s.DNS.Timeout == 4*time.Second },
		"dns_retr_no=5":                 func(s *proxy.Settings) bool { return s.DNS.Tries == 5 },
		"dns_servers_no=1":              func(s *proxy.Settings) bool { return s.DNS.MaxServers == 1 },
		"dns_use_search_list=0":         func(s *proxy.Settings) bool { return s.DNS.NoSearch },
		"db_max_async_connections=3":    func(s *proxy.Settings) bool { return s.DBConns == 3 },
		"db_default_url=\"sqlite://x\"": func(s *proxy.Settings) bool { return s.DefaultDB == "sqlite://x" },
	} {
		if of(started(t, "")) || !of(started(t, text)) {
			t.Errorf("%s makes no difference", text)
		}
	}
}

// auto_aliases: the names that the system has for the sockets' addresses are ours.
func TestAutoAliases(t *testing.T) {
	names, _ := net.LookupAddr("127.0.0.1")
	if len(names) == 0 {
		t.Skip("127.0.0.1 has no name here")
	}
	const socket = "socket=udp:127.0.0.1:5060\n"
	if a := started(t, socket).Aliases; len(a) > 0 {
		t.Errorf("without auto_aliases: %+v", a)
	}
	a := started(t, socket+"auto_aliases=yes").Aliases
	want := transport.Alias{Host: strings.TrimSuffix(names[0], "."), Port: 5060, Proto: transport.UDP}
	if !slices.Contains(a, want) {
		t.Errorf("%+v lacks %+v", a, want)
	}
}
