package sipparse

// Lists in which a value may be empty: phones send "Supported:", "a,,b" and "a,".
// No element reads another value there, so the empty ones are passed over.

// blank passes over empty values in front of the cursor, and reports whether
// nothing else is on this line.
func (it *lines) blank() bool {
	for it.c.lws(); it.c.sep(','); {
	}
	return it.c.pos == len(it.c.b)
}

// beginFilled is begin, on to the next value that is not empty.
func (it *lines) beginFilled() bool {
	for it.begin() {
		if !it.blank() {
			return true
		}
		it.more = false
	}
	return false
}

// nextFilled is next, on to the next value that is not empty.
func (c *cursor) nextFilled() (more bool) {
	comma := false
	for c.sep(',') {
		comma = true
	}
	c.lws()
	if !comma && c.pos < len(c.b) {
		c.fail()
	}
	return comma && c.pos < len(c.b) && !c.bad
}
