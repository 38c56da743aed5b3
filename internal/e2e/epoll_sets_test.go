package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/redistest"
	"github.com/fastsips/fastsips/internal/siptest"
)

// ownerScript asks the backend that the user part names.
const ownerScript = `
log_level=2
socket=udp:[proxy]
overload_wait=0
db_max_async_connections=4
loadmodule "tm.so"
loadmodule "sipmsgops.so"
loadmodule "signaling.so"
loadmodule "mi_fifo.so"
modparam("mi_fifo", "fifo_name", "[dir]/mi")
modparam("mi_fifo", "reply_dir", "[dir]")
loadmodule "db_postgres.so"
loadmodule "sqlops.so"
loadmodule "rest_client.so"
loadmodule "cachedb_redis.so"
loadmodule "exec.so"
modparam("sqlops", "db_url", "[pg]")
modparam("cachedb_redis", "cachedb_url", "redis:owned://[redis]/")

route {
	if (is_method("ACK"))
		exit;
	switch ($rU) {
	case "pg":    async(sql_query("SELECT 'here'", "$avp(x)"), done, 25);
	case "rest":  async(rest_get("http://[web]/", $avp(x)), done, 25);
	case "redis": async(cache_fetch("redis:owned", "x", $avp(x)), done, 25);
	case "exec":  async(exec("cat [dir]/gate", , $avp(x)), done, 25);
	}
}
route[done] {
	if ($rc > 0 && $avp(x) == "here")
		send_reply(480, "Answered");
	else
		send_reply(500, "Not Answered");
}
`

// An epollSet is what fdinfo tells of one: the fds in it, and the inodes of their files.
type epollSet struct{ fds, inodes []uint64 }

func (s epollSet) has(f openFile) bool {
	if f.inode != 0 { // also if it was registered under another number
		return slices.Contains(s.inodes, f.inode)
	}
	return slices.Contains(s.fds, uint64(f.fd))
}

// An openFile is an fd of the proxy. Inode is of a socket or pipe; others share one.
type openFile struct {
	fd    int
	link  string
	inode uint64
}

// openFiles reads /proc/PID/fd.
func openFiles(t *testing.T, pid int) (list []openFile) {
	t.Helper()
	names, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		link, err := os.Readlink(name)
		if err != nil {
			continue // closed since
		}
		f := openFile{link: link}
		f.fd, _ = strconv.Atoi(filepath.Base(name))
		for _, kind := range []string{"socket:[", "pipe:["} {
			if n, ok := strings.CutPrefix(link, kind); ok {
				f.inode, _ = strconv.ParseUint(strings.TrimSuffix(n, "]"), 10, 64)
			}
		}
		list = append(list, f)
	}
	return list
}

// epollSets reads the proxy's epoll sets, by fd.
func epollSets(t *testing.T, pid int) map[int]epollSet {
	t.Helper()
	sets := map[int]epollSet{}
	for _, f := range openFiles(t, pid) {
		if f.link != "anon_inode:[eventpoll]" {
			continue
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%d", pid, f.fd))
		if err != nil {
			t.Fatal(err)
		}
		var s epollSet
		for line := range strings.Lines(string(b)) {
			rest, ok := strings.CutPrefix(line, "tfd:")
			if !ok {
				continue
			}
			fd, _ := strconv.ParseUint(strings.Fields(rest)[0], 10, 64)
			_, hex, _ := strings.Cut(rest, "ino:")
			ino, err := strconv.ParseUint(strings.Fields(hex)[0], 16, 64)
			if err != nil {
				t.Fatalf("fdinfo: %q", line)
			}
			s.fds, s.inodes = append(s.fds, fd), append(s.inodes, ino)
		}
		sets[f.fd] = s
	}
	return sets
}

// connection finds the proxy's fd of the TCP connection from this port of 127.0.0.1.
func connection(t *testing.T, pid, port int) openFile {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		t.Fatal(err)
	}
	local := fmt.Sprintf("0100007F:%04X", port)
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 9 && f[1] == local {
			inode, _ := strconv.ParseUint(f[9], 10, 64)
			for _, o := range openFiles(t, pid) {
				if o.inode == inode {
					return o
				}
			}
		}
	}
	t.Fatalf("the proxy has no connection from port %d", port)
	return openFile{}
}

// owners is which loop has which epoll set, as far as calls have shown.
type owners struct {
	t   *testing.T
	p   *siptest.Proxy
	set map[int]int // fd of the epoll set, by loop
}

// check fails unless f is in exactly one epoll set, which is the loop's: it has been that
// loop's before, and no other's, and holds a timerfd, which the set of Go's runtime does not.
func (o *owners) check(what string, loop int, f openFile) {
	o.t.Helper()
	var in []int
	sets := epollSets(o.t, o.p.PID())
	for fd, s := range sets {
		if s.has(f) {
			in = append(in, fd)
		}
	}
	if len(in) != 1 {
		o.t.Errorf("%s: fd %d (%s) of loop %d is in the epoll sets %v, want one", what, f.fd, f.link, loop, in)
		return
	}
	if known, ok := o.set[loop]; ok && known != in[0] {
		o.t.Errorf("%s: fd %d of loop %d is in epoll set %d, the loop's is %d", what, f.fd, loop, in[0], known)
	}
	o.set[loop] = in[0]
	if other, ok := o.set[1-loop]; ok && other == in[0] {
		o.t.Errorf("%s: both loops have epoll set %d", what, in[0])
	}
	if !slices.ContainsFunc(openFiles(o.t, o.p.PID()), func(x openFile) bool {
		return x.link == "anon_inode:[timerfd]" && slices.Contains(sets[in[0]].fds, uint64(x.fd))
	}) {
		o.t.Errorf("%s: epoll set %d of loop %d has no timerfd: it is no loop's", what, in[0], loop)
	}
}

