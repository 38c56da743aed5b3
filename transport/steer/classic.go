package steer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Classic BPF has no loops, and 4096 instructions at most. So the program looks at every
// fourth place for four bytes of the name of the header, at a fixed offset each, and checks what is around
// those that it finds; the value is hashed by code for each of its bytes.

// A size is how much of a message a classic program covers.
type size struct {
	short  int // bytes in which i: is looked for
	long   int // bytes in which Call-ID: is looked for
	callID int // bytes of the longest value
}

// sizes are those to try. The kernel translates a program before it weighs it against
// net.core.optmem_max: 128 KiB allow for the first, 20 KiB (before Linux 6.7) for the last.
var sizes = []size{{256, 832, 96}, {128, 640, 72}, {0, 480, 56}, {0, 320, 48}, {0, 272, 40}}

// undecided, being no socket's number, leaves the choice to the kernel.
const undecided = math.MaxUint32

// loadClassic attaches the largest classic program that the kernel takes to the group of
// sockets that fd belongs to.
func loadClassic(o Owner, fd int) (size, error) {
	for _, s := range sizes {
		err := attachClassic(o, s, fd)
		if !errors.Is(err, unix.ENOMEM) {
			return s, err
		}
	}
	return size{}, fmt.Errorf("net.core.optmem_max is too small: %w", unix.ENOMEM)
}

func attachClassic(o Owner, s size, fd int) error {
	raw, err := bpf.Assemble(classic(o, s))
	if err != nil {
		return err
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	err = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_CBPF, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]})
	if err != nil {
		return fmt.Errorf("SO_ATTACH_REUSEPORT_CBPF: %w", err)
	}
	return nil
}

// Words of the scratch memory.
const (
	memHash = iota
	memAt
	memWord
)

// Where to look for what: every window of four bytes, windows to a block.
const (
	firstWindow = 16 // no start line is shorter
	window      = 4
	windows     = 8
)

// fold makes letters small; what else it changes is checked later.
const fold = 0x20202020

// classic returns the classic program: [Owner.Of] of the first Call-ID of a message.
func classic(o Owner, s size) []bpf.Instruction {
	a := newAssembler()
	for at := firstWindow; at < s.long; at += window * windows {
		a.block(at, at < s.short)
	}
	a.far("none")
	a.value(s.callID)
	a.hash(o, s.callID)
	a.label("none")
	a.add(bpf.RetConstant{Val: undecided})
	return a.assembled()
}

// chars is four bytes as a load yields them, letters made small.
func chars(s string) uint32 { return binary.BigEndian.Uint32([]byte(s)) | fold }

// block looks at the windows from offset from on. Each hit leads to a check behind them
// all, after which the search goes on with the next block.
func (a *assembler) block(from int, short bool) {
	end := from + window*windows
	a.add(bpf.LoadExtension{Num: bpf.ExtLen})
	a.jump(bpf.JumpGreaterOrEqual, uint32(end+window), "", "out")
	for at := uint32(from); at < uint32(end); at += window {
		a.look(at)
		for k, part := range nameParts {
			a.jump(bpf.JumpEqual, chars(part), fmt.Sprint("part", k), "")
		}
		if short {
			a.shortName()
			a.look(at + 2)
			a.shortName()
		}
	}
	a.far("next")
	a.label("out")
	a.far("none")
	a.check(short)
	a.label("next")
}

// look loads the four bytes at offset at, letters made small. X is at.
func (a *assembler) look(at uint32) {
	a.add(bpf.LoadConstant{Dst: bpf.RegX, Val: at}, bpf.LoadAbsolute{Off: at, Size: 4}, bpf.ALUOpConstant{Op: bpf.ALUOpOr, Val: fold})
}

// nameParts are what a window over Call-ID: may hold, of which one is bound to hold one;
// part k begins k+2 bytes behind the line feed. Those with a minus sign are rare elsewhere.
var nameParts = [...]string{"all-", "ll-I", "l-ID", "-ID:"}

// shortName goes to i0 or i1 if A is "\ni:" and a byte more, or a byte and then that.
func (a *assembler) shortName() {
	a.add(bpf.StoreScratch{Src: bpf.RegA, N: memWord}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xffffff})
	a.jump(bpf.JumpEqual, chars("\x00\ni:")&0xffffff, "i1", "")
	a.add(bpf.LoadScratch{Dst: bpf.RegA, N: memWord}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 8})
	a.jump(bpf.JumpEqual, chars("\x00\ni:")&0xffffff, "i0", "")
}

