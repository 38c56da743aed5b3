package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/relay"
)

// A server whose certificate is not of an authority that its client domain trusts is not
// spoken to; once the domain trusts it (tls_reload), it is used again.
func testWrongCertificates(t *testing.T, w *faultWorld) {
	r := newFaultRig(t, w, secureSubjects())
	before := r.holding(t)
	trust := func(t *testing.T, s *subject, pem []byte) {
		t.Helper()
		r.write(filepath.Join(r.pems, s.name+".pem"), pem)
		if answer, err := r.proxy.Manage("tls_reload"); err != nil {
			t.Fatalf("tls_reload: %s, %v", answer, err)
		}
		r.relays[s.name].Drop()
	}
	wrong := fault{
		begin: func(_ *faultRig, t *testing.T, s *subject) {
			others, _ := pgtest.Certificate(t)
			trust(t, s, others)
		},
		end:   func(_ *faultRig, t *testing.T, s *subject) { trust(t, s, w.certificate(t, s)) },
		codes: brokenCodes,
	}
	for _, s := range r.subjects {
		t.Run(s.name, func(t *testing.T) { r.cell(t, s, wrong) })
	}
	r.nothingLeaked(t, before)
	checkLoops(t, r.proxy)
}

// Names of backends come from the name server: one that is gone has no connections any
// more, and its return is noticed. A name server that is silent harms nobody whose
// backend was known.
func testNamesGone(t *testing.T, w *faultWorld) {
	const zone = "web.test 1 A 127.0.0.1\nredis.test 1 A 127.0.0.1\n"
	var named []*subject
	for _, s := range plainSubjects() {
		if s.name == "http" || s.name == "redis" {
			host := map[string]string{"http": "web.test", "redis": "redis.test"}[s.name]
			at := func(text string) string { return strings.ReplaceAll(text, "//RELAY", "//"+host+":PORT") }
			s.call, s.setup = at(s.call), at(s.setup)
			if s.name == "http" {
				s.label = ":PORT"
			}
		}
		named = append(named, s)
	}
	r := newFaultRig(t, w, named)
	r.zone(t, zone)
	before := r.holding(t)
	gone := fault{
		begin: func(_ *faultRig, t *testing.T, s *subject) {
			r.zone(t, "pg.test A 127.0.0.1\n")
			r.refuseKnown(t, s)
		},
		end:   func(_ *faultRig, t *testing.T, s *subject) { r.zone(t, zone) },
		codes: refusedCodes,
	}
	for _, s := range named {
		if s.name == "http" || s.name == "redis" {
			t.Run(s.name, func(t *testing.T) { r.cell(t, s, gone) })
		}
	}
	r.nothingLeaked(t, before)
	checkLoops(t, r.proxy)
}

func (r *faultRig) zone(t *testing.T, text string) {
	t.Helper()
	if err := r.dns.Zone(text); err != nil {
		t.Fatal(err)
	}
}

// refuseKnown ends connections until the name's old address has been forgotten: a
// second, which is how long it counts at least.
func (r *faultRig) refuseKnown(t *testing.T, s *subject) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		r.relays[s.name].Drop()
		if codes := outcomes(t, r.ask(s.name, 16)); codes["1"] == 0 {
			return
		}
	}
	t.Fatalf("%s is still asked under its old address", s.name)
}

// A restarted is a server that can be stopped and started again.
type restarted interface {
	Stop()
	Restart()
}

// The server's process ends and another one is started under the same address.
func testRestarts(t *testing.T, w *faultWorld) {
	r := newFaultRig(t, w, plainSubjects())
	before := r.holding(t)
	servers := map[string]restarted{"pg": w.pg, "mysql": w.my, "http": w.web, "redis": w.redis}
	restart := fault{
		begin: func(_ *faultRig, _ *testing.T, s *subject) { servers[s.name].Stop() },
		end: func(_ *faultRig, _ *testing.T, s *subject) {
			servers[s.name].Restart()
			if s.name == "redis" {
				w.redis.Do("SET", "key", theAnswer)
			}
		},
		codes: brokenCodes,
	}
	for _, s := range r.subjects {
		t.Run(s.name, func(t *testing.T) { r.cell(t, s, restart) })
	}
	t.Run("exec", func(t *testing.T) { r.hungProgram(t) })
	t.Run("byte by byte", func(t *testing.T) { r.piecemeal(t) })
	r.nothingLeaked(t, before)
	checkLoops(t, r.proxy)
}

// A program that hangs is killed at the deadline with its children; nothing of it stays,
// neither processes nor files, and other runs go on.
func (r *faultRig) hungProgram(t *testing.T) {
	calls, others := r.ask("exec_hung", 8), r.others(nil)
	if codes := outcomes(t, others); codes["1"] != len(others) {
		t.Errorf("other backends: %v", codes)
	}
	if codes := outcomes(t, calls); codes["-1"] != len(calls) {
		t.Errorf("$rc %v, want -1", codes)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); sleepers(r.proxy.PID()) > 0; <-tick.C {
		if time.Now().After(end) {
			t.Fatal("programs are left")
		}
	}
}

// sleepers counts the children of a process that are a shell or sleep.
func sleepers(pid int) (n int) {
	list, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, file := range list {
		b, _ := os.ReadFile(file) // of a thread that has ended meanwhile: nothing
		n += len(strings.Fields(string(b)))
	}
	return n
}

// An answer that comes byte by byte, but in time, is as good as any other.
func (r *faultRig) piecemeal(t *testing.T) {
	for _, s := range r.subjects {
		r.spoil(t, s, relay.Fault{Kind: relay.Drip, Every: time.Millisecond})
		for range 3 {
			if codes := outcomes(t, r.ask(s.name, 1)); codes["1"] != 1 {
				t.Errorf("%s, byte by byte: %v", s.name, codes)
			}
		}
		r.spoil(t, s, relay.Fault{})
	}
}
