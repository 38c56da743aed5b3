package sipprun

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/procs"
)

//go:embed scenarios/*.xml
var scenarios embed.FS

// Scenarios are the SIPp scenarios by file name, such as "uac_call.xml".
func Scenarios() fs.FS {
	sub, err := fs.Sub(scenarios, "scenarios")
	if err != nil {
		panic("BUG: " + err.Error()) // the folder is embedded above
	}
	return sub
}

// A Scenario is one run of SIPp. Name and Dir are required, Remote too unless it
// only answers.
type Scenario struct {
	Name   string            // file name in [Scenarios], or a path with a slash to one of your own
	Remote string            // host:port that it sends to
	Local  string            // host:port to bind; empty: a free port of 127.0.0.1
	Keys   map[string]string // keywords of the scenario, for -key
	Fields []string          // lines of the injection file, used in turn, "a;b" for two fields; nil: "service"

	Rate  int           // calls per second; zero means 10
	Count int           // calls to make; zero: answer until [Sipp.Finish]
	Limit int           // calls at a time; zero means 10000
	Hold  time.Duration // what <pause/> takes
	Args  []string      // further options
	CPUs  []int         // processors; none: any

	T1     time.Duration // before the first retransmission: [t1] in the scenario; zero means 500 ms
	Linger time.Duration // how long a call is remembered after its end: [linger] in the scenario; zero means 500 ms

	Within time.Duration // SIPp gives up after this; zero means 60 s
	Dir    string        // for its files
}

// Stats is what SIPp counted.
type Stats struct {
	Created         int // calls begun
	Successful      int
	Failed          int
	Unexpected      int // calls that failed by an unexpected message, and messages for no call
	Timeouts        int // calls that failed since nothing came
	Connections     int // calls that failed since their connection did
	Retransmissions int
	Counted         [3]int        // the scenario's own counters
	Elapsed         time.Duration // of the whole run, to the second
	Setup           time.Duration // mean time from INVITE (or OPTIONS) to its final answer
	Errors          string        // what -trace_err wrote; empty in a clean run
}

// Clean returns an error unless exactly n calls were made and nothing whatever
// was wrong with them.
func (s Stats) Clean(n int) error {
	if s.Successful == n && s.Failed == 0 && s.Unexpected == 0 && s.Errors == "" {
		return nil
	}
	text := s.Errors
	if len(text) > 2000 {
		text = text[:2000] + "…"
	}
	return fmt.Errorf("%d of %d calls succeeded, %d failed, %d unexpected messages\n%s",
		s.Successful, n, s.Failed, s.Unexpected, text)
}

// A Sipp is a running SIPp.
type Sipp struct {
	Addr string // its own address

	sc   Scenario
	cmd  *exec.Cmd
	out  *Log
	dead chan struct{}
	err  error // of Wait; after dead
}

// Start starts SIPp and returns once its socket is bound.
func (sc Scenario) Start() (*Sipp, error) {
	sc.Within = or(sc.Within, time.Minute)
	if sc.Local == "" {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		sc.Local = "127.0.0.1:" + strconv.Itoa(port)
	}
	if err := os.MkdirAll(sc.Dir, 0o700); err != nil {
		return nil, err
	}
	args, err := sc.args()
	if err != nil {
		return nil, err
	}
	s := &Sipp{Addr: sc.Local, sc: sc, out: NewLog(), dead: make(chan struct{})}
	s.cmd = exec.Command("sipp", args...)
	s.cmd.Dir = sc.Dir
	s.cmd.Env = append(os.Environ(), "TERM=dumb")
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := procs.Start(s.cmd, sc.CPUs...); err != nil {
		return nil, fmt.Errorf("%w (Debian: apt-get install sip-tester)", err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.dead)
	}()
	if sc.Count > 0 {
		return s, nil // it may well be through before anybody has looked
	}
	_, port, _ := strings.Cut(sc.Local, ":")
	n, err := strconv.Atoi(port)
	if err == nil {
		err = awaitBound(s.cmd.Process.Pid, []int{n}, s.dead, 10*time.Second)
	}
	if err != nil {
		s.kill()
		return nil, fmt.Errorf("%w\n%s", err, s.out)
	}
	return s, nil
}

// Run starts the scenario and waits for its end.
func (sc Scenario) Run(ctx context.Context) (Stats, error) {
	s, err := sc.Start()
	if err != nil {
		return Stats{}, err
	}
	return s.Wait(ctx)
}

