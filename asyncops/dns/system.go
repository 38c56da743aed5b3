package dns

import (
	"bufio"
	"bytes"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/fastsips/fastsips/loop"
)

// A system is what /etc/resolv.conf and /etc/hosts say. It never changes once made:
// loops read it without a lock.
type system struct {
	servers  []netip.AddrPort
	search   []string
	ndots    int
	timeout  time.Duration // 0: not said
	attempts int           // 0: not said
	hosts    map[string]hostLine
}

// A hostLine is the addresses that /etc/hosts gives a name.
type hostLine struct{ v4, v6, all []loop.Addr }

// maxFile is how much of either file is read, maxSearch how many domains are searched.
const (
	maxFile   = 4 << 20
	maxSearch = 6
)

// files are where a system is read from, and how they looked then.
type files struct {
	resolvConf, hosts string
	seen              [2]stamp
}

type stamp struct {
	at   syscall.Timespec
	size int64
	file uint64 // its inode: what is renamed over it may be as old and as long
}

// changed reports whether a file looks different than before.
func (f *files) changed() bool {
	before := f.seen
	for i, name := range [...]string{f.resolvConf, f.hosts} {
		f.seen[i] = stamp{}
		var st syscall.Stat_t // os.Stat makes garbage every time
		if syscall.Stat(name, &st) == nil {
			f.seen[i] = stamp{st.Mtim, st.Size, st.Ino}
		}
	}
	return f.seen != before
}

// read reads both. One that is missing says nothing.
func (f *files) read() *system {
	f.changed()
	s := &system{ndots: 1, hosts: map[string]hostLine{}}
	eachLine(f.resolvConf, s.resolvLine)
	eachLine(f.hosts, s.hostsLine)
	if len(s.servers) == 0 { // resolv.conf(5): the local machine
		s.servers = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 53)}
	}
	if _, ok := s.hosts["localhost"]; !ok { // RFC 6761 §6.3
		s.hostsLine([]string{"127.0.0.1", "localhost"})
		s.hostsLine([]string{"::1", "localhost"})
	}
	return s
}

// watchFiles re-reads what has changed, until Close.
func (r *Resolver) watchFiles(f files) {
	defer close(r.done)
	tick := time.NewTicker(r.cfg.Recheck)
	defer tick.Stop()
	for {
		select {
		case <-r.quit:
			return
		case <-tick.C:
			if f.changed() {
				r.system.Store(f.read())
			}
		}
	}
}

// eachLine gives do the words of each line, comments taken off.
func eachLine(file string, do func(words []string)) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxFile)) // what could be read counts
	in := bufio.NewScanner(bytes.NewReader(b))
	for in.Scan() {
		text, _, _ := strings.Cut(in.Text(), "#")
		text, _, _ = strings.Cut(text, ";")
		if words := strings.Fields(text); len(words) > 1 {
			do(words)
		}
	}
}

// resolvLine reads a line of resolv.conf(5).
func (s *system) resolvLine(w []string) {
	switch w[0] {
	case "nameserver":
		if ip, err := netip.ParseAddr(w[1]); err == nil {
			s.servers = append(s.servers, netip.AddrPortFrom(ip, 53))
		}
	case "domain", "search":
		s.search = s.search[:0]
		for _, d := range w[1:] {
			if name := canonical(nil, []byte(d)); name != nil && len(s.search) < maxSearch {
				s.search = append(s.search, string(name))
			}
		}
	case "options":
		for _, o := range w[1:] {
			s.option(o)
		}
	}
}

func (s *system) option(o string) {
	name, value, _ := strings.Cut(o, ":")
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return
	}
	switch name { // the bounds are resolv.conf(5)'s
	case "ndots":
		s.ndots = min(n, 15)
	case "timeout":
		s.timeout = time.Duration(min(n, 30)) * time.Second
	case "attempts":
		s.attempts = min(n, 5)
	}
}

// hostsLine reads a line of hosts(5).
func (s *system) hostsLine(w []string) {
	ip, err := netip.ParseAddr(w[0])
	if err != nil || ip.Zone() != "" {
		return
	}
	a := loop.AddrFrom(netip.AddrPortFrom(ip, 0))
	for _, n := range w[1:] {
		name := canonical(nil, []byte(n))
		if name == nil {
			continue
		}
		h := s.hosts[string(name)]
		if a.Is4() {
			h.v4 = append(h.v4, a)
		} else {
			h.v6 = append(h.v6, a)
		}
		h.all = append(append([]loop.Addr(nil), h.v4...), h.v6...)
		s.hosts[string(name)] = h
	}
}
