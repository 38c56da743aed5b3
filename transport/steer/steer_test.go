package steer

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fastsips/fastsips/sipparse"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const loops = 4

// A judge says which loop a message is for; -1: the kernel may choose.
type judge func(b []byte) int

// inVM runs the classic program in Go.
func inVM(t testing.TB, o Owner, s size) judge {
	vm, err := bpf.NewVM(classic(o, s))
	if err != nil {
		t.Fatal(err)
	}
	return func(b []byte) int {
		n, err := vm.Run(b)
		if err != nil {
			t.Fatal(err)
		}
		if uint32(n) == undecided {
			return -1
		}
		return n
	}
}

// inKernel attaches a program and looks at which socket gets the message. What the program leaves to
// the kernel goes to the socket that all do from one address.
func inKernel(t testing.TB, family int, attach func(fds []int) error) judge {
	g := newGroup(t, loops, family)
	if err := attach(g.fds); err != nil {
		skipForbidden(t, err)
		t.Fatal(err)
	}
	return func(b []byte) int {
		i := g.lands(t, b)
		if i == g.choice {
			return -1
		}
		return i
	}
}

func skipForbidden(t testing.TB, err error) {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		t.Skipf("this process may not load eBPF programs (CAP_BPF and CAP_NET_ADMIN): %v", err)
	}
}

// A mechanism is a way to judge, and how far it sees.
type mechanism struct {
	name  string
	judge func(t testing.TB, o Owner) judge
	size  size
	real  bool // in the kernel: what it says of its own choice's socket is not known
	blank int  // turns of white space behind the colon
	fold  bool // it unfolds
}

func mechanisms() (list []mechanism) {
	for _, s := range sizes {
		list = append(list, mechanism{name: fmt.Sprintf("cbpf in Go, %d bytes", s.long), size: s, blank: 2,
			judge: func(t testing.TB, o Owner) judge { return inVM(t, o, s) }})
	}
	attach := func(o Owner) func(fds []int) error {
		return func(fds []int) error { _, err := loadClassic(o, fds[0]); return err }
	}
	return append(list,
		mechanism{name: "cbpf", size: sizes[len(sizes)-1], real: true, blank: 2,
			judge: func(t testing.TB, o Owner) judge { return inKernel(t, unix.AF_INET, attach(o)) }},
		mechanism{name: "ebpf", size: size{reach - 512, reach - 512, maxCallID}, real: true, blank: maxBlank, fold: true,
			judge: func(t testing.TB, o Owner) judge {
				return inKernel(t, unix.AF_INET, func(fds []int) error { return loadEBPF(o, fds) })
			}},
	)
}

