package siptest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A stream is the TCP side of an [Endpoint]: a listener on the port of its UDP socket,
// and connections, those that came and those that it made. What comes by any of them
// is kept with the datagrams.
type stream struct {
	e      *Endpoint
	ln     net.Listener
	pongs  chan struct{} // CRLF that came alone
	closed chan struct{} // connections that the peer has closed

	mu    sync.Mutex
	conns map[string]net.Conn // by the peer's address
	done  sync.WaitGroup
}

// UseTCP has e speak TCP from now on, on the port that it has.
func (e *Endpoint) UseTCP() {
	e.tb.Helper()
	ln, err := listenOn(e.tcp)
	if err != nil {
		e.tb.Fatal(err)
	}
	s := &stream{e: e, ln: ln, pongs: make(chan struct{}, inbox), closed: make(chan struct{}, inbox), conns: map[string]net.Conn{}}
	e.stream = s
	e.tcp.Close() // the listener has a copy of its own
	s.done.Add(1)
	go s.accept()
	e.tb.Cleanup(func() {
		s.stopListening()
		s.closeAll(false)
		s.done.Wait()
	})
}

// streamOf returns the TCP side of an actor's socket; nil if it speaks UDP.
func (a *actor) streamOf() *stream {
	if e, ok := a.socket.(*Endpoint); ok {
		return e.stream
	}
	return nil
}

// transport is what the actor's Via says.
func (a *actor) transport() string {
	if a.streamOf() != nil {
		return "TCP"
	}
	return "UDP"
}

// contact is the actor's URI.
func (a *actor) contact() string {
	uri := "sip:" + a.name + "@" + a.Addr()
	if a.streamOf() != nil {
		uri += ";transport=tcp"
	}
	return uri
}

func (s *stream) accept() {
	defer s.done.Done()
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.add(c)
	}
}

func (s *stream) add(c net.Conn) {
	s.mu.Lock()
	s.conns[c.RemoteAddr().String()] = c
	s.mu.Unlock()
	s.done.Add(1)
	go s.read(c)
}

// read cuts a connection into messages.
func (s *stream) read(c net.Conn) {
	defer s.done.Done()
	from := netip.MustParseAddrPort(c.RemoteAddr().String())
	r := bufio.NewReaderSize(c, 1<<16)
	for {
		b, err := readMessage(r)
		if err != nil {
			break
		}
		if len(b) == 2 {
			s.pongs <- struct{}{}
			continue
		}
		s.e.in <- parseMessage(b, from)
	}
	s.mu.Lock()
	ours := s.conns[from.String()] != c // it was us who closed
	if !ours {
		delete(s.conns, from.String())
	}
	s.mu.Unlock()
	c.Close()
	if !ours {
		s.closed <- struct{}{}
	}
}

// readMessage reads one message, or an empty line.
func readMessage(r *bufio.Reader) ([]byte, error) {
	var b []byte
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return nil, err
		}
		b = append(b, line...)
		if len(b) == 2 {
			return b, nil
		}
		if bytes.HasSuffix(b, []byte("\r\n\r\n")) {
			break
		}
	}
	n, err := strconv.Atoi(rawValue(b, "Content-Length"))
	if err != nil {
		return nil, fmt.Errorf("no Content-Length over TCP:\n%s", b)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	return append(b, body...), nil
}

// send writes b to a peer, on the connection to it or on a new one.
func (s *stream) send(to string, b []byte) error {
	s.mu.Lock()
	c := s.conns[to]
	s.mu.Unlock()
	if c == nil {
		var err error
		if c, err = net.DialTimeout("tcp", to, patience); err != nil {
			return err
		}
		s.add(c)
	}
	_ = c.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.Write(b)
	return err
}

func (s *stream) stopListening() { s.ln.Close() }

// closeAll closes the connections, in order or with a reset.
func (s *stream) closeAll(reset bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for to, c := range s.conns {
		delete(s.conns, to)
		if reset {
			_ = c.(*net.TCPConn).SetLinger(0)
		}
		c.Close()
	}
}

func (s *stream) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// streamVerbs are the steps of actors that speak TCP.
func streamVerbs() map[string]verb {
	return map[string]verb{
		"tcp":         {true, 1, (*scene).doTCP},
		"close":       {true, 1, (*scene).doClose},
		"deaf":        {true, 1, (*scene).doDeaf},
		"raw":         {true, 2, (*scene).doRaw},
		"pong":        {true, 1, (*scene).doPong},
		"nopong":      {true, 1, (*scene).doNoPong},
		"closed":      {true, 1, (*scene).doClosed},
		"connections": {true, 2, (*scene).doConnections},
	}
}

func (s *scene) doTCP(args []string) error {
	e, ok := s.actors[args[0]].socket.(*Endpoint)
	if !ok {
		return errors.New("TCP needs real sockets: say # mode: real")
	}
	e.UseTCP()
	return nil
}

// stream returns the TCP side of an actor.
func (s *scene) stream(name string) (*stream, error) {
	if st := s.actors[name].streamOf(); st != nil {
		return st, nil
	}
	return nil, fmt.Errorf("%s does not speak TCP: say tcp %s", name, name)
}

// doClose closes an actor's connections; "reset" does so with a RST.
func (s *scene) doClose(args []string) error {
	st, err := s.stream(args[0])
	if err == nil {
		st.closeAll(len(args) > 1 && args[1] == "reset")
	}
	return err
}

// doDeaf has an actor take no more connections.
func (s *scene) doDeaf(args []string) error {
	st, err := s.stream(args[0])
	if err == nil {
		st.stopListening()
	}
	return err
}

// doRaw sends bytes as they are: a file's, its line ends made CRLF, or text in which
// \r and \n stand for the characters.
func (s *scene) doRaw(args []string) error {
	a := s.actors[args[0]]
	if message, ok := s.files[args[1]]; ok {
		a.SendBytes(a.proxy, []byte(strings.ReplaceAll(s.expand(a, message), "\n", "\r\n")))
		return nil
	}
	a.SendBytes(a.proxy, []byte(strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(strings.Join(args[1:], " "))))
	return nil
}

func (s *scene) doPong(args []string) error {
	st, err := s.stream(args[0])
	if err != nil {
		return err
	}
	return s.await(st.pongs, "no CRLF came")
}

// doNoPong checks that no CRLF has come that no step asked for.
func (s *scene) doNoPong(args []string) error {
	st, err := s.stream(args[0])
	if err == nil && len(st.pongs) > 0 {
		err = fmt.Errorf("%s got %d times CRLF", args[0], len(st.pongs))
	}
	return err
}

func (s *scene) doClosed(args []string) error {
	st, err := s.stream(args[0])
	if err != nil {
		return err
	}
	return s.await(st.closed, "no connection was closed")
}

func (s *scene) await(c <-chan struct{}, otherwise string) error {
	select {
	case <-c:
		return nil
	case <-time.After(s.within):
		return errors.New(otherwise)
	}
}

// doConnections checks how many connections an actor has.
func (s *scene) doConnections(args []string) error {
	st, err := s.stream(args[0])
	if err == nil && strconv.Itoa(st.connections()) != args[1] {
		err = fmt.Errorf("%s has %d connections", args[0], st.connections())
	}
	return err
}
