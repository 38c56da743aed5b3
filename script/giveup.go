package script

import (
	"fmt"

	"github.com/fastsips/fastsips/asyncops"
)

// GiveUp ends a suspended run whose operation has ended with out: what the operation
// brought is not looked at, and no statement runs any more. With drop it ends as by drop,
// else as by exit.
func (c *Ctx) GiveUp(out asyncops.Outcome, drop bool) {
	if c.op == nil {
		panic("BUG: gave up a script run that does not wait")
	}
	c.freePending(out)
	c.report, c.dropped = false, drop
	c.end(0)
}

// freePending has whoever began the pending operation free it; what he wants to wait for
// next is not begun.
func (c *Ctx) freePending(out asyncops.Outcome) {
	for range maxFinishes {
		op, fin := c.op, c.fin
		c.op, c.fin = nil, nil
		switch {
		case op == nil:
			return
		case fin != nil:
			fin(c, op, out)
		default: // a value is waited for
			ask := c.asks.fin
			c.asking = true
			ask(c, op, out)
			c.asking, c.wanting = false, false
			c.asks.forget()
		}
	}
	c.op, c.fin = nil, nil
}

// Where names the route that the run is in, and the line where that is known.
func (c *Ctx) Where() string {
	if len(c.frames) == 0 {
		return "no route"
	}
	f := &c.frames[len(c.frames)-1]
	r := &c.prog.routes[f.route]
	if x := r.code[f.pc].x; x != nil && x.at.Src != nil {
		return fmt.Sprintf("%s at %s:%d", r.full, x.file(), x.at.Line)
	}
	return r.full
}
