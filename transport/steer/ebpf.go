package steer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// Bounds of the eBPF program. What is beyond them is not found.
const (
	reach     = 4096          // bytes of a message that are looked at
	maxCallID = 256           // bytes
	maxTurns  = reach/8 + 256 // of the search: one for each eight bytes, one for each line
	maxEmpty  = 8             // CR and LF before the start line
	maxBlank  = 16            // turns of white space on either side of the colon
)

// The scratch memory, one for each CPU: eight bytes that are always 0, the message,
// eight NULs that end whatever is being read, room for reading on a little.
const (
	scratchText = 8
	scratchSize = scratchText + reach + 8 + 1024
)

// loadEBPF loads the eBPF program for a listener and attaches it to its sockets, that of
// loop i being fds[i].
func loadEBPF(o Owner, fds []int) error {
	_ = rlimit.RemoveMemlock() // before Linux 5.11, programs and maps count as locked memory
	scratch, err := ebpf.NewMap(&ebpf.MapSpec{Name: "sip_scratch", Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: scratchSize, MaxEntries: 1})
	if err != nil {
		return fmt.Errorf("map: %w", err)
	}
	defer scratch.Close() // the program keeps it
	sockets, err := socketMap(fds)
	if err != nil {
		return err
	}
	defer sockets.Close()
	prog, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "sip_call_id", Type: ebpf.SkReuseport, License: "MIT", Instructions: program(o, scratch.FD(), sockets.FD())})
	if err != nil {
		return fmt.Errorf("program: %w", err)
	}
	defer prog.Close() // the group of sockets keeps it
	if err := unix.SetsockoptInt(fds[0], unix.SOL_SOCKET, unix.SO_ATTACH_REUSEPORT_EBPF, prog.FD()); err != nil {
		return fmt.Errorf("SO_ATTACH_REUSEPORT_EBPF: %w", err)
	}
	return nil
}

// socketMap is what the program chooses from.
func socketMap(fds []int) (*ebpf.Map, error) {
	m, err := ebpf.NewMap(&ebpf.MapSpec{Name: "sip_loops", Type: ebpf.ReusePortSockArray, KeySize: 4, ValueSize: 8, MaxEntries: uint32(len(fds))})
	if err != nil {
		return nil, fmt.Errorf("map of sockets: %w", err)
	}
	for i, fd := range fds {
		if err := m.Put(uint32(i), uint64(fd)); err != nil {
			return nil, errors.Join(fmt.Errorf("map of sockets: %w", err), m.Close())
		}
	}
	return m, nil
}

// Registers that the program keeps things in; R0 to R5 come and go.
const (
	rCtx  = asm.R6
	rLen  = asm.R7 // bytes of the message in the scratch memory; from the start line on
	rMem  = asm.R8 // the scratch memory
	rText = asm.R9 // where in it the start line begins, less scratchText
	rPos  = asm.R2 // of what is looked at, from the start line on

	rTurns = asm.R1 // that findHeader has left
)

// Fields of struct sk_reuseport_md, and the size of what the kernel shows before the
// message.
const (
	mdLen     = 16
	udpHeader = 8
	skPass    = 1
)

// program is the eBPF program: [Owner.Of] of the first Call-ID.
func program(o Owner, scratch, sockets int) asm.Instructions {
	var p asm.Instructions
	for _, part := range []asm.Instructions{
		fetch(scratch), startLine(), findHeader(), headerValue(), hash(o), choose(sockets),
	} {
		p = append(p, part...)
	}
	return p
}

