package phones

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// A Phone is a running user agent.
type Phone struct {
	*sipprun.Log        // what it prints
	User         string // of its address of record
	Addr         string // host:port of its sockets

	kind  dialect
	cmd   *exec.Cmd
	dead  chan struct{} // closed when the process has ended
	line  int           // of the log, from which the call at hand is described
	begin int           // byte of the log, likewise
}

// A dialect is how one program is spoken to.
type dialect interface {
	dial(uri string) error
	hangUp() error
	answer() error
	awaitRegistered(p *Phone) error
	ringing() string     // in a line of the log, when it is called
	refused() string     // likewise, when its call came to nothing
	established() string // likewise
	ended() string       // likewise
	rtp(p *Phone) (sent, received int, err error)
	close()
}

// patience bounds a wait for something that a program does by itself.
const patience = 20 * time.Second

// start runs the program and waits until it says that it is ready.
func (p *Phone) start(cmd *exec.Cmd, ready string) error {
	p.Log, p.cmd, p.dead = sipprun.NewLog(), cmd, make(chan struct{})
	cmd.Stdout, cmd.Stderr = p.Log, p.Log
	cmd.Env = append(os.Environ(), "HOME="+cmd.Dir, "TERM=dumb")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait() // how it ended says nothing
		close(p.dead)
	}()
	if err := p.await(ready); err != nil {
		_ = cmd.Process.Kill() // it may have ended
		<-p.dead
		return err
	}
	return nil
}

// await waits for a line of the call at hand.
func (p *Phone) await(text string) error {
	found := make(chan error, 1)
	go func() {
		_, _, err := p.Wait(text, p.line, patience)
		found <- err
	}()
	select {
	case err := <-found:
		return err
	case <-p.dead:
		return fmt.Errorf("%s ended before it said %q", p.User, text)
	}
}

// Expect says that a call is about to begin: what the phone says from here on is
// about that call.
func (p *Phone) Expect() { p.line, p.begin = len(p.Lines()), len(p.String()) }

// Dial begins a call.
func (p *Phone) Dial(uri string) error { return p.kind.dial(uri) }

// AwaitRegistered waits until the phone's registrar has taken its contact.
func (p *Phone) AwaitRegistered() error { return p.kind.awaitRegistered(p) }

// AwaitRinging waits until the phone is called.
func (p *Phone) AwaitRinging() error { return p.await(p.kind.ringing()) }

// AwaitRefused waits until the phone's own call has failed, or was cancelled.
func (p *Phone) AwaitRefused() error { return p.await(p.kind.refused()) }

// Answer takes the call that a phone with a Manual account is ringing for.
func (p *Phone) Answer() error { return p.kind.answer() }

// HangUp ends the call, refuses it if the phone is ringing, or gives it up if nobody has
// answered.
func (p *Phone) HangUp() error { return p.kind.hangUp() }

// AwaitEstablished waits until the call is set up and sound flows as far as the
// phone knows.
func (p *Phone) AwaitEstablished() error { return p.await(p.kind.established()) }

// AwaitEnded waits for the end of the call.
func (p *Phone) AwaitEnded() error { return p.await(p.kind.ended()) }

// RTP returns how many RTP packets the phone sent and received in its last call,
// which must have ended.
func (p *Phone) RTP() (sent, received int, err error) { return p.kind.rtp(p) }

// Close ends the program.
func (p *Phone) Close() error {
	p.kind.close()
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Kill} {
		_ = p.cmd.Process.Signal(sig) // it may have ended
		select {
		case <-p.dead:
			return nil
		case <-time.After(5 * time.Second):
		}
	}
	return errors.New(p.User + " cannot be ended")
}

// poll asks again and again until ok.
func poll(what string, ok func() bool) error {
	deadline := time.After(patience)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			return fmt.Errorf("%s did not happen within %v", what, patience)
		}
	}
	return nil
}

// expand replaces [NAME] in a configuration file.
func expand(text string, values ...string) string {
	return strings.NewReplacer(values...).Replace(text)
}
