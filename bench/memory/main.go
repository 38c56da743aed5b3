// Command memory measures what calls cost fastsips in memory, and what the garbage
// collector costs calls.
//
//	go run ./bench/memory gc       latency with and without collections, 100,000 calls parked
//	go run ./bench/memory sizes    bytes per suspended INVITE, tombstone, connection, operation
//	go run ./bench/memory contacts bytes per contact of usrloc
//
// ../README.md explains the columns.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/fastsips/fastsips/internal/inproc"
)

const usage = `want gc, sizes or contacts
  memory gc [options]     latency with and without collections, while INVITEs wait
  memory sizes [options]  bytes for each suspended INVITE, lingering transaction, connection
  memory contacts [-n N]  bytes for each contact of the location service
  memory gc -h            lists the options; likewise for sizes`

// A mode is one of the measurements.
type mode func(ctx context.Context, args []string, w io.Writer) error

var modes = map[string]mode{"gc": latencies, "sizes": sizes, "contacts": contacts}

func main() {
	if inproc.Serve(os.Args[1:]) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "memory:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	if len(args) == 0 || modes[args[0]] == nil {
		return errors.New(usage)
	}
	return modes[args[0]](ctx, args[1:], w)
}
