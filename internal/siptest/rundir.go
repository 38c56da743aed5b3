package siptest

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/fastsips/fastsips/internal/dnstest"
	"github.com/fastsips/fastsips/internal/scenario"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// A Target is the proxy that a scenario plays against.
type Target interface {
	Address() string // host:port that requests are sent to
	// Wait waits for a line of the log from number from on, and returns it and the
	// number of the next.
	Wait(substr string, from int, within time.Duration) (line string, next int, err error)
	Log() []string
	Stop()
}

// A Starter starts a Target for "start FILE ARG…". In the configuration [NAME] is
// to be replaced by vars["NAME"], an actor's address.
type Starter func(tb testing.TB, config string, vars map[string]string, args []string) Target

// RunDir plays every scenario that the pattern names over real sockets, each as a
// subtest, but for those that are only for virtual time.
func RunDir(t *testing.T, pattern string, start Starter) {
	t.Helper()
	runDir(t, pattern, scenario.ModeReal, func(t *testing.T) scenario.World { return &realWorld{t, start} })
}

// RunDirVirtual plays them in virtual time against our proxy, but for those that
// are only for real sockets.
func RunDirVirtual(t *testing.T, pattern string) {
	t.Helper()
	runDir(t, pattern, scenario.ModeVirtual, func(t *testing.T) scenario.World { return newVirtualWorld(t) })
}

func runDir(t *testing.T, pattern, mode string, newWorld func(t *testing.T) scenario.World) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenario matches %s (%v)", pattern, err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		only, err := scenario.ModeOf(ar)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if only != "" && only != mode {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), func(t *testing.T) {
			t.Parallel()
			if err := scenario.Play(filepath.Base(file), ar, newWorld(t)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A realWorld has real sockets, and a proxy that a Starter starts.
type realWorld struct {
	tb      testing.TB
	starter Starter
}

func (w *realWorld) Listen() scenario.Socket { return endpointSocket{Listen(w.tb)} }
func (w *realWorld) Time() time.Time         { return time.Now() }
func (w *realWorld) Pass(d time.Duration)    { time.Sleep(d) } // the scenario asks for it, such as for a retransmission
func (w *realWorld) Exact() bool             { return false }

func (w *realWorld) Start(config string, vars map[string]string, args []string) (scenario.Target, error) {
	return startedTarget{w.starter(w.tb, config, vars, args)}, nil
}

// StartDNS starts a name server without a zone.
func (w *realWorld) StartDNS() scenario.NameServer { return nameServer{dnstest.Start(w.tb, "")} }

// FreePort is a port that nobody listens on.
func (w *realWorld) FreePort() int {
	port, err := sipprun.FreePort()
	if err != nil {
		return 9 // discard: hardly anybody has it
	}
	return port
}

type nameServer struct{ *dnstest.Server }

func (s nameServer) Address() string { return s.Addr().String() }

// A startedTarget reports to the test by itself.
type startedTarget struct{ Target }

func (t startedTarget) Stop() error {
	t.Target.Stop()
	return nil
}

// An endpointSocket is an Endpoint as scenarios use it.
type endpointSocket struct{ *Endpoint }

func (s endpointSocket) SendBytes(to string, b []byte) error { return s.send(to, b) }