func (sc Scenario) args() ([]string, error) {
	file, err := sc.file()
	if err != nil {
		return nil, err
	}
	fields := sc.Fields
	if fields == nil {
		fields = []string{"service"}
	}
	inf := filepath.Join(sc.Dir, "fields.csv")
	if err := os.WriteFile(inf, []byte("SEQUENTIAL\n"+strings.Join(fields, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	host, port, ok := strings.Cut(sc.Local, ":")
	if !ok {
		return nil, fmt.Errorf("local address %q is not host:port", sc.Local)
	}
	args := []string{
		"-sf", file, "-inf", inf, "-i", host, "-p", port, "-bind_local", "-ci", host, "-nostdin",
		"-trace_stat", "-stf", sc.path("stat.csv"), "-fd", "1", "-trace_err", "-error_file", sc.path("errors.log"),
		"-l", strconv.Itoa(or1(sc.Limit, 10000)), "-d", strconv.FormatInt(sc.Hold.Milliseconds(), 10),
		"-buff_size", "4194304", "-timeout", strconv.Itoa(int(sc.Within.Seconds()+0.999)) + "s",
	}
	if sc.Count > 0 {
		args = append(args, "-r", strconv.Itoa(or1(sc.Rate, 10)), "-m", strconv.Itoa(sc.Count))
	}
	for name, value := range sc.Keys {
		args = append(args, "-key", name, value)
	}
	args = append(args, sc.Args...)
	if sc.Remote != "" {
		args = append(args, sc.Remote)
	}
	return args, nil
}

func or1(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

const defaultLinger = 500 * time.Millisecond

func (sc Scenario) path(name string) string { return filepath.Join(sc.Dir, name) }

// file is where SIPp finds the scenario.
func (sc Scenario) file() (string, error) {
	if strings.Contains(sc.Name, "/") {
		return sc.Name, nil
	}
	b, err := fs.ReadFile(Scenarios(), sc.Name)
	if err != nil {
		return "", err
	}
	b = replaceMillis(b, "[linger]", or(sc.Linger, defaultLinger))
	b = replaceMillis(b, "[t1]", or(sc.T1, 500*time.Millisecond))
	return sc.path(sc.Name), os.WriteFile(sc.path(sc.Name), b, 0o600)
}

// replaceMillis puts a time where SIPp takes no keyword.
func replaceMillis(b []byte, name string, d time.Duration) []byte {
	return bytes.ReplaceAll(b, []byte(name), strconv.AppendInt(nil, d.Milliseconds(), 10))
}

// Wait returns the statistics when SIPp has made its calls. When ctx ends before,
// or SIPp hangs past its own limit, it is stopped; in the latter case what it
// counted is returned beside the error.
func (s *Sipp) Wait(ctx context.Context) (Stats, error) {
	select {
	case <-s.dead:
	case <-ctx.Done():
		s.kill()
		return Stats{}, ctx.Err()
	case <-time.After(s.sc.Within + 10*time.Second):
		s.terminate()
		stats, err := s.stats()
		return stats, errors.Join(fmt.Errorf("sipp %s hung: %+v\n%s", s.sc.Name, stats, s.out), err)
	}
	return s.stats()
}

// Finish ends a SIPp that answers: it takes no new calls, finishes those it has,
// and is killed if that lasts too long.
func (s *Sipp) Finish() (Stats, error) {
	_ = s.cmd.Process.Signal(syscall.SIGUSR1) // it may have ended
	patience := or(s.sc.Linger, defaultLinger) + 5*time.Second
	var late error
	select {
	case <-s.dead:
	case <-time.After(patience):
		late = fmt.Errorf("sipp %s still had calls after %v", s.sc.Name, patience)
		s.terminate()
	}
	stats, err := s.stats()
	return stats, errors.Join(late, err)
}

// terminate ends SIPp at once, with statistics if possible.
func (s *Sipp) terminate() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-s.dead:
	case <-time.After(2 * time.Second):
		s.kill()
	}
}

func (s *Sipp) kill() {
	_ = s.cmd.Process.Kill() // it may have ended
	<-s.dead
}

// stats reads what SIPp left. Exit statuses 1 (a call failed) and 99 (no calls)
// show in the numbers; any other but 0 is an error.
func (s *Sipp) stats() (Stats, error) {
	var exit *exec.ExitError
	if s.err != nil && !(errors.As(s.err, &exit) && (exit.ExitCode() == 1 || exit.ExitCode() == 99)) {
		return Stats{}, fmt.Errorf("sipp %s: %w\n%s", s.sc.Name, s.err, s.out)
	}
	b, err := os.ReadFile(s.sc.path("stat.csv"))
	if err != nil {
		return Stats{}, fmt.Errorf("sipp %s: %w\n%s", s.sc.Name, err, s.out)
	}
	stats, err := parseStats(b)
	if err != nil {
		return Stats{}, fmt.Errorf("sipp %s: %w", s.sc.Name, err)
	}
	text, err := os.ReadFile(s.sc.path("errors.log"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // no error, no file
		return Stats{}, err
	}
	stats.Errors = string(text)
	return stats, nil
}
