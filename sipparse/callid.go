package sipparse

import "bytes"

// PeekCallID returns the first Call-ID of a message that has not been parsed,
// nil if it finds none. It is how the loop that owns a call is found before
// anything else is done. On every message that Parse accepts it returns what
// CallID returns; on others any bytes of b.
func PeekCallID(b []byte) []byte {
	p := skipEmptyLines(b)
	for {
		n := bytes.IndexByte(b[p:], '\n')
		if n < 0 {
			return nil
		}
		p += n + 1
		if p == len(b) || b[p] == '\r' {
			return nil
		}
		if c := b[p] | 0x20; c == 'c' || c == 'i' {
			if v := callIDValue(b, p); v != nil {
				return v
			}
		}
	}
}

// callIDValue returns the value of the header line at p if it is a Call-ID.
func callIDValue(b []byte, p int) []byte {
	line := b[p:]
	switch {
	case len(line) > 7 && EqualFoldString(line[:7], "Call-ID"):
		p += 7
	case line[0]|0x20 == 'i':
		p++
	default:
		return nil
	}
	for p < len(b) && isWS(b[p]) {
		p++
	}
	if p == len(b) || b[p] != ':' {
		return nil
	}
	p = skipLWS(b, p+1)
	end := p
	for end < len(b) && b[end] > ' ' {
		end++
	}
	return b[p:end:end]
}
