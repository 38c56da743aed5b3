package ua

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/emiago/sipgo/sip"
)

// Exit statuses of [Main].
const (
	exitOK      = 0  // a 2xx, and for a call also a 2xx to its BYE
	exitRefused = 1  // a final 3xx to 6xx
	exitTimeout = 2  // no final answer in time, or the message could not be sent
	exitUsage   = 64 // the command line is wrong (EX_USAGE)
)

// A command is one sub-command.
type command struct {
	name  string
	args  string // what follows the options
	about string
	run   func(ctx context.Context, o *options, out io.Writer) (int, error)
}

func commands() []command {
	return []command{
		{"call", "sip:user@host[:port]", "place a call, hold it, hang up", call},
		{"options", "sip:[user@]host[:port]", "ask with OPTIONS whether somebody is there", ping},
		{"register", "sip:user@domain", "register a contact (-expires 0 removes it)", register},
		{"answer", "", "answer calls until interrupted", answer},
	}
}

// Names returns the sub-commands that [Main] knows.
func Names() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return append(names, "listen") // the other name of answer
}

// Main runs the sub-command args[0] and returns the exit status: 0 for a 2xx, 1
// for a final 3xx to 6xx, 2 when no answer came in time, 64 for a wrong command
// line. An interrupt ends what is going on the SIP way (CANCEL, BYE); a second
// one ends the process.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler)) // some of sipgo's remarks have no other logger
	context.AfterFunc(ctx, stop)                        // from now on a signal has its usual effect
	return run(ctx, args, stdout, stderr)
}

// run is Main with the interrupt as an argument.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitUsage
	}
	name := args[0]
	if name == "listen" {
		name = "answer"
	}
	i := slices.IndexFunc(commands(), func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintf(stderr, "fastsips: unknown command %q\n", name)
		usage(stderr)
		return exitUsage
	}
	c := commands()[i]
	o, err := parseOptions(c, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		commandUsage(stdout, c)
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "fastsips %s: %v\n", c.name, err)
		fmt.Fprintf(stderr, "Try 'fastsips %s -help'.\n", c.name)
		return exitUsage
	}
	code, err := c.run(ctx, o, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "fastsips %s: %v\n", c.name, err)
	}
	return code
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: fastsips COMMAND [options] [URI]")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %-24s %s\n", c.name, c.args, c.about)
	}
	fmt.Fprintln(w, "'fastsips COMMAND -help' lists the options.")
}

func commandUsage(w io.Writer, c command) {
	fmt.Fprintf(w, "usage: fastsips %s [options] %s\n%s\n\n", c.name, c.args, c.about)
	fs := newFlags(c, new(options))
	fs.SetOutput(w)
	fs.PrintDefaults()
	fmt.Fprintln(w, "\nexit status: 0 success (2xx), 1 refused (3xx-6xx), 2 no answer, 64 usage")
}
