package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
)

const miUsage = `Usage: fastsips mi [options] COMMAND [ARGUMENT...]

Sends a management command to a running fastsips and prints the answer, as JSON. The
script must load mi_fifo. Arguments are given by position or, all of them, by name
(level=3). Try: which, help COMMAND, get_statistics tm:, reload_routes.

 -fifo FILE      fifo_name of mi_fifo; default /run/opensips/opensips_fifo or /tmp/opensips_fifo
 -reply-dir DIR  reply_dir of mi_fifo; default /tmp/
 -timeout T      how long to wait for the answer; default 15s
`

// fifoNames are where a FIFO is, if nothing else is said: OpenSIPS's default
// configuration has the first, the module itself the second.
var fifoNames = []string{"/run/opensips/opensips_fifo", "/tmp/opensips_fifo"}

// runMI is the command mi.
func runMI(args []string, t terminal) int {
	f := t.flags("mi", miUsage)
	name := f.String("fifo", "", "")
	dir := f.String("reply-dir", "/tmp/", "")
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
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	answer, err := fifo.Call(ctx, fifoName(*name), *dir, mi.RequestOf(1, f.Arg(0), f.Args()[1:]...))
	if err != nil {
		return t.fail(err)
	}
	return show(answer, t)
}

func fifoName(given string) string {
	if given != "" {
		return given
	}
	for _, name := range fifoNames {
		if _, err := os.Lstat(name); err == nil {
			return name
		}
	}
	return fifoNames[0]
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
