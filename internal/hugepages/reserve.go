// Package hugepages lets Go's heap grow in huge pages, where the kernel leaves that to
// programs.
//
// Transactions linger for half a minute, so the memory of a busy proxy is some hundred
// megabytes, and each message goes to another corner of it. In pages of 4 KiB nearly every
// access has to look up its page, and a heap that grows takes a page fault for each. Where
// /sys/kernel/mm/transparent_hugepage/enabled says "always" the kernel prevents that by
// itself; "madvise", as many distributions have it, leaves it to who asks.
package hugepages

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The reasons why nothing is reserved.
var (
	ErrNotNeeded = errors.New("the kernel uses huge pages anyway")
	ErrNever     = errors.New("the kernel does not use huge pages: /sys/kernel/mm/transparent_hugepage/enabled")
	ErrForbidden = errors.New("GODEBUG has disablethp=1")
	ErrScarce    = errors.New("there is too little memory for it")
)

// Step is how much is reserved at a time: enough for 20,000 calls a second. It is address
// space; memory is taken when it is used.
const Step = 512 << 20

// Reserve lets the heap have size bytes of address space, a multiple of 2 MiB, that the
// kernel will fill with huge pages. It costs a collection.
//
// Go's run-time maps no memory for later, and what it maps is used at once. So this takes
// one block of that size, which is mapped as a whole and not touched, asks the kernel for
// huge pages there, and drops it: the allocator, which begins with the lowest addresses,
// takes from there before it maps more.
func Reserve(size int) error {
	if !fits(size) {
		return ErrScarce
	}
	var b strings.Builder // makes room without clearing it
	b.Grow(size)
	b.WriteByte(0) // so that there is something to point to
	err := advise(unsafe.Slice(unsafe.StringData(b.String()), size))
	runtime.KeepAlive(&b)
	b.Reset()
	runtime.GC() // which frees it
	return err
}

// fits reports whether the kernel would map so many bytes, since Go's run-time gives up
// where it does not, and whether they are at most a quarter of what GOMEMLIMIT leaves: else
// the collector would have to fight for them.
func fits(size int) bool {
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 && int64(size) > (limit-taken())/4 {
		return false
	}
	m, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return false // RLIMIT_AS, vm.overcommit_memory=2
	}
	return unix.Munmap(m) == nil
}

// taken is what counts against GOMEMLIMIT today.
func taken() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}

// advise asks for huge pages in b, which begins at a multiple of Go's own pages.
func advise(b []byte) error {
	const huge = 2 << 20
	skip := -uintptr(unsafe.Pointer(&b[0])) & (huge - 1)
	b = b[skip:]
	if err := unix.Madvise(b[:len(b)&^(huge-1)], unix.MADV_HUGEPAGE); err != nil {
		return fmt.Errorf("madvise: %w", err)
	}
	return nil
}
