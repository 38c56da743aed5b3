package hugepages

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unsafe"
)

// "always [madvise] never": the word in brackets holds (kernel documentation, transhuge.rst).
func TestMode(t *testing.T) {
	for text, want := range map[string]string{
		"always [madvise] never\n": "madvise", "[always] madvise never\n": "always", "always madvise [never]\n": "never", "": "never",
	} {
		root := fstest.MapFS{"sys/kernel/mm/transparent_hugepage/enabled": {Data: []byte(text)}}
		if got := mode(root); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	if got := mode(fstest.MapFS{}); got != "never" {
		t.Errorf("a kernel without huge pages: %s", got)
	}
}

// GODEBUG=disablethp=1 is Go's own switch, and wins.
func TestWanted(t *testing.T) {
	for _, c := range []struct {
		mode, godebug string
		want          error
	}{
		{"madvise", "", nil}, {"madvise", "gctrace=1,disablethp=0", nil}, {"madvise", "gctrace=1,disablethp=1", ErrForbidden},
		{"always", "", ErrNotNeeded}, {"never", "", ErrNever},
	} {
		if got := wanted(c.mode, c.godebug); got != c.want {
			t.Errorf("%s, GODEBUG=%s: %v, want %v", c.mode, c.godebug, got, c.want)
		}
	}
}

// What is allocated after Reserve is where huge pages have been asked for ("hg" among
// VmFlags, proc_pid_smaps(5)), without anything having been touched before.
func TestReserve(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage/enabled"); err != nil {
		t.Skip("this kernel was built without huge pages")
	}
	_, before := advised(t)
	if err := Reserve(128 << 20); err != nil {
		t.Fatal(err)
	}
	if _, after := advised(t); after-before > 16<<20 {
		t.Errorf("the reserve occupies %d bytes", after-before)
	}
	if Free() < 100<<20 {
		t.Errorf("%d bytes are free", Free())
	}
	var all [][]byte
	for range 64 {
		all = append(all, make([]byte, 1<<20))
	}
	huge := 0
	where, _ := advised(t)
	for _, b := range all {
		p := uintptr(unsafe.Pointer(&b[0]))
		if slices.ContainsFunc(where, func(m [2]uintptr) bool { return m[0] <= p && p < m[1] }) {
			huge++
		}
	}
	if huge < 60 { // the heap had some gaps before
		t.Errorf("%d of %d blocks are in huge pages", huge, len(all))
	}
}

func TestReserveIsModest(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(256 << 20))
	if err := Reserve(128 << 20); err != ErrScarce {
		t.Errorf("half of GOMEMLIMIT: %v", err)
	}
	debug.SetMemoryLimit(math.MaxInt64)
	if err := Reserve(1 << 50); err != ErrScarce {
		t.Errorf("more than the kernel maps: %v", err)
	}
}

// advised lists the mappings with the flag hg, and how many bytes of memory they have.
func advised(t *testing.T) (where [][2]uintptr, resident int) {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var m [2]uintptr
	rss := 0
	for s := bufio.NewScanner(f); s.Scan(); {
		if n, _ := fmt.Sscanf(s.Text(), "%x-%x ", &m[0], &m[1]); n == 2 {
			continue
		}
		fmt.Sscanf(s.Text(), "Rss: %d kB", &rss)
		if flags, ok := strings.CutPrefix(s.Text(), "VmFlags:"); ok && strings.Contains(flags+" ", " hg ") {
			where, resident = append(where, m), resident+rss<<10
		}
	}
	return where, resident
}
