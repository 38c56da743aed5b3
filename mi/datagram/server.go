package datagram

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/fastsips/fastsips/mi"
)

// Config says where a server listens. It is fixed once Listen is called.
type Config struct {
	Address  Address
	Mode     os.FileMode   // permissions of a UNIX socket
	UID, GID int           // its owner; -1: as created
	Patience time.Duration // how long a client may not take its answer
	// Serve answers one request; nil: no answer. Requests come one at a time. When
	// ctx is done it must be back.
	Serve func(ctx context.Context, request []byte) []byte
	Log   *slog.Logger
}

// Times and numbers that bound what a client can do.
const (
	commandTime  = 10 * time.Second      // of one request
	tryEvery     = 10 * time.Millisecond // to send to a client whose socket is full
	maxAnswering = 64                    // clients that have not taken their answers yet
)

// A Server answers until it is closed.
type Server struct {
	cfg    Config
	socket socket
	ctx    context.Context
	stop   context.CancelFunc
	free   chan struct{} // one element for each answer under way
	all    sync.WaitGroup
}

// A socket is one of both kinds.
type socket interface {
	// receive returns the next datagram's length and its sender; nil: it has no
	// address that an answer could go to.
	receive(b []byte) (int, sender, error)
	Close() error
}

// A sender is where a request came from. send does not wait: errFull says to try
// again.
type sender interface {
	send(b []byte) error
	String() string
}

var errFull = errors.New("its socket is full")

// Listen makes the socket. Nothing is read before Run.
func Listen(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, free: make(chan struct{}, maxAnswering)}
	var err error
	if cfg.Address.Network == "udp" {
		s.socket, err = listenUDP(cfg.Address.Name)
	} else {
		s.socket, err = listenUnix(&cfg)
	}
	if err != nil {
		return nil, err
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Run begins to serve, on a goroutine of its own.
func (s *Server) Run() { s.all.Go(s.run) }

// Close ends the server, and removes a UNIX socket.
func (s *Server) Close() error {
	s.stop()
	err := s.socket.Close()
	s.all.Wait()
	return err
}

func (s *Server) run() {
	buf := make([]byte, MaxSize+1)
	for {
		n, from, err := s.socket.receive(buf)
		switch {
		case s.ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		case err != nil: // an ICMP message that came of an answer, for example
			s.cfg.Log.Warn("mi_datagram: receiving failed", "error", err)
			select { // whatever it is, it must not keep a processor busy
			case <-time.After(tryEvery):
			case <-s.ctx.Done():
			}
		default:
			s.serve(buf[:n], from)
		}
	}
}

func (s *Server) serve(request []byte, from sender) {
	answer := s.answer(request)
	if answer == nil || from == nil {
		return
	}
	if err := from.send(answer); !errors.Is(err, errFull) {
		s.dropped(from, err)
		return
	}
	select {
	case s.free <- struct{}{}:
	default:
		s.cfg.Log.Warn("mi_datagram: too many clients do not take their answers; one was dropped", "client", from.String())
		return
	}
	s.all.Go(func() {
		defer func() { <-s.free }()
		s.dropped(from, s.send(answer, from))
	})
}

func (s *Server) dropped(from sender, err error) {
	if err != nil {
		s.cfg.Log.Warn("mi_datagram: an answer was not taken", "client", from.String(), "error", err)
	}
}

// answer serves one request. What does not fit a datagram becomes an error.
func (s *Server) answer(request []byte) []byte {
	if len(request) > MaxSize {
		return mi.Refuse(nil, fmt.Sprintf("a request may have %d bytes", MaxSize))
	}
	ctx, cancel := context.WithTimeout(s.ctx, commandTime)
	defer cancel()
	answer := s.cfg.Serve(ctx, request)
	if len(answer) > MaxSize {
		return mi.Refuse(request, fmt.Sprintf("the answer has %d bytes, a datagram %d at most: ask by mi_http or mi_fifo", len(answer), MaxSize))
	}
	return answer
}

// send waits for room in the client's socket.
func (s *Server) send(answer []byte, to sender) error {
	deadline := time.Now().Add(s.cfg.Patience)
	for {
		err := to.send(answer)
		if !errors.Is(err, errFull) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(tryEvery):
		case <-s.ctx.Done():
			return err
		}
	}
}
