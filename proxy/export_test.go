package proxy

import "github.com/fastsips/fastsips/script"

// Replace is what a reload does.
func (p *Proxy) Replace(prog *script.Program) {
	p.prog.Store(newProgram(prog, &p.set))
	p.ProgramChanged()
}
