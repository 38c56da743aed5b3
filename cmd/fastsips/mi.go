package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"github.com/fastsips/fastsips/internal/miclient"
	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/datagram"
)

const miUsage = `Usage: fastsips mi [options] COMMAND [ARGUMENT...]

Sends a management command to a running fastsips and prints the answer, as JSON. The
script must load mi_fifo, mi_datagram or mi_http. Arguments are given by position or,
all of them, by name (level=3). Try: which, help COMMAND, get_statistics tm:,
reload_routes. Where to send it, if not to a FIFO in /run/opensips or /tmp, or else to
http://127.0.0.1:8888/mi:

 -f FILE         where this configuration listens
 -fifo FILE      fifo_name of mi_fifo
 -reply-dir DIR  reply_dir of mi_fifo; default /tmp/
 -datagram ADDR  socket_name of mi_datagram: udp:host:port, or the path of a UNIX socket
 -url URL        of mi_http: http://[user:password@]host:8888/mi (also -u)
 -insecure       do not look at the server's certificate
 -timeout T      how long to wait for the answer; default 15s
`

// miFlags say where to send a command.
type miFlags struct {
	config, fifo, dir, datagram, url string
	insecure                         bool
}

// runMI is the command mi.
func runMI(args []string, t terminal) int {
	var where miFlags
	f := t.flags("mi", miUsage)
	f.StringVar(&where.config, "f", "", "")
	f.StringVar(&where.fifo, "fifo", "", "")
	f.StringVar(&where.dir, "reply-dir", "", "")
	f.StringVar(&where.datagram, "datagram", "", "")
	f.StringVar(&where.url, "url", "", "")
	f.StringVar(&where.url, "u", "", "")
	f.BoolVar(&where.insecure, "insecure", false, "")
	timeout := f.Duration("timeout", 15*time.Second, "")
	switch err := f.Parse(args); { // what follows the command is its own
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case f.NArg() == 0:
		f.Usage()
		return exitUsage
	}
	to, err := where.target()
	if err != nil {
		return t.fail(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	answer, err := to.Call(ctx, mi.RequestOf(1, f.Arg(0), f.Args()[1:]...))
	if err != nil {
		return t.fail(err)
	}
	return show(answer, t)
}

// target is where the flags point to; of several the most particular counts.
func (f *miFlags) target() (to miclient.Target, err error) {
	switch {
	case f.url != "":
		to.URL = f.url
	case f.datagram != "":
		to.Datagram, err = datagram.ParseAddress(f.datagram)
	case f.fifo != "":
		to.FIFO = f.fifo
	case f.config != "":
		var list []miclient.Target
		if list, err = miclient.OfConfig(f.config); err == nil {
			to = list[0]
		}
	default:
		to = miclient.Default()
	}
	if f.dir != "" {
		to.Dir = f.dir
	}
	to.Insecure = f.insecure
	return to, err
}

// show prints a result, or an error and what it says in detail.
func show(answer []byte, t terminal) int {
	result, err := mi.Result(answer)
	if e, ok := errors.AsType[*mi.Error](err); ok {
		fmt.Fprintf(t.stderr, "fastsips mi: error %d: %s\n", e.Code, e.Message)
		if e.Data != nil {
			fmt.Fprintf(t.stderr, "%v\n", e.Data)
		}
		return exitFailed
	}
	if err != nil {
		return t.fail(fmt.Errorf("an answer that is no JSON-RPC: %.200q", answer))
	}
	var text bytes.Buffer
	if err := json.Indent(&text, result, "", "  "); err != nil {
		return t.fail(err)
	}
	fmt.Fprintf(t.stdout, "%s\n", &text)
	return exitOK
}
