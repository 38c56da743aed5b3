package e2e

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/relay"
	"github.com/fastsips/fastsips/internal/testserver"
)

// Instead of the server another one answers, whose certificate the client domain does not
// trust: it is not spoken to. When the right one is back it is used again.
func testWrongCertificates(t *testing.T, w *faultWorld) {
	r := newFaultRig(t, w, secureSubjects())
	before := r.holding(t)
	wrong := fault{
		begin: func(_ *faultRig, t *testing.T, s *subject) { r.lead(t, s, impostor(t, s.name == "pg_tls")) },
		end:   func(_ *faultRig, t *testing.T, s *subject) { r.lead(t, s, s.target(w)) },
		codes: func(s *subject) []string { return slices.Concat(s.broken, s.refused, s.late) },
	}
	for _, s := range r.subjects {
		if s.name != "mysql_tls" { // an impostor would have to speak MySQL before TLS
			t.Run(s.name, func(t *testing.T) { r.cell(t, s, wrong) })
		}
	}
	r.nothingLeaked(t, before)
	checkLoops(t, r.proxy)
}

// lead has another server answer where that of s did.
func (r *faultRig) lead(t *testing.T, s *subject, target string) {
	t.Helper()
	at := r.relays[s.name].Addr()
	r.relays[s.name].Close()
	way, err := relay.Start(relay.Config{Listen: at, Target: target})
	if err != nil {
		t.Fatal(err)
	}
	r.t.Cleanup(way.Close)
	r.relays[s.name] = way
}

// impostor speaks TLS with a certificate of its own; before that it says that it does, if
// it is to be taken for PostgreSQL.
func impostor(t *testing.T, postgres bool) (addr string) {
	t.Helper()
	cert, key := testserver.Certificate(t)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	serve := func(c net.Conn) {
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(patience))
		if postgres {
			if _, err := io.ReadFull(c, make([]byte, 8)); err != nil {
				return
			}
			_, _ = c.Write([]byte("S"))
		}
		_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}}).Handshake() // fails, or the test does
	}
	all.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() { serve(c) })
		}
	})
	t.Cleanup(func() { ln.Close(); all.Wait() })
	return ln.Addr().String()
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
		codes: brokenCodes, // a name that is not there is -10 to REST
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
