package scenario

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stream returns the TCP side of an actor's socket; nil if it speaks UDP.
func (a *actor) stream() Stream {
	if s, ok := a.Socket.(StreamSocket); ok {
		return s.Stream()
	}
	return nil
}

// transport is what the actor's Via says.
func (a *actor) transport() string {
	if a.stream() != nil {
		return "TCP"
	}
	return "UDP"
}

// contact is the actor's URI.
func (a *actor) contact() string {
	uri := "sip:" + a.name + "@" + a.Addr()
	if a.stream() != nil {
		uri += ";transport=tcp"
	}
	return uri
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
	st, ok := s.actors[args[0]].Socket.(StreamSocket)
	if !ok {
		return errors.New("TCP needs real sockets: say # mode: real")
	}
	return st.UseStream()
}

// stream returns the TCP side of an actor.
func (s *scene) stream(name string) (Stream, error) {
	if st := s.actors[name].stream(); st != nil {
		return st, nil
	}
	return nil, fmt.Errorf("%s does not speak TCP: say tcp %s", name, name)
}

// doClose closes an actor's connections; "reset" does so with a RST.
func (s *scene) doClose(args []string) error {
	st, err := s.stream(args[0])
	if err == nil {
		st.Close(len(args) > 1 && args[1] == "reset")
	}
	return err
}

// doDeaf has an actor take no more connections.
func (s *scene) doDeaf(args []string) error {
	st, err := s.stream(args[0])
	if err == nil {
		st.Deafen()
	}
	return err
}

// doRaw sends bytes as they are: a file's, its line ends made CRLF, or text in which
// \r and \n stand for the characters.
func (s *scene) doRaw(args []string) error {
	a := s.actors[args[0]]
	if message, ok := s.files[args[1]]; ok {
		return a.SendBytes(a.proxy, []byte(strings.ReplaceAll(s.expand(a, message), "\n", "\r\n")))
	}
	return a.SendBytes(a.proxy, []byte(strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(strings.Join(args[1:], " "))))
}

func (s *scene) doPong(args []string) error {
	st, err := s.stream(args[0])
	if err != nil {
		return err
	}
	return s.await(st.Pongs(), "no CRLF came")
}

// doNoPong checks that no CRLF has come that no step asked for.
func (s *scene) doNoPong(args []string) error {
	st, err := s.stream(args[0])
	if err == nil && len(st.Pongs()) > 0 {
		err = fmt.Errorf("%s got %d times CRLF", args[0], len(st.Pongs()))
	}
	return err
}

func (s *scene) doClosed(args []string) error {
	st, err := s.stream(args[0])
	if err != nil {
		return err
	}
	return s.await(st.Closed(), "no connection was closed")
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
	if err == nil && strconv.Itoa(st.Connections()) != args[1] {
		err = fmt.Errorf("%s has %d connections", args[0], st.Connections())
	}
	return err
}