// fetch copies the message, which need not be in one piece, to the scratch memory.
func fetch(scratch int) asm.Instructions {
	return asm.Instructions{
		asm.Mov.Reg(rCtx, asm.R1),
		asm.LoadMem(rLen, rCtx, mdLen, asm.Word),
		asm.JLT.Imm(rLen, udpHeader+16, "none"), // keep-alives
		asm.Sub.Imm(rLen, udpHeader),
		asm.JLE.Imm(rLen, reach, "fits"),
		asm.Mov.Imm(rLen, reach),

		asm.StoreImm(asm.RFP, -4, 0, asm.Word).WithSymbol("fits"),
		asm.LoadMapPtr(asm.R1, scratch),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -4),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "none"),
		asm.Mov.Reg(rMem, asm.R0),

		asm.Mov.Reg(asm.R1, rCtx),
		asm.Mov.Imm(asm.R2, udpHeader),
		asm.Mov.Reg(asm.R3, rMem),
		asm.Add.Imm(asm.R3, scratchText),
		asm.Mov.Reg(asm.R4, rLen),
		asm.FnSkbLoadBytes.Call(),
		asm.JNE.Imm(asm.R0, 0, "none"),

		asm.Mov.Reg(asm.R1, rMem),
		asm.Add.Reg(asm.R1, rLen),
		asm.Mov.Imm(asm.R0, 0),
		asm.StoreMem(asm.R1, scratchText, asm.R0, asm.DWord),
	}
}

// startLine skips empty lines, and leaves what does not begin with a letter, such as
// STUN, to the kernel.
func startLine() asm.Instructions {
	p := asm.Instructions{
		asm.Mov.Reg(rText, rMem),
		asm.Mov.Imm(rPos, 0),
		asm.Mov.Reg(asm.R3, rText).WithSymbol("empty"),
		asm.Add.Reg(asm.R3, rPos),
		asm.LoadMem(asm.R4, asm.R3, scratchText, asm.Byte),
		asm.JGE.Imm(asm.R4, 'A', "begins"),
		asm.JEq.Imm(asm.R4, '\r', "emptier"),
		asm.JNE.Imm(asm.R4, '\n', "none"),
		asm.Add.Imm(rPos, 1).WithSymbol("emptier"),
		asm.JLE.Imm(rPos, maxEmpty, "empty"),
		asm.Ja.Label("none"),
	}
	return append(append(p, forget("begins", maxEmpty)...), asm.Add.Reg(rText, rPos), asm.Sub.Reg(rLen, rPos))
}

// forget has the verifier of the kernel forget which values rPos may have at label but
// for the limit, so that it checks what follows once, and not for each of them.
func forget(label string, limit int32) asm.Instructions {
	return asm.Instructions{
		asm.LoadMem(asm.R5, rMem, 0, asm.DWord).WithSymbol(label), // 0, which the verifier cannot know
		asm.Add.Reg(rPos, asm.R5),
		asm.JGT.Imm(rPos, limit, "none"),
	}
}

// each is a word of eight times the byte c.
func each(c byte) int64 { return int64(uint64(c) * (math.MaxUint64 / 255)) }

// word is eight bytes as a register holds them after [loadWord].
func word(s string) int64 { return int64(binary.LittleEndian.Uint64([]byte(s))) }

// loadWord loads the eight bytes at R3 into R4, the first as the lowest.
func loadWord() asm.Instructions {
	return asm.Instructions{asm.LoadMem(asm.R4, asm.R3, scratchText, asm.DWord), asm.HostTo(asm.LE, asm.R4, asm.DWord)}
}

// findHeader looks for line feeds, in eight bytes at a time, and for the name of the
// header behind each. It ends with rPos behind the name.
func findHeader() asm.Instructions {
	p := asm.Instructions{asm.Mov.Imm(rPos, 0), asm.Mov.Imm(rTurns, maxTurns)}
	p = append(p, forget("scan", reach)...)
	p = append(p,
		asm.JGE.Reg(rPos, rLen, "none"),
		asm.Mov.Reg(asm.R3, rText),
		asm.Add.Reg(asm.R3, rPos))
	p = append(p, loadWord()...)
	p = append(p,
		asm.LoadImm(asm.R5, each('\n'), asm.DWord),
		asm.Xor.Reg(asm.R4, asm.R5), // a line feed is a byte of 0 now
		asm.Mov.Reg(asm.R0, asm.R4),
		asm.LoadImm(asm.R5, each(1), asm.DWord),
		asm.Sub.Reg(asm.R0, asm.R5),
		asm.Xor.Imm(asm.R4, -1),
		asm.And.Reg(asm.R0, asm.R4),
		asm.LoadImm(asm.R5, each(0x80), asm.DWord),
		asm.And.Reg(asm.R0, asm.R5),
		asm.JNE.Imm(asm.R0, 0, "line"), // its lowest bit that is set is the first one's
		asm.Add.Imm(rPos, 8),
		asm.Sub.Imm(rTurns, 1).WithSymbol("next"),
		asm.JNE.Imm(rTurns, 0, "scan"),
		asm.Ja.Label("none"))
	return append(p, lookAtLine()...)
}

