// Package dnstest is a name server for tests, on a port of 127.0.0.1, UDP and TCP.
//
// It knows a zone, which is text: one record a line as in a master file, the TTL 60
// unless written, and lines that say how it is to behave (see [Server.Zone]). Of all
// other names it says that they do not exist. It counts what it is asked, can be held
// as one that does not answer, and takes a new zone at any time.
package dnstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// A Server is a name server.
type Server struct {
	udp  *net.UDPConn
	tcp  *net.TCPListener
	done sync.WaitGroup

	mu    sync.Mutex
	zone  *zone
	asked map[string]int // "a.test." and "A a.test."
	tcps  int
	gate  chan struct{} // answers leave when it is closed
	conns map[net.Conn]bool
	ended bool
}

// A zone is what a Server says.
type zone struct {
	records map[string][]dns.RR // by name
	soa     dns.RR              // of negative answers
	ways    map[string]way      // by name
}

// A way is how a name is answered.
type way struct {
	truncate, drop, noEDNS, wrongID, wrongName bool
	rcode                                      int
	delay                                      time.Duration
}

// Start starts a server, which ends with the test.
func Start(tb testing.TB, text string) *Server {
	tb.Helper()
	s := &Server{asked: map[string]int{}, gate: make(chan struct{}), conns: map[net.Conn]bool{}}
	close(s.gate)
	if err := s.Zone(text); err != nil {
		tb.Fatal(err)
	}
	if err := s.listen(); err != nil {
		tb.Fatal(err)
	}
	s.done.Go(s.serveUDP)
	s.done.Go(s.accept)
	tb.Cleanup(s.Close)
	return s
}

// listen finds a port that is free for both.
func (s *Server) listen() (err error) {
	for range 20 {
		if s.tcp, err = net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
			return err
		}
		if s.udp, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: int(s.Addr().Port())}); err == nil {
			return nil
		}
		s.tcp.Close()
	}
	return err
}

// Addr is where it listens.
func (s *Server) Addr() netip.AddrPort { return s.tcp.Addr().(*net.TCPAddr).AddrPort() }

// Close ends it: afterwards its port is unreachable.
func (s *Server) Close() {
	s.mu.Lock()
	s.ended = true
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.udp.Close()
	s.tcp.Close()
	s.done.Wait()
}

// Zone replaces what the server knows. Besides records, in full names (a final dot may
// be left out), there may be lines
//
//	!truncate NAME     UDP answers are cut short
//	!drop NAME         no answer
//	!servfail NAME     SERVFAIL; also !refused
//	!noedns NAME       FORMERR to a question with EDNS0
//	!wrongid NAME      an answer with another ID and address goes before the right one
//	!wrongname NAME    likewise with another question
//	!delay NAME 50ms
//
// where NAME may be * for all.
func (s *Server) Zone(text string) error {
	z := &zone{records: map[string][]dns.RR{}, ways: map[string]way{}}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if err := z.line(line); err != nil {
			return fmt.Errorf("dnstest: %s: %w", line, err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.zone = z
	return nil
}

func (z *zone) line(line string) error {
	if line[0] == '!' {
		return z.behave(strings.Fields(line[1:]))
	}
	rr, err := dns.NewRR("$TTL 60\n$ORIGIN .\n" + line)
	if err != nil {
		return err
	}
	name := strings.ToLower(rr.Header().Name)
	if rr.Header().Rrtype == dns.TypeSOA {
		z.soa = rr
	}
	z.records[name] = append(z.records[name], rr)
	return nil
}

func (z *zone) behave(w []string) (err error) {
	if len(w) < 2 {
		return errors.New("no name")
	}
	name := dns.Fqdn(strings.ToLower(w[1]))
	b := z.ways[name]
	switch w[0] {
	case "truncate":
		b.truncate = true
	case "drop":
		b.drop = true
	case "servfail":
		b.rcode = dns.RcodeServerFailure
	case "refused":
		b.rcode = dns.RcodeRefused
	case "noedns":
		b.noEDNS = true
	case "wrongid":
		b.wrongID = true
	case "wrongname":
		b.wrongName = true
	case "delay":
		b.delay, err = time.ParseDuration(w[len(w)-1])
	default:
		return errors.New("unknown behaviour")
	}
	z.ways[name] = b
	return err
}

// Asked returns how many times a name was asked for, or with a type before it
// ("SRV _sip._udp.a.test") how many times for that.
func (s *Server) Asked(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[dns.Fqdn(what)]
}

// AskedTCP returns how many questions came by TCP.
func (s *Server) AskedTCP() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tcps
}

// Hold keeps the answers back until release, or the end of the test.
func (s *Server) Hold(tb testing.TB) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	release = sync.OnceFunc(func() { close(gate) })
	tb.Cleanup(release)
	return release
}

