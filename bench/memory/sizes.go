package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fastsips/fastsips/internal/inproc"
	"github.com/fastsips/fastsips/internal/load"
)

//go:embed sizes.cfg
var sizesScript string

// A thing is something of which there are many.
type thing struct {
	name string
	wait string // the script's statement for those who wait
	n    int
	// make makes n of them and returns how many there are.
	make func(ctx context.Context, x *rig, n int) (int, error)
	also string // a remark
}

func things(n int) []thing {
	park := func(_ context.Context, x *rig, n int) (int, error) { return n, x.park(n) }
	sleep := `async(sleep(170), waited);`
	return []thing{
		{"INVITE that waits for a timer", sleep, n, park, "message, transaction, run, operation"},
		{"the same, Redis", `async(cache_fetch("redis:silent", "key", $avp(v)), waited);`, n, park, "pipelined on one connection"},
		{"lingering transaction", sleep, 10 * n, linger, "of answered calls, both sides"},
		{"TCP connection, idle", sleep, min(n, 5000), connections, "the kernel's part is not counted"},
	}
}

// sizes is the mode sizes.
func sizes(ctx context.Context, args []string, w io.Writer) error {
	f := flag.NewFlagSet("memory sizes", flag.ExitOnError)
	n := f.Int("parked", 50_000, "INVITEs that wait")
	only := f.String("only", "", "things whose name has this")
	if err := f.Parse(args); err != nil {
		return err
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer silent.Close()
	go swallow(silent)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "one\tnumber\theap B\tscanned B\tRSS B\tPSS B\t\t")
	for _, th := range things(*n) {
		if !strings.Contains(th.name, *only) {
			continue
		}
		if err := th.weigh(ctx, silent.Addr().String(), t); err != nil {
			return fmt.Errorf("%s: %w", th.name, errors.Join(err, t.Flush()))
		}
	}
	return t.Flush()
}

// swallow takes connections and answers nothing.
func swallow(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() { _, _ = io.Copy(io.Discard, c) }()
	}
}

// weigh makes the things at a fresh proxy and prints what one of them takes.
func (th thing) weigh(ctx context.Context, silent string, w io.Writer) error {
	x, err := startRig(strings.NewReplacer("[wait]", th.wait, "[silent]", silent).Replace(sizesScript), 1, 0, false)
	if err != nil {
		return err
	}
	defer x.stop()
	if _, err := th.make(ctx, x, 10); err != nil { // what there is once for all
		return err
	}
	before, err := x.Do(inproc.Command{Collect: true})
	if err != nil {
		return err
	}
	n, err := th.make(ctx, x, th.n)
	if err != nil {
		return err
	}
	after, err := x.Do(inproc.Command{Collect: true})
	if err != nil {
		return err
	}
	each := func(a, b uint64) int64 { return (int64(a) - int64(b)) / int64(n) }
	_, err = fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t\n", th.name, n, each(after.Heap, before.Heap), each(after.Scan, before.Scan),
		each(after.RSS, before.RSS), each(after.PSS, before.PSS), th.also)
	return err
}

// linger makes n/4 calls: each leaves two transactions on either side.
func linger(ctx context.Context, x *rig, n int) (int, error) {
	const rate = 4000
	seconds := float64(n) / 4 / rate
	res, err := load.Run(ctx, load.Config{Proxy: x.addr, Rate: rate, Measure: time.Duration(max(seconds, 0.1) * 1e9), Drain: time.Second})
	if err != nil {
		return 0, err
	}
	if res.Completed == 0 {
		return 0, errors.New("no call came through")
	}
	s, err := x.Do(inproc.Command{})
	return s.Entries, err
}

// connections opens n.
func connections(_ context.Context, x *rig, n int) (int, error) {
	for range n {
		c, err := net.Dial("tcp", x.addr.String())
		if err != nil {
			return 0, err
		}
		x.opened = append(x.opened, c)
		if _, err := c.Write([]byte("\r\n\r\n")); err != nil { // a ping (RFC 5626 §3.5.1): answered once the proxy has it
			return 0, err
		}
		if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
			return 0, err
		}
	}
	return n, nil
}
