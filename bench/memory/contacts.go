package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fastsips/fastsips/internal/hugepages"
	"github.com/fastsips/fastsips/internal/memlimit"
	"github.com/fastsips/fastsips/loop"
	"github.com/fastsips/fastsips/usrloc"
)

// A population is addresses-of-record with a contact each, in this very process.
type population struct {
	s       *usrloc.Store
	d       *usrloc.Domain
	group   *loop.Group
	n       int
	texts   int // bytes of all texts of the contacts, AoRs included
	created time.Duration
}

// contacts is the mode contacts: the collector is set as fastsips sets it.
func contacts(_ context.Context, args []string, w io.Writer) error {
	f := flag.NewFlagSet("memory contacts", flag.ExitOnError)
	n := f.Int("n", 1_000_000, "addresses-of-record, with a contact each")
	if err := f.Parse(args); err != nil {
		return err
	}
	available, _ := memlimit.Available()
	debug.SetGCPercent(memlimit.GCPercent)
	debug.SetMemoryLimit(memlimit.Limit(available))
	if hugepages.Wanted() == nil {
		if err := hugepages.Reserve(hugepages.Step); err != nil {
			return err
		}
	}
	p, err := newPopulation(*n)
	if err != nil {
		return err
	}
	defer p.group.Stop()
	runtime.GC()
	before := rss()
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\tseconds\tRSS B per contact\tbeyond its texts\t\n")
	show := func(what string, began time.Time) {
		each, texts := (rss()-before)/p.n, p.texts/p.n
		fmt.Fprintf(t, "%s\t%.1f\t%d\t%d\t\n", what, time.Since(began).Seconds(), each, each-texts)
	}
	for round, what := range []string{"registered", "each refreshed", "and again"} {
		began := time.Now()
		p.register(int32(round + 1))
		show(what, began)
	}
	began := time.Now()
	debug.FreeOSMemory()
	show("after a collection that gives back what is free", began)
	fmt.Fprintf(t, "texts of a contact: %d B\n", p.texts/p.n)
	return t.Flush()
}

func newPopulation(n int) (*population, error) {
	g, err := loop.New(loop.Config{Loops: 1})
	if err != nil {
		return nil, err
	}
	s := usrloc.NewStore(g, usrloc.Config{CSeqDelay: 20, UseDomain: true})
	return &population{s: s, d: s.Declare("location"), group: g, n: n}, nil
}

// register has everybody register.
func (p *population) register(cseq int32) {
	p.group.Do(0, func(l *loop.Loop) {
		var aor, uri, call, received []byte
		p.texts = 0
		for i := range p.n {
			aor = fmt.Appendf(aor[:0], "user%07d@example.com", i)
			uri = fmt.Appendf(uri[:0], "sip:user%07d@10.%d.%d.%d:5060;transport=udp", i, i>>16&255, i>>8&255, i&255)
			call = fmt.Appendf(call[:0], "%08x-%08x@10.0.0.1", i*2654435761&0xffffffff, i)
			received = fmt.Appendf(received[:0], "sip:198.51.%d.%d:%d", i>>8&255, i&255, 1024+i%60000)
			c := usrloc.Contact{URI: uri, Received: received, UserAgent: []byte("Phone/1.2.3 (lab)"), Socket: []byte("udp:192.0.2.1:5060"),
				Expires: l.Wall().Unix() + 3600, Q: usrloc.NoQ, Methods: 7999, BranchFlags: 2}
			ch := p.s.NewChange(l, p.d, aor)
			ch.CallID, ch.CSeq = ch.Keep(call), cseq
			ch.Upsert(&c)
			p.s.Begin(l, ch)
			p.texts += len(aor) + len(uri) + len(call) + len(received) + len(c.UserAgent) + len(c.Socket)
		}
	})
}

// rss is what of this process is in memory, in bytes (proc_pid_status(5)).
func rss() int {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return kb << 10
}
