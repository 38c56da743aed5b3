package script

import "github.com/fastsips/fastsips/internal/chunk"

// A Pool keeps ended runs of one loop for the next ones. The zero value is ready.
type Pool struct {
	// Tracer, if set, is told of all runs. It is set before the first one.
	Tracer Tracer

	// Doing, if it is set, says what the runs are at. It is set before the first one.
	Doing *Doing

	free    []*Ctx
	fresh   chunk.Of[Ctx]
	groups  []*group
	regexes map[string]*Regexp // of variables' patterns; nil for broken ones

	patterns      map[patternKey]*Regexp // the same in other modes than =~ has
	substitutions map[string]*Substitution

	formats   map[string]*format // of {s.eval}; nil for broken ones
	formatsOf *Program
}

// Get returns a fresh run of prog: every $var NULL, $rc 0, no $avp. Data is the
// host's.
func (p *Pool) Get(prog *Program, host Host, data any) *Ctx {
	if p.Doing == nil {
		p.Doing = new(Doing)
	}
	c := p.take()
	c.prog, c.host, c.data, c.pool = prog, host, data, p
	c.leveler, _ = host.(LogLeveler)
	c.vars, c.avps = &c.ownVars, &c.ownAVPs
	c.ownVars.home = &c.arena
	if len(prog.initial) > 0 {
		c.ownVars.begin(prog.initial)
	}
	if p.Tracer != nil {
		c.Trace(p.Tracer)
	}
	return c
}

// GetChild returns a run for a route inside a call of parent, for example a
// branch route inside t_relay. It has parent's program, host, $var and $avp, and
// must be put back before parent is.
func (p *Pool) GetChild(parent *Ctx, data any) *Ctx {
	c := p.Get(parent.prog, parent.host, data)
	c.vars, c.avps, c.parent = parent.vars, parent.avps, parent
	if parent.trace != nil {
		c.Trace(parent.trace.to)
	}
	parent.children++
	return c
}

func (p *Pool) take() *Ctx {
	n := len(p.free)
	if n == 0 {
		c := p.fresh.New()
		c.live = true
		return c
	}
	c := p.free[n-1]
	p.free = p.free[:n-1]
	c.live = true
	return c
}

// Put ends c's life: c, and every string that came from it, is dead.
func (p *Pool) Put(c *Ctx) {
	switch {
	case !c.live:
		panic("BUG: script run put back twice")
	case c.pool != p:
		panic("BUG: script run put into a strange pool")
	case c.children > 0:
		panic("BUG: script run put back before a run inside it")
	}
	if c.parent != nil {
		c.parent.children--
	}
	c.reset()
	p.free = append(p.free, c)
}

// reset forgets everything but memory.
func (c *Ctx) reset() {
	c.ownVars.reset()
	clear(c.params[:cap(c.params)])
	clear(c.targs[:cap(c.targs)])
	clear(c.args[:cap(c.args)])
	clear(c.returns[:cap(c.returns)])
	if c.asks != nil {
		c.asks.forget()
	}
	if c.group != nil { // abandoned
		c.pool.putGroup(c.group)
	}
	c.forgetOps()
	c.ownAVPs.Reset()
	c.arena.reset()
	if cap(c.text) > arenaKept {
		c.text = nil
	}
	*c = Ctx{
		frames: c.frames[:0], regs: c.regs[:0], params: c.params[:0], returns: c.returns[:0],
		asks: c.asks, notes: c.notes, ownVars: c.ownVars, ownAVPs: c.ownAVPs, arena: c.arena,
		text: c.text[:0], args: c.args[:0], targs: c.targs[:0],
	}
}