// lookAtLine has rPos behind the line feed that R0 tells of, and goes to "named" if the line begins with
// the name of the header.
func lookAtLine() asm.Instructions {
	p := asm.Instructions{
		asm.Mov.Reg(asm.R4, asm.R0).WithSymbol("line"),
		asm.Sub.Imm(asm.R4, 1),
		asm.Xor.Imm(asm.R0, -1),
		asm.And.Reg(asm.R4, asm.R0), // all bits below
		asm.LoadImm(asm.R5, each(1), asm.DWord),
		asm.And.Reg(asm.R4, asm.R5), // one bit for each byte up to the line feed
		asm.Mul.Reg(asm.R4, asm.R5), // their number, in the highest byte
		asm.RSh.Imm(asm.R4, 56),
		asm.Add.Reg(rPos, asm.R4),
		asm.Add.Reg(asm.R3, asm.R4),
		asm.LoadMem(asm.R4, asm.R3, scratchText, asm.Byte),
		asm.JEq.Imm(asm.R4, '\r', "none"), // the end of the headers
		asm.Or.Imm(asm.R4, 0x20),
		asm.JEq.Imm(asm.R4, 'i', "short"),
		asm.JNE.Imm(asm.R4, 'c', "next"),
	}
	p = append(p, loadWord()...)
	p = append(p,
		asm.LoadImm(asm.R5, word("    \x00   "), asm.DWord), // makes letters small
		asm.Or.Reg(asm.R4, asm.R5),
		asm.LoadImm(asm.R5, math.MaxInt64>>7, asm.DWord), // seven bytes
		asm.And.Reg(asm.R4, asm.R5),
		asm.LoadImm(asm.R5, word("call-id\x00"), asm.DWord),
		asm.JNE.Reg(asm.R4, asm.R5, "next"),
		asm.Add.Imm(rPos, 7),
		asm.LoadMem(asm.R4, asm.R3, scratchText+7, asm.Byte),
		asm.Ja.Label("ends"),

		asm.Add.Imm(rPos, 1).WithSymbol("short"),
		asm.LoadMem(asm.R4, asm.R3, scratchText+1, asm.Byte),
		asm.JEq.Imm(asm.R4, ':', "named").WithSymbol("ends"),
		asm.JEq.Imm(asm.R4, ' ', "named"),
		asm.JEq.Imm(asm.R4, '\t', "named"),
		asm.Ja.Label("next"))
	return p
}

