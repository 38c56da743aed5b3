package script

// An Aborter is a Host that ends the process when an assert fails and abort_on_assert is
// set. Without it only the script ends.
type Aborter interface {
	// Abort does not return before the process is on its end; reason is for the log.
	Abort(c *Ctx, reason []byte)
}

// abortIfAsked ends the process if the configuration says so.
func (c *Ctx) abortIfAsked(reason []byte) {
	if a, ok := c.host.(Aborter); ok && c.prog.abortOnAssert {
		a.Abort(c, reason)
	}
}
