package timer

import "unsafe"

// Bytes is what the wheel takes: it has room for as many timers as ever ran at a time.
func (w *Wheel) Bytes() int { return cap(w.nodes) * int(unsafe.Sizeof(node{})) }
