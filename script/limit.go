package script

// Limits of a run.
const (
	maxRouteDepth   = 100
	defaultMaxSteps = 1_000_000 // max_script_steps: instructions
	defaultMemory   = 16 << 20  // max_script_memory: bytes of strings that it makes
)

// alarmed, added to the count of steps, has the run loop look up from its work.
const alarmed = 1 << 50

// alarm calls for attend before the next instruction.
func (c *Ctx) alarm() {
	if !c.alert {
		c.alert = true
		c.steps += alarmed
	}
}

// spend counts n bytes that the run has made. Beyond the limit it ends: a script that
// puts strings together for ever would eat all memory otherwise.
func (c *Ctx) spend(n int) {
	if c.left -= n; c.left < 0 {
		c.alarm()
	}
}

// attend sees to what is out of the ordinary, before an instruction that was counted
// but not carried out. False: the run is over.
func (c *Ctx) attend() bool {
	if c.alert {
		c.alert = false
		c.steps -= alarmed
	}
	switch {
	case c.steps > c.prog.maxSteps:
		c.giveUp("ran more than max_script_steps (%d) instructions", c.prog.maxSteps)
		return false
	case c.left < 0:
		c.giveUp("made more than max_script_memory (%d) bytes of strings", c.prog.memory)
		return false
	}
	c.steps--
	if c.fault != nil && c.fault.stage == faultRecorded {
		c.runErrorRoute()
	}
	return true
}

// giveUp ends a run that has reached a limit.
func (c *Ctx) giveUp(format string, limit int) {
	c.wanting, c.asking = false, false
	c.LogError("core: the script "+format+" in %s: ended", limit, c.prog.routes[c.frames[len(c.frames)-1].route].full)
	c.end(0)
	c.frames, c.regs = c.frames[:0], c.regs[:0]
}
