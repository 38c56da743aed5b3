package fifo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Config says where a server listens. It is fixed once Listen is called.
type Config struct {
	Name     string      // of the FIFO
	Mode     os.FileMode // its permissions
	UID, GID int         // its owner; -1: as created
	ReplyDir string      // where clients make theirs
	// Serve answers the JSON of one request; nil: no answer. Requests come one at a
	// time. When ctx is done it must be back.
	Serve func(ctx context.Context, request []byte) []byte
	Log   *slog.Logger
}

// Times and numbers that bound what a client can do.
const (
	commandTime  = 10 * time.Second       // of one command
	openTime     = 3 * time.Second        // until a client has opened its FIFO
	openEvery    = 10 * time.Millisecond  // how often to look
	writeTime    = 5 * time.Second        // until it has read its answer
	fragmentTime = 2 * time.Second        // that an incomplete request may wait for its rest
	checkEvery   = 30 * time.Second       // is the FIFO still there?
	maxAnswering = 64                     // clients that have not read their answers yet
	closeTime    = 500 * time.Millisecond // for them, at the end
)

// A Server reads requests until it is closed.
type Server struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	free   chan struct{} // one element for each answer under way
	all    sync.WaitGroup

	mu     sync.Mutex
	file   *os.File
	closed bool
}

// Listen makes the FIFO. Nothing is read before Run.
func Listen(cfg Config) (*Server, error) {
	f, err := create(&cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, file: f, free: make(chan struct{}, maxAnswering)}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Run begins to serve, on a goroutine of its own.
func (s *Server) Run() { s.all.Go(s.run) }

// Close ends the server and removes its FIFO. Clients that do not read are left
// behind.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	err := errors.Join(s.removeOwn(), s.file.Close())
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		s.all.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(closeTime):
		s.cancel()
		<-done
	}
	s.cancel()
	return err
}

// removeOwn removes the FIFO, unless its name is another file's by now.
func (s *Server) removeOwn() error {
	if check(s.file, s.cfg.Name) != nil {
		return nil
	}
	return os.Remove(s.cfg.Name)
}

func (s *Server) run() {
	var buf []byte
	for {
		f := s.current()
		if f == nil {
			return
		}
		wait := checkEvery
		if len(buf) > 0 {
			wait = fragmentTime
		}
		f.SetReadDeadline(time.Now().Add(wait))
		chunk := make([]byte, 64<<10)
		n, err := f.Read(chunk)
		buf = append(buf, chunk[:n]...)
		switch {
		case err == nil:
			buf = s.take(buf)
		case !errors.Is(err, os.ErrDeadlineExceeded):
			s.reopen()
			buf = nil
		case len(buf) > 0:
			s.cfg.Log.Warn("mi_fifo: a request that is not complete was passed over", "bytes", len(buf))
			buf = nil
		default:
			if check(f, s.cfg.Name) != nil {
				s.reopen()
			}
		}
	}
}

// current returns the FIFO, nil once the server is closed.
func (s *Server) current() *os.File {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	return s.file
}

// reopen makes a new FIFO for one that somebody has removed. While that fails the old
// one, which nobody can open any more, stands for it.
func (s *Server) reopen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	f, err := create(&s.cfg)
	if err != nil {
		s.cfg.Log.Error("mi_fifo: the FIFO is gone and cannot be made again", "error", err)
		return
	}
	s.cfg.Log.Warn("mi_fifo: the FIFO was gone and is there again", "name", s.cfg.Name)
	s.file.Close()
	s.file = f
}

// take serves the requests that are complete and returns the rest.
func (s *Server) take(b []byte) []byte {
	for len(b) > 0 {
		r, rest, bad, more := next(b)
		switch {
		case r != nil:
			s.serve(r)
		case bad != nil:
			s.cfg.Log.Warn("mi_fifo: not understood, should be :reply_fifo:{json}", "text", fmt.Sprintf("%.60q", bad))
		case more && len(rest) > maxRequest:
			s.cfg.Log.Warn("mi_fifo: a request that is too long was passed over", "bytes", len(rest))
			return nil
		case more:
			return rest
		}
		b = rest
	}
	return nil
}

func (s *Server) serve(r *request) {
	if r.reply != "" && !goodName(r.reply) {
		s.cfg.Log.Warn("mi_fifo: no name for a reply FIFO", "name", r.reply)
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, commandTime)
	defer cancel()
	answer := s.cfg.Serve(ctx, r.json)
	if answer == nil || r.reply == "" {
		return
	}
	select {
	case s.free <- struct{}{}:
	default:
		s.cfg.Log.Warn("mi_fifo: too many clients do not read their answers; one was dropped", "reply", r.reply)
		return
	}
	s.all.Go(func() {
		defer func() { <-s.free }()
		if err := s.answer(filepath.Join(s.cfg.ReplyDir, r.reply), answer); err != nil {
			s.cfg.Log.Warn("mi_fifo: an answer was not taken", "reply", r.reply, "error", err)
		}
	})
}

// answer writes to a client's FIFO, once it reads.
func (s *Server) answer(name string, text []byte) error {
	deadline := time.Now().Add(openTime)
	for {
		f, err := openReply(name)
		if err == nil {
			defer f.Close()
			return s.write(f, text)
		}
		if !errors.Is(err, unix.ENXIO) || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(openEvery):
		case <-s.ctx.Done():
			return err
		}
	}
}

func (s *Server) write(f *os.File, text []byte) error {
	f.SetWriteDeadline(time.Now().Add(writeTime))
	stop := context.AfterFunc(s.ctx, func() { f.SetWriteDeadline(time.Now()) })
	defer stop()
	_, err := f.Write(append(text, '\n'))
	return err
}
