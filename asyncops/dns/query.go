package dns

import (
	"crypto/rand"
	"encoding/binary"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fastsips/fastsips/asyncops"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/timer"
)

// A query is a question under way: attempt by attempt, each with a socket, a port and
// an ID of its own.
type query struct {
	s       *state
	e       *entry // nil: a probe, whose answer nobody needs
	name    string
	kind    uint16
	slot    uint32
	waiting asyncops.Queue[ask]

	order [maxServers]uint8 // the servers in the order in which they are asked
	epoch uint32            // of the servers that order means
	n     int               // how many of order count
	left  int               // attempts that may still be made
	made  int               // attempts made
	heard bool              // some server answered, if only that it cannot

	id    uint16
	edns  bool
	wrong int    // datagrams that were no answer
	msg   []byte // as sent; by TCP with its length before it
	tcp   bool
	sent  int    // by TCP: bytes of msg that have left
	in    []byte // by TCP: what has come
	watch *loop.Watch
	timer timer.Handle
}

// maxServers bounds Config.MaxServers.
const maxServers = 8

// maxWrong is after how many datagrams that are no answer TCP is taken: somebody
// is guessing (RFC 5452 §9.2 leaves what to do open).
const maxWrong = 16

const (
	defaultTimeout = time.Second
	defaultTries   = 2
)

// ask begins to ask for e; false if too many questions are under way. It may end at
// once, if no server can be sent to.
func (s *state) ask(l *loop.Loop, e *entry) bool {
	sys := s.current()
	q := s.newQuery(e.name, e.kind)
	if q == nil {
		return false
	}
	q.e, e.query = e, q
	s.stats.Questions.Inc()
	s.arrange(l, q)
	q.left = q.n * s.tries(sys)
	if s.allDown() {
		q.left = q.n
	}
	q.next(l)
	return true
}

func (s *state) tries(sys *system) int {
	switch {
	case s.r.cfg.Tries > 0:
		return s.r.cfg.Tries
	case sys.attempts > 0:
		return sys.attempts
	}
	return defaultTries
}

func (s *state) timeout() time.Duration {
	switch {
	case s.r.cfg.Timeout > 0:
		return s.r.cfg.Timeout
	case s.system.timeout > 0:
		return s.system.timeout
	}
	return defaultTimeout
}

// newQuery takes a slot; nil if all are in use.
func (s *state) newQuery(name string, kind uint16) *query {
	if s.closed || len(s.queries)-len(s.free) >= s.r.cfg.InFlight {
		return nil
	}
	q := new(query)
	if n := len(s.spare); n > 0 {
		q, s.spare = s.spare[n-1], s.spare[:n-1]
	}
	*q = query{s: s, name: name, kind: kind, epoch: s.epoch, edns: true, msg: q.msg[:0], in: q.in[:0]}
	if n := len(s.free); n > 0 {
		q.slot, s.free = s.free[n-1], s.free[:n-1]
		s.queries[q.slot] = q
	} else {
		q.slot = uint32(len(s.queries))
		s.queries = append(s.queries, q)
	}
	s.stats.InFlight.Add(1)
	return q
}

// arrange puts the servers that are taken to be down last, and probes those whose
// time has come.
func (s *state) arrange(l *loop.Loop, q *query) {
	for _, down := range [...]bool{false, true} {
		for i := range s.servers[:min(len(s.servers), maxServers)] {
			if s.servers[i].breaker.Open() == down {
				q.order[q.n] = uint8(i)
				q.n++
			}
		}
	}
	if s.allDown() {
		return // the question itself will tell
	}
	for i := range s.servers[:min(len(s.servers), maxServers)] {
		if b := &s.servers[i].breaker; b.Open() && b.Allow(l.Now()) {
			s.probe(l, q, uint8(i))
		}
	}
}

func (s *state) allDown() bool {
	for i := range s.servers {
		if !s.servers[i].breaker.Open() {
			return false
		}
	}
	return true
}

// probe asks one server the question of q, for nobody.
func (s *state) probe(l *loop.Loop, q *query, server uint8) {
	p := s.newQuery(q.name, q.kind)
	if p == nil {
		return
	}
	p.order[0], p.n, p.left = server, 1, 1
	s.stats.Probes.Inc()
	p.next(l)
}

// server returns the one that is being asked; nil if the servers have changed since.
func (q *query) server() *server {
	if q.epoch != q.s.epoch {
		return nil
	}
	return &q.s.servers[q.order[(q.made-1)%q.n]]
}

// next makes the next attempt, or gives up after the last.
func (q *query) next(l *loop.Loop) {
	for q.left > 0 && q.epoch == q.s.epoch {
		q.left--
		q.made++
		if q.attempt(l, q.server().addr, false) {
			return
		}
		q.server().breaker.Failure(l.Now())
	}
	q.finish(l, records{failed: true, silent: !q.heard}, -1)
}

