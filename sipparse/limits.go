package sipparse

// Limits bound what one message may cost whoever reads it. Zero means the default.
type Limits struct {
	Message int // bytes of a message with its body; default 65,535
	Headers int // header fields; default 1,024
	Line    int // bytes of one header field with all its folds, or of the start line; default 16,384
}

const (
	defaultMessage = 65535
	defaultHeaders = 1024
	defaultLine    = 16384

	// Offsets are uint32, an index of a header is uint16.
	largestMessage = 1<<31 - 1
	largestHeaders = 1<<16 - 1
)

func orDefault(n, byDefault, largest int) int {
	if n <= 0 {
		n = byDefault
	}
	return min(n, largest)
}

func (l *Limits) message() int { return orDefault(l.Message, defaultMessage, largestMessage) }

// ParseLimited is Parse with other limits than the default ones.
func (m *Msg) ParseLimited(b []byte, l *Limits) Error {
	m.maxHeaders = uint32(orDefault(l.Headers, defaultHeaders, largestHeaders))
	m.maxLine = uint32(orDefault(l.Line, defaultLine, largestMessage))
	return m.parse(b, l.message())
}

// Parse reads b, one datagram or one message of a stream. It borrows b. It
// returns the first fault it meets, one of FramingLost before others, but reads on
// behind it, so that after an error all that could be read is there to build a reply
// from: see Replyable.
func (m *Msg) Parse(b []byte) Error {
	m.maxHeaders, m.maxLine = defaultHeaders, defaultLine
	return m.parse(b, defaultMessage)
}
