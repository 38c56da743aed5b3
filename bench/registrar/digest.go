package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// wrong is how many in a hundred have a wrong password.
const wrong = 1

// digest has sipp register all AoRs with digest authentication, some of them with a wrong
// password; then the proxy is killed, started again, and asked for each.
func digest(ctx context.Context, b *bench) error {
	if err := b.tables(ctx); err != nil {
		return err
	}
	if err := b.subscribers(ctx, b.users); err != nil {
		return err
	}
	p, err := b.proxy("single-instance-sql-write-through")
	if err != nil {
		return err
	}
	before, err := p.CPU()
	if err != nil {
		return err
	}
	good, bad, err := b.register(ctx, p)
	if err != nil {
		return errors.Join(err, p.Stop())
	}
	after, err := p.CPU()
	_ = p.Signal(os.Kill)
	<-p.Done()
	if err != nil {
		return err
	}
	n := good.Successful + bad.Successful
	fmt.Fprintf(b, "digest: %d REGISTERs at %d/s: %d of %d registered, %d of %d with a wrong password refused; %v mean, %d retransmissions, %v of CPU each\n",
		n, b.rate, good.Successful, b.count(), bad.Successful, b.bad(), good.Setup, good.Retransmissions, (after-before)/time.Duration(max(n, 1)))
	errs := []error{good.Clean(b.count()), bad.Clean(b.bad())}
	rows, err := b.number(ctx, "SELECT count(*) FROM location")
	errs = append(errs, err)
	check(&errs, rows == b.users, "%d rows in location, want %d", rows, b.users)
	return errors.Join(append(errs, b.lookups(ctx))...)
}

// count is how many register, bad is how many try it with a wrong password.
func (b *bench) count() int { return b.bad() * (100 - wrong) / wrong }
func (b *bench) bad() int   { return int(b.lasts.Seconds()) * b.rate * wrong / 100 }

// register runs two sipps, one for those who know their passwords.
func (b *bench) register(ctx context.Context, p *sipprun.Proxy) (good, bad sipprun.Stats, err error) {
	run := func(name string, rate, count int, password string) (sipprun.Stats, error) {
		var fields []string
		for i := range b.users {
			fields = append(fields, fmt.Sprintf("u%06d;[authentication username=u%06d password=%s]", i, i, fmt.Sprintf(password, i)))
		}
		return sipprun.Scenario{Name: name, Remote: p.Addr, Keys: map[string]string{"domain": "127.0.0.1"}, Fields: fields, Rate: rate, Count: count,
			Args: []string{"-max_recv_loops", "1000", "-max_sched_loops", "1000"}, Within: b.lasts + time.Minute, Dir: filepath.Join(b.dir, name)}.Run(ctx)
	}
	done := make(chan error, 1)
	go func() {
		var err error
		bad, err = run("uac_register_refused.xml", b.rate*wrong/100, b.bad(), "no%06d")
		done <- err
	}()
	good, err = run("uac_register_auth.xml", b.rate*(100-wrong)/100, b.count(), "pw%06d")
	return good, bad, errors.Join(err, <-done)
}

// lookups starts the proxy again and asks it for each AoR.
func (b *bench) lookups(ctx context.Context) error {
	begin := time.Now()
	p, err := b.proxy("single-instance-sql-write-through")
	if err != nil {
		return err
	}
	up := time.Since(begin)
	var fields []string
	for i := range b.users {
		fields = append(fields, fmt.Sprintf("u%06d", i))
	}
	found, err := sipprun.Scenario{Name: "uac_options.xml", Remote: p.Addr, Keys: map[string]string{"domain": "127.0.0.1"}, Fields: fields, Rate: 4000, Count: b.users,
		Args: []string{"-max_recv_loops", "1000", "-max_sched_loops", "1000"}, Within: 3 * time.Minute, Dir: filepath.Join(b.dir, "lookup")}.Run(ctx)
	if err == nil {
		err = found.Clean(b.users)
	}
	fmt.Fprintf(b, "digest: killed with -9, up again after %v; %d of %d AoRs are found\n", up.Round(time.Millisecond), found.Successful, b.users)
	return errors.Join(err, p.Stop())
}