// attempt sends the question to a server from a new socket.
func (q *query) attempt(l *loop.Loop, to loop.Addr, tcp bool) bool {
	q.hangUp(l)
	var id [2]byte
	_, _ = rand.Read(id[:]) // never fails
	q.id, q.tcp, q.wrong = binary.BigEndian.Uint16(id[:]), tcp, 0
	q.msg = q.msg[:0]
	if tcp {
		q.msg = append(q.msg, 0, 0)
	}
	var err error
	if q.msg, err = appendQuestion(q.msg, q.id, q.name, q.kind, q.edns); err != nil {
		return false
	}
	if tcp {
		binary.BigEndian.PutUint16(q.msg, uint16(len(q.msg)-2)) // RFC 1035 §4.2.2
	}
	if !q.open(l, to) {
		return false
	}
	q.s.stats.Attempts.Inc()
	q.timer = l.After(q.s.timeout(), q.s.r.kind, uint64(q.slot))
	return true
}

// failed takes an attempt that got no answer: the server is unreachable or silent.
func (q *query) failed(l *loop.Loop) {
	if srv := q.server(); srv != nil {
		srv.breaker.Failure(l.Now())
	}
	q.next(l)
}

// expire takes the timer of an attempt.
func (s *state) expire(l *loop.Loop, slot uint64) {
	q := s.queries[slot]
	q.timer = 0
	s.stats.Timeouts.Inc()
	q.failed(l)
}

// take reads b as the answer; false if it is none.
func (q *query) take(l *loop.Loop, b []byte) bool {
	var a reply
	if !a.parse(b, q.id, q.name, q.kind) {
		return false
	}
	srv := q.server()
	if srv == nil {
		q.next(l) // it gives up: other servers are in charge now
		return true
	}
	srv.breaker.Success()
	q.heard = true
	switch {
	case a.truncated && !q.tcp:
		q.s.stats.Truncated.Inc()
		q.again(l, srv, true)
	case a.answers() && !a.truncated:
		set, ttl := a.records(q.name, q.kind)
		q.finish(l, set, ttl)
	case q.edns && a.dislikesEDNS():
		q.edns = false
		q.again(l, srv, q.tcp)
	default:
		q.s.stats.ServerFails.Inc()
		q.next(l)
	}
	return true
}

// again asks the same server otherwise.
func (q *query) again(l *loop.Loop, srv *server, tcp bool) {
	if !q.attempt(l, srv.addr, tcp) {
		q.failed(l)
	}
}

// hangUp ends the attempt under way.
func (q *query) hangUp(l *loop.Loop) {
	if q.watch != nil {
		q.watch.Close(l)
		q.watch = nil
	}
	l.StopTimer(q.timer)
	q.timer = 0
}

// finish ends the question: its answer is remembered, and told to all who wait.
func (q *query) finish(l *loop.Loop, set records, ttl int64) {
	s := q.s
	q.hangUp(l)
	s.queries[q.slot] = nil
	s.free = append(s.free, q.slot)
	s.stats.InFlight.Add(-1)
	if e := q.e; e != nil {
		e.query = nil
		s.learn(l, e, set, ttl)
	}
	for q.waiting.Len() > 0 {
		a := q.waiting.Pop()
		a.query = nil
		a.who.answered(l)
	}
	if cap(q.in) > maxDatagram { // one long answer must not be remembered for ever
		q.in = nil
	}
	s.spare = append(s.spare, q)
}

// open makes the socket: connected, so that only that server's datagrams come in, and
// an ICMP error is seen at once. The kernel chooses the port, at random.
func (q *query) open(l *loop.Loop, to loop.Addr) bool {
	family, kind := unix.AF_INET, unix.SOCK_DGRAM
	if !to.Is4() {
		family = unix.AF_INET6
	}
	if q.tcp {
		kind = unix.SOCK_STREAM
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	if err = unix.Connect(fd, sockaddr(to)); err == nil || q.tcp && err == unix.EINPROGRESS {
		if err = nil; !q.tcp {
			_, err = unix.Write(fd, q.msg)
		}
	}
	if err == nil {
		on := loop.Readable
		if q.tcp {
			on, q.sent, q.in = on|loop.Writable, 0, q.in[:0]
		}
		q.watch, err = l.Watch(fd, on, q)
	}
	if err != nil {
		q.watch = nil
		_ = unix.Close(fd)
		return false
	}
	return true
}

func sockaddr(a loop.Addr) unix.Sockaddr {
	ap := a.AddrPort()
	if a.Is4() {
		return &unix.SockaddrInet4{Port: int(ap.Port()), Addr: ap.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(ap.Port()), Addr: ap.Addr().As16()}
}
