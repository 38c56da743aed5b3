package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fastsips/fastsips/internal/sipprun"
)

// A sample is what the proxy has at a moment.
type sample struct {
	second     int
	rss        int // bytes
	fds        int
	goroutines int
	parked     int
	entries    int // of the transaction table
	failed     int // operations of the backends that did not complete, so far
	completed  int // that did
}

// The quick ones are taken each second, the others, which go into the log, each slowly.
const slowly = 5

// watch takes samples until ctx ends.
func (o *outcome) watch(ctx context.Context, p *sipprun.Proxy) error {
	begin := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last := sample{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.Done():
			return fmt.Errorf("the proxy has ended: %s", p.Log)
		case <-tick.C:
		}
		now, err := glance(p)
		if err != nil {
			return err
		}
		if len(o.samples)%slowly == 0 {
			if now, err = look(p); err != nil {
				return err
			}
			last = now
		}
		now.goroutines, now.parked, now.entries, now.failed, now.completed = last.goroutines, last.parked, last.entries, last.failed, last.completed
		now.second = int(time.Since(begin).Seconds())
		o.samples = append(o.samples, now)
	}
}

// glance asks the kernel alone.
func glance(p *sipprun.Proxy) (s sample, err error) {
	if s.rss, err = p.RSS(); err != nil {
		return s, err
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.PID()))
	s.fds = len(fds)
	return s, err
}

const patience = 30 * time.Second

// look asks the proxy as well.
func look(p *sipprun.Proxy) (sample, error) {
	s, err := glance(p)
	if err != nil {
		return s, err
	}
	from := len(p.Lines())
	all, err := p.Statistics("statistics runtime ", patience)
	if err != nil {
		return s, err
	}
	s.goroutines, s.parked, s.entries = all["goroutines"], all["Parked"], all["Entries"]
	for _, module := range []string{"statistics sqlops ", "statistics cachedb_redis "} {
		line, _, err := p.Wait(module, from, patience)
		if err != nil {
			return s, err
		}
		n := fields(line)
		s.completed += n["completed"]
		s.failed += n["failed"] + n["timed_out"] + n["overloaded"] + n["unavailable"]
	}
	return s, nil
}

var field = regexp.MustCompile(`\b(\w+)=(\d+)\b`)

// fields are the numbers of a line.
func fields(line string) map[string]int {
	n := map[string]int{}
	_, line, _ = strings.Cut(line, "statistics ")
	for _, m := range field.FindAllStringSubmatch(line, -1) {
		n[m[1]], _ = strconv.Atoi(m[2]) // digits only
	}
	return n
}