func (s *Server) serveUDP() {
	b := make([]byte, 65536)
	for {
		n, from, err := s.udp.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // ECONNREFUSED of an earlier answer
		}
		question := append([]byte(nil), b[:n]...)
		s.done.Go(func() {
			for _, m := range s.answers(question, false) {
				_, _ = s.udp.WriteToUDPAddrPort(m, from) // who asked may be gone
			}
		})
	}
}

func (s *Server) accept() {
	for {
		c, err := s.tcp.AcceptTCP()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.ended {
			c.Close()
		}
		s.conns[c] = true
		s.mu.Unlock()
		s.done.Go(func() { s.serveTCP(c) })
	}
}

// serveTCP answers until the other side hangs up; RFC 1035 §4.2.2.
func (s *Server) serveTCP(c net.Conn) {
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		for _, m := range s.answers(question, true) {
			if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...)); err != nil {
				return
			}
		}
	}
}

// answers writes what is said to a question: the answer, perhaps after wrong ones.
func (s *Server) answers(question []byte, tcp bool) (out [][]byte) {
	var q dns.Msg
	if q.Unpack(question) != nil || len(q.Question) != 1 {
		return nil
	}
	z, w, gate := s.note(&q, tcp)
	<-gate
	if w.delay > 0 {
		<-time.After(w.delay) // a server that takes its time is what the test asks for
	}
	if w.drop {
		return nil
	}
	a := z.answer(&q)
	switch {
	case w.rcode != 0:
		a.Answer, a.Ns, a.Rcode = nil, nil, w.rcode
	case w.noEDNS && q.IsEdns0() != nil:
		a.Answer, a.Ns, a.Rcode = nil, nil, dns.RcodeFormatError
	case w.truncate && !tcp:
		a.Answer, a.Ns, a.Truncated = nil, nil, true
	}
	if w.wrongID {
		forged := a.Copy()
		forged.Id++
		out = append(out, pack(forged))
	}
	if w.wrongName {
		forged := a.Copy()
		forged.Question[0].Name = "other." + forged.Question[0].Name
		out = append(out, pack(forged))
	}
	return append(out, pack(a))
}

func pack(m *dns.Msg) []byte {
	m.Compress = true
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// note counts a question and returns how it is to be answered.
func (s *Server) note(q *dns.Msg, tcp bool) (*zone, way, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := strings.ToLower(q.Question[0].Name)
	s.asked[name]++
	s.asked[dns.TypeToString[q.Question[0].Qtype]+" "+name]++
	if tcp {
		s.tcps++
	}
	w, ok := s.zone.ways[name]
	if !ok {
		w = s.zone.ways["*."]
	}
	return s.zone, w, s.gate
}

// answer says what the zone has, with aliases followed.
func (z *zone) answer(q *dns.Msg) *dns.Msg {
	a := new(dns.Msg).SetReply(q)
	a.RecursionAvailable = true
	name, kind := strings.ToLower(q.Question[0].Name), q.Question[0].Qtype
	if z.records[name] == nil {
		a.Rcode = dns.RcodeNameError
	}
	for range 20 {
		next := ""
		for _, rr := range z.records[name] {
			switch c := rr.(type) {
			case *dns.CNAME:
				a.Answer, next = append(a.Answer, rr), strings.ToLower(c.Target)
			default:
				if rr.Header().Rrtype == kind {
					a.Answer = append(a.Answer, rr)
				}
			}
		}
		if next == "" {
			break
		}
		name = next
	}
	if len(a.Answer) == 0 && z.soa != nil {
		a.Ns = append(a.Ns, z.soa)
	}
	return a
}
