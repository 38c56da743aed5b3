package script

// A format is a text with variables. One without variables is fixed.
type format struct {
	fixed []byte // when parts is nil
	parts []part
}

type part struct {
	text []byte
	x    *varExpr // nil: text
}

// eval makes the text, from the run's arena. False: it is longer than
// pv_print_buf_size.
func (f *format) eval(c *Ctx) (b []byte, ok bool) {
	if f.parts == nil {
		return f.fixed, true
	}
	at := len(c.text)
	f.write(c)
	if len(c.text)-at > c.prog.printBuf {
		c.LogError("core: a string of %d bytes is longer than pv_print_buf_size", len(c.text)-at)
		c.text = c.text[:at]
		return nil, false
	}
	b = c.Copy(c.text[at:])
	c.text = c.text[:at]
	return b, true
}

// write puts the text on the stack c.text. Evaluating a variable may use the
// stack, too, and leaves it as it was.
func (f *format) write(c *Ctx) {
	if f.parts == nil {
		c.text = append(c.text, f.fixed...)
		return
	}
	for i := range f.parts {
		if x := f.parts[i].x; x != nil {
			v := x.eval(c)
			c.text = v.appendTo(c.text)
		} else {
			c.text = append(c.text, f.parts[i].text...)
		}
	}
}