// check makes sure that what a window at X holds is part of the name. Then X is the place
// of the value.
func (a *assembler) check(short bool) {
	for k := range nameParts {
		a.label(fmt.Sprint("part", k))
		a.add(bpf.LoadConstant{Dst: bpf.RegA, Val: -uint32(k + 2)})
		if k < len(nameParts)-1 {
			a.far("long")
		}
	}
	a.label("long")
	a.add(bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{}) // the line feed
	a.same(4, 4, chars("l-ID"), fold)
	a.same(1, 4, chars("Call"), fold)
	a.same(8, 1, ':', 0)
	a.same(0, 1, '\n', 0)
	a.add(bpf.LoadConstant{Dst: bpf.RegA, Val: 9})
	if short {
		a.far("found")
		a.label("i1")
		a.add(bpf.LoadConstant{Dst: bpf.RegA, Val: 1}, bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
		a.label("i0")
		a.same(0, 1, '\n', 0)
		a.add(bpf.LoadConstant{Dst: bpf.RegA, Val: 3})
	}
	a.label("found")
	a.add(bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{})
	a.far("value")
}

// same goes to the next block unless what is at X + off is want.
func (a *assembler) same(off uint32, bytes int, want, or uint32) {
	a.add(bpf.LoadIndirect{Off: off, Size: bytes})
	if or != 0 {
		a.add(bpf.ALUOpConstant{Op: bpf.ALUOpOr, Val: or})
	}
	a.jump(bpf.JumpEqual, want, "", "next")
}

// value skips two blanks, and gives up where the datagram might end before the value: a load
// from beyond the end ends the program with 0, which is a loop.
func (a *assembler) value(longest int) {
	const blanks = 2
	a.label("value")
	a.add(bpf.StoreScratch{Src: bpf.RegX, N: memAt}, bpf.LoadExtension{Num: bpf.ExtLen}, bpf.ALUOpX{Op: bpf.ALUOpSub})
	a.skip(bpf.JumpGreaterThan, uint32(longest+blanks), 9)
	a.skip(bpf.JumpGreaterThan, blanks, 1)
	a.far("none")
	a.add(bpf.LoadExtension{Num: bpf.ExtLen}, bpf.ALUOpConstant{Op: bpf.ALUOpSub, Val: 1}, bpf.TAX{}, bpf.LoadIndirect{Size: 1})
	a.skip(bpf.JumpLessOrEqual, ' ', 1) // the last byte: something ends the value
	a.far("none")
	a.add(bpf.LoadScratch{Dst: bpf.RegX, N: memAt})
	for range blanks {
		a.add(bpf.LoadIndirect{Size: 1})
		a.skip(bpf.JumpNotEqual, ' ', 3)
		a.add(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 1}, bpf.TAX{})
	}
	a.add(bpf.StoreScratch{Src: bpf.RegX, N: memAt})
}

// hash does what [Owner.Of] does to the value at memAt, and returns the loop.
func (a *assembler) hash(o Owner, longest int) {
	a.add(bpf.LoadConstant{Dst: bpf.RegA, Val: o.seed}, bpf.StoreScratch{Src: bpf.RegA, N: memHash},
		bpf.LoadIndirect{Size: 1})
	a.skip(bpf.JumpGreaterThan, ' ', 1) // folds and other blanks are beyond us
	a.far("none")
	for i := range longest {
		a.add(bpf.LoadIndirect{Off: uint32(i), Size: 1})
		a.skip(bpf.JumpGreaterThan, ' ', 1)
		a.far("mix")
		a.add(bpf.LoadScratch{Dst: bpf.RegX, N: memHash}, bpf.ALUOpX{Op: bpf.ALUOpXor}, bpf.ALUOpConstant{Op: bpf.ALUOpMul, Val: fnvPrime},
			bpf.StoreScratch{Src: bpf.RegA, N: memHash}, bpf.LoadScratch{Dst: bpf.RegX, N: memAt})
	}
	a.add(bpf.LoadIndirect{Off: uint32(longest), Size: 1})
	a.skip(bpf.JumpLessOrEqual, ' ', 1)
	a.far("none")
	a.label("mix")
	a.add(bpf.LoadScratch{Dst: bpf.RegA, N: memHash}, bpf.TAX{}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: mixFirst}, bpf.ALUOpX{Op: bpf.ALUOpXor},
		bpf.ALUOpConstant{Op: bpf.ALUOpMul, Val: mixPrime}, bpf.TAX{}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: mixLast}, bpf.ALUOpX{Op: bpf.ALUOpXor},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: share}, bpf.ALUOpConstant{Op: bpf.ALUOpMul, Val: uint32(o.n)},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: share}, bpf.RetA{})
}