// headerValue goes on from behind the name to the value: white space, the colon, white space and
// folds. It ends with R3 at it, less scratchText.
func headerValue() asm.Instructions {
	at := func(label string) asm.Instructions {
		return asm.Instructions{
			asm.Mov.Reg(asm.R3, rText).WithSymbol(label),
			asm.Add.Reg(asm.R3, rPos),
			asm.LoadMem(asm.R4, asm.R3, scratchText, asm.Byte),
		}
	}
	var p asm.Instructions
	p = append(p, forget("named", reach)...)
	p = append(p, asm.Mov.Imm(asm.R0, 0))
	p = append(p, at("before")...)
	p = append(p,
		asm.JEq.Imm(asm.R4, ':', "colon"),
		asm.JEq.Imm(asm.R4, ' ', "blank"),
		asm.JNE.Imm(asm.R4, '\t', "none"),
		asm.Add.Imm(rPos, 1).WithSymbol("blank"),
		asm.Add.Imm(asm.R0, 1),
		asm.JLT.Imm(asm.R0, maxBlank, "before"),
		asm.Ja.Label("none"),
	)
	p = append(p, forget("colon", reach+maxBlank)...)
	p = append(p, asm.Add.Imm(rPos, 1), asm.Mov.Imm(asm.R0, 0))
	p = append(p, at("behind")...)
	p = append(p,
		asm.JEq.Imm(asm.R4, ' ', "skip"),
		asm.JEq.Imm(asm.R4, '\t', "skip"),
		asm.JNE.Imm(asm.R4, '\r', "value"),
		asm.LoadMem(asm.R4, asm.R3, scratchText+1, asm.Byte),
		asm.JNE.Imm(asm.R4, '\n', "value"),
		asm.LoadMem(asm.R4, asm.R3, scratchText+2, asm.Byte),
		asm.JEq.Imm(asm.R4, ' ', "fold"),
		asm.JNE.Imm(asm.R4, '\t', "value"),
		asm.Add.Imm(rPos, 2).WithSymbol("fold"),
		asm.Add.Imm(rPos, 1).WithSymbol("skip"),
		asm.Add.Imm(asm.R0, 1),
		asm.JLT.Imm(asm.R0, maxBlank, "behind"),
		asm.Ja.Label("none"),
	)
	p = append(p, forget("value", reach+4*maxBlank)...)
	return append(p, asm.Mov.Reg(asm.R3, rText), asm.Add.Reg(asm.R3, rPos))
}

// hash does what [Owner.Of] does to the value at R3, and leaves the loop in R5.
func hash(o Owner) asm.Instructions {
	signed := func(u uint32) int32 { return int32(u) }
	return asm.Instructions{
		asm.Mov.Imm32(asm.R5, signed(o.seed)),
		asm.Mov.Imm(asm.R0, 0),
		asm.LoadMem(asm.R4, asm.R3, scratchText, asm.Byte).WithSymbol("hash"),
		asm.JLE.Imm(asm.R4, ' ', "mix"),
		asm.Xor.Reg32(asm.R5, asm.R4),
		asm.Mul.Imm32(asm.R5, fnvPrime),
		asm.Add.Imm(asm.R3, 1),
		asm.Add.Imm(asm.R0, 1),
		asm.JLE.Imm(asm.R0, maxCallID, "hash"),
		asm.Ja.Label("none"),

		asm.Add.Reg(asm.R0, rPos).WithSymbol("mix"), // the end of the value
		asm.JGE.Imm(asm.R0, reach-maxEmpty, "none"), // which the message may have been cut off at
		asm.Mov.Reg32(asm.R4, asm.R5),
		asm.RSh.Imm32(asm.R4, mixFirst),
		asm.Xor.Reg32(asm.R5, asm.R4),
		asm.Mul.Imm32(asm.R5, signed(mixPrime)),
		asm.Mov.Reg32(asm.R4, asm.R5),
		asm.RSh.Imm32(asm.R4, mixLast),
		asm.Xor.Reg32(asm.R5, asm.R4),
		asm.RSh.Imm32(asm.R5, share),
		asm.Mul.Imm32(asm.R5, int32(o.n)),
		asm.RSh.Imm32(asm.R5, share),
	}
}

// choose takes the socket of loop R5. At "none" the kernel chooses.
func choose(sockets int) asm.Instructions {
	return asm.Instructions{
		asm.StoreMem(asm.RFP, -4, asm.R5, asm.Word),
		asm.Mov.Reg(asm.R1, rCtx),
		asm.LoadMapPtr(asm.R2, sockets),
		asm.Mov.Reg(asm.R3, asm.RFP),
		asm.Add.Imm(asm.R3, -4),
		asm.Mov.Imm(asm.R4, 0),
		asm.FnSkSelectReuseport.Call(),
		asm.Mov.Imm(asm.R0, skPass).WithSymbol("none"),
		asm.Return(),
	}
}
