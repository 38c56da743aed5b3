// Command registrar puts a registrar with a PostgreSQL of its own to the test:
//
//	go run ./bench/registrar                 # all of it, ten minutes
//	go run ./bench/registrar -only digest    # REGISTER with digest by sipp, then kill -9
//	go run ./bench/registrar -only outage    # the database is away for 30 s
//	go run ./bench/registrar -only million   # a million contacts: loading, memory
//
// ../README.md says what is looked at. The exit status is 1 if something is not as it
// should be.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

//go:embed registrar.cfg
var config string

type settings struct {
	only   string
	binary string
	loops  string
	keep   string

	rate, users int           // digest: REGISTERs a second, AoRs
	lasts       time.Duration // digest
	registers   float64       // outage: a second
	calls       float64       // likewise
	away        time.Duration // the database
	contacts    int           // million
}

// parts are what can be done.
var parts = []struct {
	name string
	run  func(context.Context, *bench) error
}{{"digest", digest}, {"outage", outage}, {"million", million}}

// A bench is what the parts have in common.
type bench struct {
	settings
	io.Writer
	*database
	dir string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var s settings
	fs := flag.NewFlagSet("registrar", flag.ExitOnError)
	fs.StringVar(&s.only, "only", "", "digest, outage or million (default: all)")
	fs.StringVar(&s.binary, "bin", "", "fastsips to run (default: built from this module)")
	fs.StringVar(&s.loops, "n", "2", "event loops")
	fs.StringVar(&s.keep, "keep", "", "folder in which configurations and logs stay")
	fs.IntVar(&s.rate, "r", 2000, "digest: REGISTERs a second")
	fs.IntVar(&s.users, "users", 100000, "digest: AoRs")
	fs.DurationVar(&s.lasts, "d", time.Minute, "digest: for how long")
	fs.Float64Var(&s.registers, "registers", 1000, "outage: REGISTERs a second")
	fs.Float64Var(&s.calls, "calls", 500, "outage: calls a second")
	fs.DurationVar(&s.away, "away", 30*time.Second, "outage: how long the database is away")
	fs.IntVar(&s.contacts, "contacts", 1000000, "million: how many")
	fs.Parse(os.Args[1:]) // exits on errors
	if err := run(ctx, s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "registrar:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, w io.Writer) (err error) {
	if s.binary, err = sipprun.Fastsips(s.binary); err != nil {
		return err
	}
	dir, end, err := sipprun.Folder(s.keep, "registrar")
	if err != nil {
		return err
	}
	defer end()
	var errs []error
	for _, part := range parts {
		if s.only != "" && s.only != part.name {
			continue
		}
		b := &bench{settings: s, Writer: w, dir: filepath.Join(dir, part.name)}
		if err := os.MkdirAll(b.dir, 0o755); err != nil {
			return err
		}
		if err := b.with(ctx, part.run); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", part.name, err))
		}
	}
	return errors.Join(errs...)
}

// with runs a part with a database of its own.
func (b *bench) with(ctx context.Context, part func(context.Context, *bench) error) (err error) {
	if b.database, err = startDatabase(); err != nil {
		return err
	}
	defer b.database.Clean()
	return part(ctx, b)
}

// proxy starts fastsips in one of usrloc's working modes.
func (b *bench) proxy(mode string) (*sipprun.Proxy, error) {
	return sipprun.StartProxy(sipprun.ProxyConfig{
		Binary: b.binary, Config: config, Dir: b.dir, Args: []string{"-n", b.loops}, StartWithin: time.Minute,
		Vars: map[string]string{"mode": mode, "url": b.URL},
	})
}

// check notes what is wrong.
func check(errs *[]error, ok bool, format string, args ...any) {
	if !ok {
		*errs = append(*errs, fmt.Errorf(format, args...))
	}
}
