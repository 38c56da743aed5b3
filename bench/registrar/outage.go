package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/load"
	"github.com/fastsips/fastsips/internal/procs"
	"github.com/fastsips/fastsips/internal/sipprun"
)

// Before and after the outage there is ordinary traffic for so long.
const calm = 20 * time.Second

// callee is who is called.
const callee = "service"

// outage puts REGISTERs and calls through a proxy whose database goes away and comes back.
func outage(ctx context.Context, b *bench) error {
	if err := b.tables(ctx); err != nil {
		return err
	}
	const users = 10000
	if err := b.subscribers(ctx, users); err != nil {
		return err
	}
	p, err := b.proxy("single-instance-sql-write-back")
	if err != nil {
		return err
	}
	errs := []error{b.through(ctx, p, users)}
	return errors.Join(append(errs, p.Stop())...)
}

func (b *bench) through(ctx context.Context, p *sipprun.Proxy, users int) error {
	port, err := sipprun.FreePort()
	if err != nil {
		return err
	}
	if _, err := p.Manage(5*time.Second, "ul_add", "location", callee, fmt.Sprintf("sip:%s@127.0.0.1:%d", callee, port), "3600", "1.0", "0", "0", "8191"); err != nil {
		return err
	}
	addr := netip.MustParseAddrPort(p.Addr)
	common := load.Config{Proxy: addr, Warm: time.Second, Measure: 2*calm + b.away, Drain: 10 * time.Second}
	registers, calls := common, common
	registers.Flow, registers.Rate, registers.Users = load.Register, b.registers, users
	calls.Flow, calls.Rate, calls.Callees, calls.CalleePort = load.Calls, b.calls, 1, port
	memory := []float64{resident(p)}
	var r, c load.Result
	done := make(chan error, 2)
	go func() { var err error; r, err = load.Run(ctx, registers); done <- err }()
	go func() { var err error; c, err = load.Run(ctx, calls); done <- err }()
	for _, step := range []struct {
		do    func()
		lasts time.Duration
	}{{func() {}, calm}, {b.Crash, b.away}, {b.Restart, calm}} {
		step.do()
		wait(ctx, step.lasts)
		memory = append(memory, resident(p))
	}
	if err := errors.Join(<-done, <-done); err != nil {
		return err
	}
	return b.judge(ctx, p, r, c, memory)
}

// judge says whether all was as it should be.
func (b *bench) judge(ctx context.Context, p *sipprun.Proxy, r, c load.Result, memory []float64) error {
	fmt.Fprintf(b, "outage: REGISTER: %d begun, answers %s, %d without a final one, %d repeated, p99 %.0f ms\n", r.Begun, statuses(r), r.Failed-others(r), r.Repeated, 1000*r.Setup.P99)
	fmt.Fprintf(b, "outage: calls: %d begun, %d completed of %d, %d failed, %d repeated, p99 %.1f ms, answers %s\n", c.Begun, c.Completed, c.Started, c.Failed+c.Refused, c.Repeated, 1000*c.Setup.P99, statuses(c))
	var errs []error
	check(&errs, c.Failed+c.Refused == 0 && c.Completed == c.Started, "%d calls failed", c.Failed+c.Refused)
	check(&errs, r.Failed == 0 && r.Statuses[503] > 0 && r.Statuses[200] > 0, "REGISTER: want 200, and 503 while the database is away; %d failed", r.Failed)
	for _, method := range []string{"INVITE", "BYE"} {
		n, took, err := b.eventually(ctx, c.Begun, "SELECT count(*) FROM acc WHERE method = '"+method+"'", time.Minute)
		errs = append(errs, err)
		check(&errs, n == c.Begun, "%d rows of %s in acc, want %d", n, method, c.Begun)
		fmt.Fprintf(b, "outage: %d rows of %s in acc for %d calls, %v after the last of them\n", n, method, c.Begun, took.Round(time.Millisecond))
	}
	distinct, err := b.number(ctx, "SELECT count(DISTINCT (method, callid)) FROM acc")
	errs = append(errs, err)
	check(&errs, distinct == 2*c.Begun, "%d different rows in acc, want %d", distinct, 2*c.Begun)
	pending, err := p.Manage(5*time.Second, "async:list")
	errs = append(errs, err)
	fmt.Fprintf(b, "outage: MB of memory at the start, before, during and after the outage: %.0f; operations afterwards: %s\n", memory, strings.Join(strings.Fields(pending), " "))
	return errors.Join(errs...)
}

// statuses counts the answers.
func statuses(r load.Result) string {
	var list []string
	for status, n := range r.Statuses {
		list = append(list, fmt.Sprintf("%d: %d", status, n))
	}
	return strings.Join(list, ", ")
}

// others are the final answers that are neither a success nor a challenge nor a refusal.
func others(r load.Result) (n int) {
	for status, k := range r.Statuses {
		if status >= 300 && status != 401 && status != 503 {
			n += k
		}
	}
	return n
}

// resident is the proxy's memory in MB.
func resident(p *sipprun.Proxy) float64 { return float64(procs.Memory(p.PID())) / 1e6 }

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
