package benchproxy

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/load/floor"
	"github.com/fastsips/fastsips/internal/relay"
	"github.com/valyala/fasthttp"
)

// helpLoad is the generator.
func helpLoad(in *bufio.Scanner, out io.Writer) error {
	return load.Serve(context.Background(), in, out)
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

// A Floor is what the forwarder forwards: ports of 127.0.0.1.
type Floor struct {
	Port, Caller, Callee int
	Mode                 floor.Mode
}

// Argv is the command line of a forwarder that runs until it is killed.
func (f Floor) Argv() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(f)
	return []string{self, "help-floor=" + string(b)}, err
}

// helpFloor reads a Floor and forwards.
func helpFloor(in *bufio.Scanner, _ io.Writer) error {
	var f Floor
	if !in.Scan() {
		return in.Err()
	}
	if err := json.Unmarshal(in.Bytes(), &f); err != nil {
		return err
	}
	local := func(port int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
	}
	return floor.Run(context.Background(), f.Port, local(f.Caller), local(f.Callee), f.Mode)
}
