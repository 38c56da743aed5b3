package sipparse

// A Span is a byte range [Off, End) within a buffer. It holds no pointer, so it
// survives the message moving to another buffer and costs the collector nothing.
// The zero Span means "not there"; an empty value that is there has Off > 0.
type Span struct{ Off, End uint32 }

// Len returns the length in bytes.
func (s Span) Len() int { return int(s.End - s.Off) }

// IsZero reports whether the thing is not there.
func (s Span) IsZero() bool { return s == Span{} }

// Of returns the span's bytes of b; nil if the thing is not there. The result
// cannot be appended to without being copied.
func (s Span) Of(b []byte) []byte {
	if s.IsZero() {
		return nil
	}
	return b[s.Off:s.End:s.End]
}

func span(off, end int) Span { return Span{uint32(off), uint32(end)} }
