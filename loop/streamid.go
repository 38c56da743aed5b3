package loop

// A StreamID names a connection of some loop. It is a plain value that may be kept
// anywhere, and harmless when the connection is gone. The zero StreamID names none.
type StreamID struct {
	index, generation uint32
	loop              uint16
}

// IsZero reports whether id names nothing.
func (id StreamID) IsZero() bool { return id.generation == 0 }

// Loop returns the index of the loop that the connection lives on.
func (id StreamID) Loop() int { return int(id.loop) }

// streamIDLen is that of AppendTo: loop, index and generation in hex.
const streamIDLen = 4 + 8 + 8

// AppendTo appends id as text, which ParseStreamID reads.
func (id StreamID) AppendTo(dst []byte) []byte {
	dst = appendHex(dst, uint64(id.loop), 4)
	dst = appendHex(dst, uint64(id.index), 8)
	return appendHex(dst, uint64(id.generation), 8)
}

func appendHex(dst []byte, n uint64, digits int) []byte {
	const hex = "0123456789abcdef"
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hex[n>>shift&15])
	}
	return dst
}

// ParseStreamID reads what AppendTo wrote, if it names a loop of l's group; else it
// returns the zero StreamID. The connection need not exist: anybody may have made it up.
func (l *Loop) ParseStreamID(b []byte) (id StreamID) {
	if len(b) != streamIDLen {
		return id
	}
	var n [3]uint64
	for i, part := range [...][]byte{b[:4], b[4:12], b[12:]} {
		for _, c := range part {
			d, digits := hexGroup([]byte{c})
			if digits == 0 {
				return StreamID{}
			}
			n[i] = n[i]<<4 | uint64(d)
		}
	}
	if n[0] >= uint64(l.Count()) {
		return id
	}
	return StreamID{index: uint32(n[1]), generation: uint32(n[2]), loop: uint16(n[0])}
}
