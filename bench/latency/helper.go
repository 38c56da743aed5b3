package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/valyala/fasthttp"
)

// The generator, the relay and the HTTP server are processes of their own, so that
// each can be bound to a processor and none pays for another's garbage: this program
// starts itself as one of them. They take lines on stdin and answer on stdout; the
// end of stdin ends them.
var helpers = map[string]func(in *bufio.Scanner, out io.Writer) error{
	"help-load":  helpLoad,
	"help-relay": helpRelay,
	"help-http":  helpHTTP,
}

// help runs the helper that the arguments name, if they do.
func help(args []string) (done bool, err error) {
	if len(args) != 1 || helpers[args[0]] == nil {
		return false, nil
	}
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(800) // they make little garbage, and share a processor with what is measured
	return true, helpers[args[0]](bufio.NewScanner(os.Stdin), os.Stdout)
}

// helpLoad reads a load.Config, makes the calls and writes a load.Result. At each mark it
// writes its name and waits for a line.
func helpLoad(in *bufio.Scanner, out io.Writer) error {
	var cfg load.Config
	if !in.Scan() {
		return in.Err()
	}
	if err := json.Unmarshal(in.Bytes(), &cfg); err != nil {
		return err
	}
	cfg.Mark = func(m load.Mark) {
		fmt.Fprintln(out, m)
		in.Scan()
	}
	res, err := load.Run(context.Background(), cfg)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(res)
}

// helpRelay reads a relay.Config and writes its address; each further line is a delay.
func helpRelay(in *bufio.Scanner, out io.Writer) error {
	var cfg relay.Config
	if !in.Scan() {
		return in.Err()
	}
	if err := json.Unmarshal(in.Bytes(), &cfg); err != nil {
		return err
	}
	r, err := relay.Start(cfg)
	if err != nil {
		return err
	}
	defer r.Close()
	fmt.Fprintln(out, r.Addr())
	for in.Scan() {
		d, err := time.ParseDuration(in.Text())
		if err != nil {
			return err
		}
		r.SetDelay(d)
		fmt.Fprintln(out, "ok")
	}
	return in.Err()
}

// helpHTTP is an HTTP server that answers everything with a few bytes.
func helpHTTP(in *bufio.Scanner, out io.Writer) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := fasthttp.Server{
		Handler:               func(c *fasthttp.RequestCtx) { c.SetBodyString("sip:alice@192.0.2.1:5060") },
		ReadBufferSize:        1024,
		NoDefaultServerHeader: true, NoDefaultDate: true,
	}
	go server.Serve(ln) // ends with the process
	fmt.Fprintln(out, ln.Addr())
	for in.Scan() {
	}
	return in.Err()
}

// A helper is such a process.
type helper struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func startHelper(name string, cpus ...int) (*helper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &helper{cmd: exec.Command(self, name)}
	h.cmd.Stderr = os.Stderr
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a ^C is for us; the end of stdin ends it
	h.in, err = h.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	h.out = bufio.NewScanner(out)
	return h, procs.Start(h.cmd, cpus...)
}

func (h *helper) say(v any) error {
	b, err := json.Marshal(v)
	if s, ok := v.(string); ok {
		b = []byte(s)
	}
	if err == nil {
		_, err = h.in.Write(append(b, '\n'))
	}
	return err
}

// hear returns its next line.
func (h *helper) hear() (string, error) {
	if !h.out.Scan() {
		return "", errors.Join(fmt.Errorf("%s ended", h.cmd.Args[1]), h.out.Err())
	}
	return h.out.Text(), nil
}

func (h *helper) ask(v any) (string, error) {
	if err := h.say(v); err != nil {
		return "", err
	}
	return h.hear()
}

func (h *helper) stop() {
	_ = h.in.Close()
	_ = h.cmd.Wait()
}
