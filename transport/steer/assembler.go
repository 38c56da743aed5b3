package steer

import "golang.org/x/net/bpf"

// An assembler puts a classic BPF program together. Jumps go forward, to labels; those of a
// block mean something in it only.
type assembler struct {
	code  []bpf.Instruction
	jumps map[string][]ref // to labels that are not there yet
}

// A ref is an instruction that jumps to a label.
type ref struct {
	at int
	no bool // if the condition does not hold
}

func newAssembler() *assembler { return &assembler{jumps: map[string][]ref{}} }

func (a *assembler) add(list ...bpf.Instruction) { a.code = append(a.code, list...) }

// jump goes to one of two labels, no more than 255 instructions on; to what follows where there is none.
func (a *assembler) jump(cond bpf.JumpTest, val uint32, yes, no string) {
	for _, label := range []string{yes, no} {
		if label != "" {
			a.jumps[label] = append(a.jumps[label], ref{len(a.code), label == no})
		}
	}
	a.add(bpf.JumpIf{Cond: cond, Val: val})
}

// skip jumps over n instructions if the condition holds.
func (a *assembler) skip(cond bpf.JumpTest, val uint32, n uint8) {
	a.add(bpf.JumpIf{Cond: cond, Val: val, SkipTrue: n})
}

// far goes to a label, however far.
func (a *assembler) far(label string) {
	a.jumps[label] = append(a.jumps[label], ref{at: len(a.code)})
	a.add(bpf.Jump{})
}

// label names what comes next: jumps to it lead here.
func (a *assembler) label(name string) {
	for _, r := range a.jumps[name] {
		n := len(a.code) - r.at - 1
		switch j := a.code[r.at].(type) {
		case bpf.Jump:
			j.Skip = uint32(n)
			a.code[r.at] = j
		case bpf.JumpIf:
			if n > 255 {
				panic("BUG: steer: too far to jump to " + name)
			}
			if r.no {
				j.SkipFalse = uint8(n)
			} else {
				j.SkipTrue = uint8(n)
			}
			a.code[r.at] = j
		}
	}
	delete(a.jumps, name)
}

// assembled returns the program.
func (a *assembler) assembled() []bpf.Instruction {
	for name := range a.jumps {
		panic("BUG: steer: nothing is called " + name)
	}
	return a.code
}