// corpora are the messages that other tests read: RFC 4475's, RFC 5118's and those of
// other implementations.
func corpora(t testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for _, dir := range []string{"corpus", "rfc4475", "rfc5118"} {
		err := filepath.WalkDir(filepath.Join("../../sipparse/testdata", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "INDEX") {
				return err
			}
			all[path], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(all) < 100 {
		t.Fatalf("%d messages only", len(all))
	}
	return all
}

// plain reports whether m is to find the Call-ID of b: it is written as usual, and within
// reach. Whatever else is found must be right as well, but need not be found.
func (m *mechanism) plain(b []byte) bool {
	id := sipparse.PeekCallID(b)
	if len(id) == 0 || len(id) > m.size.callID || b[0] < 'A' {
		return false
	}
	end := len(b) - len(b[bytes.Index(b, id):]) // where the value begins, or before
	line := b[bytes.LastIndexByte(b[:end], '\n')+1 : end]
	name, after, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(after) > m.blank || strings.Trim(string(after), " ") != "" {
		return m.fold && len(name)+len(after) < 16 && bytes.Equal(name, bytes.TrimRight(name, " \t"))
	}
	reach, room := m.size.long, 64
	if len(name) == 1 {
		reach = m.size.short
	}
	if m.fold {
		room = 0
	}
	return end+room < min(reach, len(b)) && bytes.IndexByte(line, '\t') < 0
}

// A program says of every message what Owner.Of says of its first Call-ID as sipparse
// finds it, or leaves it to the kernel, which it may not do with plain messages: requests and
// responses alike.
func TestPrograms(t *testing.T) {
	messages := corpora(t)
	for _, m := range mechanisms() {
		t.Run(m.name, func(t *testing.T) {
			plain, found, asked := 0, 0, 0
			for range 3 { // seeds
				o := NewOwner(loops)
				judge := m.judge(t, o)
				for path, b := range messages {
					if len(b) > 60_000 {
						continue
					}
					got, want := judge(b), -1
					if id := sipparse.PeekCallID(b); id != nil {
						want = o.Of(id)
					}
					switch {
					case got >= 0:
						found++
						if got != want && want >= 0 && (m.fold || clear(b)) {
							t.Errorf("%s: loop %d, want %d", path, got, want)
						}
					case m.real: // it may be the same socket
					case m.plain(b):
						t.Errorf("%s: not found", path)
					}
					if asked++; m.plain(b) {
						plain++
					}
				}
			}
			t.Logf("%d messages, %d plain ones, found in %d", asked, plain, found)
			if plain < asked/4 || found < plain/2 {
				t.Errorf("%d messages, %d plain ones, found in %d", asked, plain, found)
			}
		})
	}
}

// clear reports whether b is one sound message with one Call-ID, and nothing behind it that
// looks like one. Of others a classic program, which does not see where the headers end,
// may find another Call-ID than the first.
func clear(b []byte) bool {
	var m sipparse.Msg
	return m.Parse(b) == sipparse.OK && len(callIDLine.FindAllIndex(b, 2)) == 1
}

var callIDLine = regexp.MustCompile(`(?i)\n(call-id|i)[ \t]*:`)

// What the kernel does not say alone, several groups say together: a plain message goes to
// its owner's socket in all of them, whichever the kernel's own choice is.
func TestSteered(t *testing.T) {
	for _, mode := range []Mode{EBPF, Classic} {
		for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
			t.Run(fmt.Sprint(mode, family), func(t *testing.T) {
				o := NewOwner(loops)
				g := newGroup(t, loops, family)
				r := Attach(mode, o, g.fds)
				if r.Active != mode {
					if mode == EBPF && strings.Contains(r.Note, "not permitted") {
						t.Skip("this process may not load eBPF programs: " + r.Note)
					}
					t.Fatalf("%+v", r)
				}
				t.Log(r.Note)
				short := mode == EBPF || r.sees.short > 0
				seen := make([]int, loops)
				for i := range 4000 {
					b := message(i, short)
					if i%100 == 0 { // too long to lie in one piece in the kernel
						b = append(b, make([]byte, 40_000)...)
					}
					got, want := g.lands(t, b), o.Of(sipparse.PeekCallID(b))
					if seen[got]++; got != want {
						t.Fatalf("socket %d, want %d:\n%.600s", got, want, b)
					}
				}
				for i, n := range seen {
					if n < 800 || n > 1200 {
						t.Errorf("socket %d got %d of 4000", i, n)
					}
				}
				for _, other := range []string{"\r\n\r\n", "\r\n", "x", "\x00\x01\x00\x00\x21\x12\xa4\x42aaaabbbbcccc", "OPTIONS sip:a SIP/2.0\r\nTo: b\r\n\r\n" + strings.Repeat(" ", 100)} {
					if got := g.lands(t, []byte(other)); got != g.choice {
						t.Errorf("%q came to socket %d, not to the kernel's choice %d", other, got, g.choice)
					}
				}
			})
		}
	}
}

// message is a request or a response, the i-th of many that differ in where the Call-ID is, what
// it is, and how it is written; short: some have the short name.
func message(i int, short bool) []byte {
	r := rand.New(rand.NewPCG(uint64(i), 1))
	var b strings.Builder
	if i%2 == 0 {
		fmt.Fprintf(&b, "INVITE sip:%d@example.com SIP/2.0\r\n", i)
	} else {
		b.WriteString("SIP/2.0 180 Ringing\r\n")
	}
	name := "Call-ID"
	if r.IntN(5) == 0 {
		name = []string{"call-id", "CALL-ID", "i", "I"}[r.IntN(4)]
	}
	for want := r.IntN(200); b.Len() < want; {
		fmt.Fprintf(&b, "Via: SIP/2.0/UDP callee-%d.example.com;branch=z9hG4bK%x\r\n", r.IntN(100), r.Uint64N(1<<r.IntN(60)))
	}
	if len(name) == 1 && (b.Len() > 110 || !short) {
		name = "Call-ID"
	}
	fmt.Fprintf(&b, "%s:%s%x@192.0.2.%d\r\n", name, strings.Repeat(" ", r.IntN(3)), r.Uint64(), r.IntN(256))
	b.WriteString("From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCSeq: 1 INVITE\r\n\r\n")
	return []byte(b.String())
}

// Messages that are damaged in any way are steered as Owner.Of says, or not at all.
func TestDamaged(t *testing.T) {
	var all [][]byte
	for _, b := range corpora(t) {
		if len(b) < 8000 {
			all = append(all, b)
		}
	}
	for _, m := range mechanisms() {
		t.Run(m.name, func(t *testing.T) {
			o := NewOwner(loops)
			judge := m.judge(t, o)
			r := rand.New(rand.NewPCG(7, 7))
			for range 3000 {
				b := damage(r, all[r.IntN(len(all))], all[r.IntN(len(all))])
				id := sipparse.PeekCallID(b)
				if got := judge(b); got >= 0 && id != nil && got != o.Of(id) && (m.fold || clear(b)) {
					t.Fatalf("loop %d, want %d:\n%q", got, o.Of(id), b)
				}
			}
		})
	}
}

// damage changes, moves and cuts some bytes of b.
func damage(r *rand.Rand, b, other []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(6) {
		at := r.IntN(len(b) + 1)
		switch r.IntN(5) {
		case 0:
			b = b[:at]
		case 1:
			part := other[r.IntN(len(other)+1):]
			b = append(b[:at:at], append(bytes.Clone(part[:min(len(part), r.IntN(200))]), b[at:]...)...)
		case 2:
			b = append(b[:at:at], b[min(at+r.IntN(20), len(b)):]...)
		default:
			const odd = "\r\n\r\n\t :iICc-\x00\xffCall-ID:"
			if at < len(b) {
				b[at] = odd[r.IntN(len(odd))]
			}
		}
		if len(b) == 0 {
			return []byte("x")
		}
	}
	return b
}

// Loads beyond the end of a datagram would end a classic program with 0, which is a loop.
func TestCutOff(t *testing.T) {
	o := NewOwner(loops)
	for _, s := range sizes {
		judge := inVM(t, o, s)
		for i := range 200 {
			b := message(i, true)
			id := sipparse.PeekCallID(b)
			for n := range len(b) {
				got := judge(b[:n])
				if cut := sipparse.PeekCallID(b[:n]); got >= 0 && !bytes.Equal(cut, id) {
					t.Fatalf("loop %d of\n%q", got, b[:n])
				}
			}
		}
	}
}

// One loop, or steering=none: the sockets are left alone.
func TestNothingToDo(t *testing.T) {
	for _, r := range []Result{Attach(Auto, NewOwner(1), []int{-1}), Attach(Off, NewOwner(2), []int{-1, -1})} {
		if r.Active != Off || !r.Asked {
			t.Errorf("%+v", r)
		}
	}
}

// use_workers=1: one loop reads for all. Its socket is in no group, which no program can be
// attached to; nobody is to be warned of that.
func TestOneReader(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	bind(t, fd, unix.AF_INET, 0)
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) // the loops' first socket has it when it is bound
	for _, m := range []Mode{Auto, EBPF, Classic, Off} {
		if r := Attach(m, NewOwner(2), []int{fd}); r.Active != Off || !r.Asked {
			t.Errorf("%v: %+v", m, r)
		}
	}
}

