package script

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/fastsips/fastsips/script/syntax"
)

// maxFlags is how many names of one sort of flags a configuration may have.
const maxFlags = 32

// FlagNames gives the names of flags their bits. Names come while a configuration
// is loaded, in the order in which they are met; runs only look, without a lock.
type FlagNames struct {
	adding sync.Mutex
	list   atomic.Pointer[[]string] // never changed, only replaced
}

func (f *FlagNames) names() []string {
	if list := f.list.Load(); list != nil {
		return *list
	}
	return nil
}

// Bit returns the mask of a name, giving it a bit if it has none. It is for loading
// time.
func (f *FlagNames) Bit(name string) (uint32, error) {
	f.adding.Lock()
	defer f.adding.Unlock()
	if name == "" {
		return 0, fmt.Errorf("a flag needs a name")
	}
	names := f.names()
	if i := slices.Index(names, name); i >= 0 {
		return 1 << i, nil
	}
	if len(names) == maxFlags {
		return 0, fmt.Errorf("more than %d flags, this one is %q", maxFlags, name)
	}
	more := append(slices.Clone(names), name)
	f.list.Store(&more)
	return 1 << len(names), nil
}

// AppendList appends the names of the bits that are set, with commas.
func (f *FlagNames) AppendList(dst []byte, bits uint32) []byte {
	first := true
	for i, n := range f.names() {
		if bits&(1<<i) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		dst, first = append(dst, n...), false
	}
	return dst
}

// ParseList reads what AppendList wrote: false if a name is unknown.
func (f *FlagNames) ParseList(list []byte) (bits uint32, ok bool) {
	for len(list) > 0 {
		var name []byte
		name, list, _ = bytes.Cut(list, []byte{','})
		i := f.find(bytes.TrimSpace(name))
		if i < 0 {
			return 0, false
		}
		bits |= 1 << i
	}
	return bits, true
}

// Mask returns the mask of a name that a script has; false if none has it.
func (f *FlagNames) Mask(name []byte) (uint32, bool) {
	i := f.find(name)
	if i < 0 {
		return 0, false
	}
	return 1 << i, true
}

func (f *FlagNames) find(name []byte) int {
	for i, n := range f.names() {
		if n == string(name) {
			return i
		}
	}
	return -1
}

// Flag is the name of a flag, a string without variables; the function gets its
// mask.
func Flag(names *FlagNames, name, doc string) Param[uint32] {
	return Param[uint32]{info: ParamInfo{Name: name, Doc: doc, Kind: ParamStatic}, bind: func(b *binder, x syntax.Expr) getter[uint32] {
		s, ok := x.(*syntax.StrLit)
		if !ok || hasVars(s.Parts) {
			b.refuse(x, "the name of a flag in quotes", "")
			return none[uint32]()
		}
		bit, err := names.Bit(s.Value)
		if err != nil {
			b.error(s.Span, err.Error(), "")
			return none[uint32]()
		}
		return constant(bit)
	}}
}
