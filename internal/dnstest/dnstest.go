// Package dnstest answers DNS questions in memory, for tests.
//
// A Server knows some names and says of all others that they do not exist. It is
// reached through its Resolver only: no socket, no port. It can be held, as a name
// server that does not answer.
package dnstest

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// A Server is a name server.
type Server struct {
	hosts map[string][]netip.Addr
	mu    sync.Mutex
	asked map[string]int
	gate  chan struct{} // answers leave when it is closed
}

// New returns a Server that knows hosts: names without a final dot, in lower case,
// and their addresses.
func New(hosts map[string][]string) *Server {
	s := &Server{hosts: map[string][]netip.Addr{}, asked: map[string]int{}, gate: make(chan struct{})}
	for name, addrs := range hosts {
		for _, a := range addrs {
			s.hosts[name] = append(s.hosts[name], netip.MustParseAddr(a))
		}
	}
	close(s.gate)
	return s
}

// Resolver asks s, and /etc/hosts before.
func (s *Server) Resolver() *net.Resolver { return &net.Resolver{PreferGo: true, Dial: s.dial} }

// Asked returns how many times the addresses of a name were asked for.
func (s *Server) Asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[name]
}

// Hold keeps the answers back until release, or the end of the test.
func (s *Server) Hold(t testing.TB) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	gate := make(chan struct{})
	s.gate = gate
	release = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(release)
	return release
}

// dial is net.Resolver's Dial. It speaks DNS over a stream, since net.Pipe is no
// net.PacketConn.
func (s *Server) dial(context.Context, string, string) (net.Conn, error) {
	theirs, ours := net.Pipe()
	go s.serve(ours)
	return theirs, nil
}

// serve answers until the other side hangs up; RFC 1035 §4.2.2.
func (s *Server) serve(c net.Conn) {
	defer c.Close()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		answer, gate := s.answer(question)
		<-gate
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// The types of records that are asked for; RFC 1035 §3.2.2, RFC 3596 §2.1.
const (
	typeA    = 1
	typeAAAA = 28
)

// answer writes the response to a message with one question; RFC 1035 §4.1.
func (s *Server) answer(b []byte) (resp []byte, gate <-chan struct{}) {
	name, end := readName(b)
	kind := binary.BigEndian.Uint16(b[end:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if kind == typeA {
		s.asked[name]++
	}
	addrs, known := s.hosts[name]
	flags := uint16(0x8180) // a response, recursion desired and available
	if !known {
		flags |= 3 // NXDOMAIN
	}
	var records []byte
	n := uint16(0)
	for _, a := range addrs {
		if a.Is4() == (kind == typeA) && (kind == typeA || kind == typeAAAA) {
			records = appendRecord(records, kind, a.AsSlice())
			n++
		}
	}
	resp = append(resp, b[:2]...) // the ID
	for _, v := range []uint16{flags, 1, n, 0, 0} {
		resp = binary.BigEndian.AppendUint16(resp, v)
	}
	resp = append(resp, b[12:end+4]...) // the question
	return append(resp, records...), s.gate
}

// readName reads the question's name; end is where its type stands.
func readName(b []byte) (name string, end int) {
	var labels []string
	end = 12
	for b[end] != 0 {
		next := end + 1 + int(b[end])
		labels = append(labels, string(b[end+1:next]))
		end = next
	}
	return strings.ToLower(strings.Join(labels, ".")), end + 1
}

// appendRecord appends an address of the question's name, class IN, TTL 60 s.
func appendRecord(dst []byte, kind uint16, addr []byte) []byte {
	dst = append(dst, 0xc0, 12) // a pointer to the name
	dst = binary.BigEndian.AppendUint16(dst, kind)
	dst = append(dst, 0, 1, 0, 0, 0, 60)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(addr)))
	return append(dst, addr...)
}