// parkedOn waits until async:list shows this call alone, and returns its loop.
func (o *owners) parkedOn(callID string) int {
	o.t.Helper()
	var answer string
	for end := time.Now().Add(patience); time.Now().Before(end); {
		var err error
		if answer, err = o.p.Manage("async:list"); err != nil {
			o.t.Fatal(err)
		}
		var a struct {
			Operations []struct {
				Loop   int
				CallID string `json:"Call-ID"`
			}
		}
		if err := json.Unmarshal([]byte(answer), &a); err != nil {
			o.t.Fatalf("%v: %s", err, answer)
		}
		if len(a.Operations) == 1 && a.Operations[0].CallID == callID {
			return a.Operations[0].Loop
		}
	}
	o.t.Fatalf("%s is not parked: %s", callID, answer)
	return -1
}

// An awaited is a backend that holds its answer.
type awaited struct {
	name    string
	hold    func()
	files   func() []openFile // those that the operation of now waits for
	release func()
}

// "Each PostgreSQL, REST, Redis and exec fd is registered in the epoll set of its owner
// loop and in no other (read it from the process's fdinfo)." Calls wait for each of them
// until both loops have done so; async:list says which loop it is.
func TestFdsAreInTheSetOfTheirLoop(t *testing.T) {
	pg, redis := pgtest.Start(t), redistest.Start(t)
	redis.Do("SET", "x", "here")
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }))
	t.Cleanup(web.Close)
	pgURL, err := url.Parse(pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	gates := map[string]*gate{"pg": openGate(t, pgURL.Host), "redis": openGate(t, redis.Addr()), "rest": openGate(t, web.Listener.Addr().String())}
	pgURL.Host = gates["pg"].addr()
	p := start(t, ownerScript, map[string]string{"pg": pgURL.String(), "redis": gates["redis"].addr(), "web": gates["rest"].addr()}, "-n", "2")
	warmUp(t, p, 4)
	o := &owners{t: t, p: p, set: map[int]int{}}
	c := newCaller(t, p.Addr)
	backends := []awaited{execGate(t, p)}
	for name, g := range gates {
		g.warm(t, c, name)
		backends = append(backends, awaited{name, g.hold, func() (list []openFile) {
			return []openFile{connection(t, p.PID(), g.speaker(t))}
		}, g.release})
	}
	for _, b := range backends {
		o.both(c, b)
	}
	t.Logf("epoll sets by loop: %v", o.set)
	checkLoops(t, p)
}

// both has calls wait for b, one at a time, until it was each loop's turn.
func (o *owners) both(c *caller, b awaited) {
	o.t.Helper()
	seen := map[int]bool{}
	for range 64 {
		b.hold()
		k := c.invite(b.name)
		i := o.parkedOn(k.id)
		files := b.files()
		if len(files) == 0 {
			o.t.Errorf("%s: nothing is waited for", b.name)
		}
		for _, f := range files {
			o.check(b.name, i, f)
		}
		b.release()
		if m := k.ended(patience); m == nil || m.Status() != 480 {
			o.t.Fatalf("%s: answered with %v", b.name, m)
		}
		if seen[i] = true; len(seen) == 2 {
			return
		}
	}
	o.t.Errorf("%s: 64 calls on one loop only", b.name)
}

// started reports whether a program whose files these are has been started: a worker does
// that, which has the program's ends of the pipes as well meanwhile, and the loop watches
// ours afterwards.
func started(t *testing.T, pid int, list []openFile) bool {
	t.Helper()
	inodes := map[uint64]bool{}
	sets := epollSets(t, pid)
	for _, f := range list {
		watched := false
		for _, s := range sets {
			watched = watched || s.has(f)
		}
		if !watched || f.inode != 0 && inodes[f.inode] {
			return false
		}
		inodes[f.inode] = true
	}
	return len(list) >= 2
}

// execGate is a program that reads from a FIFO in the proxy's folder until somebody has
// written there. The proxy's fds of it are its pipes and a pidfd.
func execGate(t *testing.T, p *siptest.Proxy) awaited {
	t.Helper()
	path := filepath.Join(p.Dir, "gate")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	var before []openFile
	return awaited{"exec",
		func() { before = openFiles(t, p.PID()) },
		func() (list []openFile) {
			for end := time.Now().Add(patience); !started(t, p.PID(), list) && time.Now().Before(end); {
				list = slices.DeleteFunc(openFiles(t, p.PID()), func(f openFile) bool {
					return f.inode == 0 && !strings.Contains(f.link, "pidfd") || strings.HasPrefix(f.link, "socket:") || slices.Contains(before, f)
				})
			}
			return list
		},
		func() {
			if err := os.WriteFile(path, []byte("here"), 0); err != nil { // waits for the reader
				t.Error(err)
			}
		}}
}