// Two of four loops read. What is another's goes to either, and nothing is lost.
func TestFewerReaders(t *testing.T) {
	for _, mode := range []Mode{EBPF, Classic} {
		t.Run(mode.String(), func(t *testing.T) {
			o := NewOwner(loops)
			g := newGroup(t, 2, unix.AF_INET)
			if r := Attach(mode, o, g.fds); r.Active != mode {
				t.Skip(r.Note)
			}
			for i := range 400 {
				b := message(i, false)
				got, want := g.lands(t, b), o.Of(sipparse.PeekCallID(b))
				if want < len(g.fds) && got != want {
					t.Fatalf("socket %d, want %d:\n%s", got, want, b)
				}
			}
		})
	}
}

// A classic program may have 4096 instructions (BPF_MAXINSNS).
func TestSizes(t *testing.T) {
	for _, s := range sizes {
		if n := len(classic(NewOwner(2), s)); n > 4096 {
			t.Errorf("%+v: %d instructions", s, n)
		} else {
			t.Logf("%+v: %d instructions", s, n)
		}
	}
}

// Where neither is possible the reasons are told.
func TestImpossible(t *testing.T) {
	r := Attach(Auto, NewOwner(2), []int{-1, -1})
	if r.Active != Off || r.Asked || !strings.Contains(r.Note, "ebpf: ") || !strings.Contains(r.Note, "cbpf: ") {
		t.Errorf("%+v", r)
	}
}

// Who may not load eBPF programs is told what it takes.
func TestReason(t *testing.T) {
	for want, err := range map[string]error{
		"takes CAP_BPF and CAP_NET_ADMIN": fmt.Errorf("program: %w", unix.EPERM),
		"sysctl net.core.optmem_max=":     unix.ENOMEM,
		"invalid argument":                unix.EINVAL,
	} {
		if s := reason(err); !strings.Contains(s, want) {
			t.Errorf("%v: %s", err, s)
		}
	}
}
