package timer

import "unsafe"

// Bytes is what the wheel takes: it has room for as many timers as ever ran at a time,
// on the wheel itself and in its lines.
func (w *Wheel) Bytes() int {
	return cap(w.nodes)*int(unsafe.Sizeof(node{})) + w.chunks*int(unsafe.Sizeof(lineChunk{}))
}
