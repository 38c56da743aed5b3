package script

import (
	"fmt"
	"sync/atomic"
)

// A Doing says which instruction the runs of one loop are at, for whoever asks from
// elsewhere why the loop does not get on. Its loop writes it all the time, and so with
// plain stores, see word.
type Doing struct {
	prog atomic.Pointer[Program]
	at   word // inScript | route | pc; 0: no script is running
}

// inScript marks a place in a script.
const inScript = 1 << 63

// A place is what a Doing says at one moment.
type place struct {
	prog *Program
	at   uint64
}

// begin says that a run of prog goes on, and returns what it goes on in.
func (d *Doing) begin(prog *Program) (outer place) {
	outer = place{d.prog.Load(), d.at.own()}
	if outer.prog != prog {
		d.prog.Store(prog)
	}
	return outer
}

// end goes back to what begin returned.
func (d *Doing) end(outer place) {
	if outer.prog != d.prog.Load() {
		d.prog.Store(outer.prog)
	}
	d.at.set(outer.at)
}

// mark says that f is at its instruction.
func (d *Doing) mark(f *frame) { d.at.set(inScript | uint64(f.route)<<32 | uint64(f.pc)) }

// A Where is a place in a script.
type Where struct {
	Route string // route[found]
	File  string
	Line  int
	Text  string // what is written there, such as sql_query(...); may be empty
}

// String is "sql_query(...) in route[found] at x.cfg:12".
func (w Where) String() string {
	s := w.Route
	if w.Text != "" {
		s = w.Text + " in " + s
	}
	if w.File != "" {
		s += fmt.Sprintf(" at %s:%d", w.File, w.Line)
	}
	return s
}

// Now returns where the script is; false: none is running. Any goroutine may ask.
func (d *Doing) Now() (Where, bool) {
	p, at := d.prog.Load(), d.at.load()
	if p == nil || at&inScript == 0 {
		return Where{}, false
	}
	return p.where(int(at>>32&(1<<31-1)), int(uint32(at)))
}

// where describes an instruction; one that was compiled without a note is what the next
// noted one belongs to.
func (p *Program) where(route, pc int) (Where, bool) {
	if route >= len(p.routes) { // of another program: it was replaced while we looked
		return Where{}, false
	}
	r := &p.routes[route]
	w := Where{Route: r.full}
	for ; pc < len(r.notes); pc++ {
		if n := r.notes[pc]; n != nil {
			w.Line, w.Text = int(n.at.Line), n.text
			if n.at.Src != nil {
				w.File = n.at.Src.Name
			}
			if w.Text == "" && n.kind != StepLeave {
				w.Text = n.name
			}
			break
		}
	}
	return w, true
}

// Place returns where the run stands; false: in no route.
func (c *Ctx) Place() (Where, bool) {
	if len(c.frames) == 0 {
		return Where{}, false
	}
	f := &c.frames[len(c.frames)-1]
	return c.prog.where(int(f.route), int(f.pc))
}
