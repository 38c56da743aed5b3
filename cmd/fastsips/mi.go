package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fastsips/fastsips/mi"
	"github.com/fastsips/fastsips/mi/fifo"
)

const miUsage = `Usage: fastsips mi [-fifo FILE] [-reply-dir DIR] [-timeout T] COMMAND [ARGUMENT...]

Sends a management command to a running fastsips and prints the answer, as JSON. The
script must load mi_fifo. Arguments are given by position or, all of them, by name
(level=3). Try: which, help COMMAND, get_statistics tm:, reload_routes.

`

// fifoNames are where a FIFO is, if nothing else is said: OpenSIPS's default
// configuration has the first, the module itself the second.
var fifoNames = []string{"/run/opensips/opensips_fifo", "/tmp/opensips_fifo"}

// manage is the subcommand mi.
func manage(args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("mi", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprint(stderr, miUsage)
		fs.PrintDefaults()
	}
	name := fs.String("fifo", "", "fifo_name of mi_fifo; default "+strings.Join(fifoNames, " or "))
	dir := fs.String("reply-dir", "/tmp/", "reply_dir of mi_fifo")
	timeout := fs.Duration("timeout", 15*time.Second, "how long to wait for the answer")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	case fs.NArg() == 0:
		fs.Usage()
		return exitUsage
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	answer, err := fifo.Call(ctx, fifoName(*name), *dir, request(fs.Arg(0), fs.Args()[1:]))
	if err != nil {
		return fail(stderr, err)
	}
	return show(answer, stdout, stderr)
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

// request takes arguments for named ones if every one has a name.
func request(method string, args []string) []byte {
	var named []mi.Member
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
			return mi.Request(1, method, args...)
		}
		named = append(named, mi.Member{Name: name, Value: value})
	}
	if named == nil {
		return mi.Request(1, method)
	}
	return mi.RequestNamed(1, method, named...)
}

// show prints a result, or an error and what it says in detail.
func show(answer []byte, stdout, stderr io.Writer) int {
	result, err := mi.Result(answer)
	if e, ok := errors.AsType[*mi.Error](err); ok {
		fmt.Fprintf(stderr, "fastsips mi: error %d: %s\n", e.Code, e.Message)
		if e.Data != nil {
			fmt.Fprintf(stderr, "%v\n", e.Data)
		}
		return exitFailed
	}
	if err != nil {
		return fail(stderr, fmt.Errorf("an answer that is no JSON-RPC: %.200q", answer))
	}
	var text bytes.Buffer
	if err := json.Indent(&text, result, "", "  "); err != nil {
		return fail(stderr, err)
	}
	fmt.Fprintf(stdout, "%s\n", &text)
	return exitOK
}
