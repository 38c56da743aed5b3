package dns

// The longest name without a final dot, and the longest label (RFC 1035 §2.3.4).
const (
	maxName  = 253
	maxLabel = 63
)

// canonical appends name in lower case and without a final dot. It returns nil for
// what is no host name or SRV name: other characters than letters, digits, hyphens
// and underscores, labels that are empty or too long.
func canonical(dst, name []byte) []byte {
	if n := len(name); n > 0 && name[n-1] == '.' {
		name = name[:n-1]
	}
	if len(name) == 0 || len(name) > maxName {
		return nil
	}
	label := 0
	for _, c := range name {
		switch {
		case c == '.':
			if label == 0 {
				return nil
			}
			label = 0
			dst = append(dst, c)
			continue
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return nil
		}
		if label++; label > maxLabel {
			return nil
		}
		dst = append(dst, c)
	}
	if label == 0 {
		return nil
	}
	return dst
}

// setName is canonical into dst, whose storage it keeps: empty for what is no name.
func setName(dst, name []byte) []byte {
	if b := canonical(dst[:0], name); b != nil {
		return b
	}
	return dst[:0]
}

func dots(name []byte) (n int) {
	for _, c := range name {
		if c == '.' {
			n++
		}
	}
	return n
}
